"""The index of questions: it finds what the journal has, follows new lines, and notices damage and another journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import Damaged
from bongsu.core.log_line import Line
from bongsu.store.logs.journal import Journal
from bongsu.store.logs.question_index import ALL, QuestionFilter, QuestionIndex

EVENTS = st.tuples(
    st.sampled_from(["asked", "answered", "refused", "sealed"]), st.sampled_from("ab"), st.sampled_from("12")
)


def open_index(folder: Path) -> tuple[Journal, QuestionIndex]:
    journal = Journal(folder / "journal.jsonl")
    return journal, QuestionIndex(folder / "questions.sqlite3", journal)


def list_all(index: QuestionIndex, wanted: QuestionFilter = ALL) -> list[tuple[int, int | None]]:
    found = index.read(wanted, 0, index.count(wanted))
    return [(asked.number, outcome.number if outcome else None) for asked, outcome in found]


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENTS, max_size=25), st.integers(0, 25))
def test_the_index_finds_what_the_journal_has(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, str, str]], cut: int
) -> None:
    journal, index = open_index(tmp_path_factory.mktemp("journal"))
    for event, holding, id in events[:cut]:
        journal.append(event, holding, id=id)
    index.count(ALL)
    for event, holding, id in events[cut:]:
        journal.append(event, holding, id=id)

    finished: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for number, (event, _, id) in enumerate(events, 1):
        if event == "asked":
            waiting.setdefault(id, []).append(number)
        elif event != "sealed" and waiting.get(id):
            finished[waiting[id].pop(0)] = number
    for holding in ("a", "b", ""):
        for outcome in ("answered", "refused", "unfinished", ""):
            expected = [
                (number, finished.get(number))
                for number, (event, name, _) in enumerate(events, 1)
                if event == "asked"
                and holding in ("", name)
                and outcome in ("", events[finished[number] - 1][0] if number in finished else "unfinished")
            ]
            assert list_all(index, QuestionFilter(holding, outcome)) == expected[::-1]


def test_a_page_of_a_long_journal_reads_its_own_lines_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, index = open_index(tmp_path)
    for number in range(60):
        journal.append("asked", "town", id=f"{number}")
        journal.append("answered", "town", id=f"{number}")
    assert index.count(ALL) == 60
    parsed: list[int] = []
    parse = Journal._parse_line

    def note(self: Journal, text: bytes, number: int) -> Line:
        parsed.append(number)
        return parse(self, text, number)

    monkeypatch.setattr(Journal, "_parse_line", note)
    assert [asked.detail["id"] for asked, _ in index.read(ALL, 20, 22)] == ["39", "38"]
    assert sorted(parsed) == [77, 78, 79, 80, 120]  # of the whole journal only the last line, and two questions


def test_days_and_holdings_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, index = open_index(tmp_path)
    for day, holding in (("01", "a"), ("02", "a"), ("02", "b"), ("03", "a")):
        monkeypatch.setattr("bongsu.store.logs.journal.utc_now", lambda day=day: f"2026-04-{day}T10:00:00Z")
        journal.append("asked", holding, id="x")
    assert index.count_by_holding() == {"a": (3, "2026-04-03"), "b": (1, "2026-04-02")}
    assert list_all(index, QuestionFilter(since="2026-04-02", until="2026-04-02")) == [(3, None), (2, None)]
    assert list_all(index, QuestionFilter("a", until="2026-04-02")) == [(2, None), (1, None)]


def test_damage_is_noticed(tmp_path: Path) -> None:
    journal, index = open_index(tmp_path)
    for number in range(3):
        journal.append("asked", "town", id=f"{number}")
    assert len(list_all(index)) == 3
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole.replace(b'"id": "1"', b'"id": "7"'))
    with pytest.raises(Damaged, match="line 2"):
        list_all(index)
    journal.path.write_bytes(whole)
    with journal.path.open("a") as file:
        file.write(json.dumps({"number": 4}) + "\n")
    with pytest.raises(Damaged, match="line 4"):
        list_all(index)


@pytest.mark.parametrize("lines", [0, 1, 5])
def test_another_journal_in_its_place_is_read_anew(tmp_path: Path, lines: int) -> None:
    """A node restored from a copy has an older journal, which then goes another way."""
    journal, index = open_index(tmp_path)
    for number in range(3):
        journal.append("asked", "town", id=f"{number}")
    assert len(list_all(index)) == 3
    journal.path.unlink()
    for number in range(lines):
        journal.append("asked", "village", id=f"{number}")
    assert list_all(index) == [(number, None) for number in range(lines, 0, -1)]
    assert set(index.count_by_holding()) == ({"village"} if lines else set())
