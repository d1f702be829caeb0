"""Every decision record has the same form and is listed in docs/decisions/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEAD = re.compile(
    r"# (?P<number>\d{4}) (?P<title>.+)\n\n"
    r"Date: \d{4}-\d{2}-\d{2}\. Status: (?P<status>accepted|superseded by \d{4})\.\n\n## "
)
ROW = re.compile(r"\| \[(\d{4})\]\((\S+)\) \| (.+) \| (.+) \|")
LONGEST = 128  # characters in a line


def _find_faults(name: str, text: str) -> Iterator[str]:
    head = HEAD.match(text)
    if not head:
        yield "the first lines are “# NNNN Title” and “Date: YYYY-MM-DD. Status: accepted.”"
    elif not re.fullmatch(rf"{head['number']}-[a-z0-9-]+\.md", name):
        yield "the file is named by another number than its title"
    sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    if sections[::2] != ["Context", "Decision", "Consequences"]:
        yield "the sections are Context, Decision, Consequences"
    if not all(section.strip() for section in sections[1::2]):
        yield "a section is empty"
    if max(map(len, text.splitlines())) > LONGEST:
        yield f"a line is longer than {LONGEST}"


def test_records_have_the_common_form() -> None:
    assert not [
        f"{path.name}: {fault}"
        for path in RECORDS
        for fault in _find_faults(path.name, path.read_text(encoding="utf-8"))
    ]


def test_faults_of_a_record_are_found() -> None:
    head, rest = "# 0001 Title\n\nDate: 2026-01-01. Status: accepted.\n", "\n## Context\nA\n\n## Decision\nB\n"
    good = f"{head}{rest}\n## Consequences\nC\n"
    assert not list(_find_faults("0001-title.md", good))
    for name, text in [
        ("0002-title.md", good),
        ("0001-title.md", good.replace("accepted.", "")),
        ("0001-title.md", head + rest),
        ("0001-title.md", good.replace("C\n", "\n")),
        ("0001-title.md", good.replace("B", "B" * 129)),
    ]:
        assert len(list(_find_faults(name, text))) == 1, text


def test_index_lists_every_record() -> None:
    heads = {path.name: HEAD.match(path.read_text(encoding="utf-8")) for path in RECORDS}
    records = [(head["number"], name, head["title"], head["status"]) for name, head in heads.items() if head]
    assert ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8")) == records


def test_superseding_records_exist() -> None:
    numbers = {path.name[:4] for path in RECORDS}
    superseding = [
        number for path in RECORDS for number in re.findall(r"superseded by (\d{4})", path.read_text(encoding="utf-8"))
    ]
    assert not [number for number in superseding if number not in numbers]
