"""Every decision record has the same form and is listed in docs/decisions/README.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEAD = re.compile(
    r"# (?P<number>\d{4}) (?P<title>.+)\n\n"
    r"Date: \d{4}-\d{2}-\d{2}\. Status: (?P<status>accepted|superseded by \d{4})\.\n\n## "
)
ROW = re.compile(r"\| \[(\d{4})\]\((\S+)\) \| (.+) \| (.+) \|")
LONGEST = 128  # characters in a line


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_record_has_the_common_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    head = HEAD.match(text)
    assert head, "the first lines are “# NNNN Title” and “Date: YYYY-MM-DD. Status: accepted.”"
    assert re.fullmatch(rf"{head['number']}-[a-z0-9-]+\.md", path.name)
    sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    assert sections[::2] == ["Context", "Decision", "Consequences"]
    assert all(section.strip() for section in sections[1::2]), "a section is empty"
    assert max(map(len, text.splitlines())) <= LONGEST


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
