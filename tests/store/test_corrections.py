"""Corrected values: applied to each build, with the old value beside them, until the source changes it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bongsu.core.correction import CorrectedValue
from bongsu.core.errors import BadInput, CheckFailed, UnknownName
from bongsu.core.programme import BuildInputs, Programme, ProgrammeInfo, Recipe
from bongsu.core.reason import Reason
from bongsu.core.release import Draft, Release
from bongsu.core.text import Text
from bongsu.store.building.builds import build_release
from bongsu.store.corrections.applying import apply_corrections
from bongsu.store.node import Node
from bongsu.store.releases.observations import make_draft
from bongsu.store.tables.programmes import list_shipped, read_programme
from tests.store.drafts import flow, rows

KOR = (("REF_AREA", "KOR"), ("TIME_PERIOD", "2014"))
REASON = Reason("Misread.", "en", (("ko", "잘못 읽었다."),))


def add(node: Node, *values: CorrectedValue, source: str = "LBNL 2024") -> None:
    with node.corrections.adding("TEST_FLOW", values, author="Institute", reason=REASON, source=source):
        pass


def build(
    node: Node, value: float | None = 60.0, seen: list[tuple[BuildInputs, Draft]] | None = None, **changes: Any
) -> Release:
    """Builds TEST_FLOW, whose source gives `value` for KOR in 2014, and 1 for FRA. `seen` gets what the recipe had and made."""
    [one] = rows(1)
    given = [
        {**one, "REF_AREA": area, "TIME_PERIOD": "2014", "OBS_VALUE": number, **changes}
        for area, number in (("KOR", value), ("FRA", 1.0))
    ]
    made = flow()

    def make(inputs: BuildInputs) -> Draft:
        draft = make_draft(inputs, given)
        if seen is not None:
            seen.append((inputs, draft))
        return draft

    recipe = Recipe("TEST_FLOW", (), make)
    info = ProgrammeInfo("test", Text(en="T"), Text(en="T"), Text(en="T"), ())
    return build_release(node, Programme(info, (made,), (recipe,)), recipe).release


@pytest.fixture(autouse=True)
def method(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method of the test's dataflow, which no manual describes."""
    from bongsu.core.provenance import Method

    monkeypatch.setattr("bongsu.store.building.builds.find_method", lambda _flow: Method("test", "1"))


def observed(node: Node, release: Release) -> dict[str, Any]:
    return next(row for row in node.observations(release).to_pylist() if row["REF_AREA"] == "KOR")


def test_a_correction_is_an_input_and_the_old_value_stays_visible(empty: Node) -> None:
    first = build(empty, LOWER_BOUND=0.5, UPPER_BOUND=70.0, INTERVAL_TYPE="RANGE")
    add(empty, CorrectedValue(KOR, 60.0, 58.0))
    second = build(empty, LOWER_BOUND=0.5, UPPER_BOUND=70.0, INTERVAL_TYPE="RANGE")
    row = observed(empty, second)
    assert (row["OBS_VALUE"], row["OBS_STATUS"], row["SOURCE"]) == (58.0, "R", "LBNL 2024")
    assert (row["LOWER_BOUND"], row["UPPER_BOUND"], row["INTERVAL_TYPE"]) == (None, None, "NONE")  # of the wrong value
    assert "the value was 60 TWh. Misread." in row["COMMENT_OBS"]
    assert observed(empty, first)["OBS_VALUE"] == 60.0
    [entry] = empty.releases.manifest(second).corrections
    assert (entry.name, entry.origin.publisher, entry.origin.attribution) == ("correction/1", "Institute", "LBNL 2024")
    assert entry.origin.title == "REF_AREA=KOR, TIME_PERIOD=2014: 60 → 58. Misread."
    assert (first.corrections, second.corrections) == (0, 1)
    attached = json.loads(empty.releases.attachment(second, "corrections.json").read_bytes())
    assert attached[0]["reason"] == {"en": "Misread.", "ko": "잘못 읽었다."}
    line = next(line for line in empty.journal.lines() if line.event == "corrected")
    assert (line.subject, line.detail["values"]) == (
        "TEST_FLOW correction 1",
        ["REF_AREA=KOR, TIME_PERIOD=2014: 60 → 58"],
    )
    assert "CC-BY-4.0" not in empty.releases.manifest(second).licences  # a correction has no licence of its own


def test_it_survives_builds_until_the_source_changes_the_value(empty: Node) -> None:
    build(empty)
    add(empty, CorrectedValue(KOR, 60.0, 58.0))
    second = build(empty)
    assert build(empty) == second
    assert observed(empty, build(empty, VINTAGE="2027"))["OBS_VALUE"] == 58.0
    for value in (59.0, 58.0, None):
        changes = {} if value else {"OBS_STATUS": "M"}
        with pytest.raises(CheckFailed, match="the source now gives") as error:
            build(empty, value, **changes)
        assert "bongsu correct TEST_FLOW --end 1" in str(error.value)
    assert empty.releases.current("TEST_FLOW").number == 3  # nothing was sealed
    with empty.corrections.ending("TEST_FLOW", "1", Reason("The source is right now.")):
        pass
    row = observed(empty, build(empty, 59.0))
    assert (row["OBS_VALUE"], row["OBS_STATUS"], row["COMMENT_OBS"]) == (59.0, "A", None)
    with pytest.raises(UnknownName), empty.corrections.ending("TEST_FLOW", "1", Reason("again")):
        pass


@pytest.mark.parametrize(
    ("status", "value", "expected"), [("A", 60.0, "R"), ("F", 60.0, "F"), ("E", 60.0, "E"), ("M", None, "R")]
)
def test_a_status_that_says_more_stays(empty: Node, status: str, value: float | None, expected: str) -> None:
    add(empty, CorrectedValue(KOR, value, 58.0, 50.0, 61.0))
    row = observed(empty, build(empty, value, OBS_STATUS=status))
    assert (row["OBS_STATUS"], row["LOWER_BOUND"], row["UPPER_BOUND"], row["INTERVAL_TYPE"]) == (
        expected,
        50.0,
        61.0,
        "RANGE",
    )


def test_two_corrections_cannot_have_one_value(empty: Node) -> None:
    add(empty, CorrectedValue(KOR, 60.0, 58.0))
    with pytest.raises(BadInput, match=r"has this value already.*58"):  # the value in force is named, not the new one
        add(empty, CorrectedValue(KOR[::-1], 60.0, 57.0))  # in whatever order
    with pytest.raises(BadInput, match="needs its"):
        add(empty, CorrectedValue((("REF_AREA", "FRA"), KOR[1]), 1.0, 2.0), source=" ")
    assert len(empty.corrections.list_own("TEST_FLOW")) == 1


def test_lists_that_the_recipe_makes_are_kept(empty: Node) -> None:
    """COMMONS_OPENNESS has a list of what it breaks down by, which is none of the tables of the house."""
    seen: list[tuple[BuildInputs, Draft]] = []
    build(empty, seen=seen)
    [(inputs, made)] = seen
    add(empty, CorrectedValue(KOR, 60.0, 58.0))
    corrections = empty.corrections.list_own("TEST_FLOW")
    without = {id_: codes for id_, codes in inputs.code_lists.items() if id_ != "CL_AREA"}
    corrected = apply_corrections(made, replace(inputs, code_lists=without), corrections)
    assert corrected.structure.code_list("CL_AREA") == made.structure.code_list("CL_AREA")


def test_nothing_is_stored_if_the_block_raises(empty: Node) -> None:
    adding = empty.corrections.adding(
        "TEST_FLOW", (CorrectedValue(KOR, 60.0, 58.0),), author="I", reason=REASON, source="S"
    )
    with pytest.raises(ZeroDivisionError), adding:
        raise ZeroDivisionError
    assert empty.corrections.list_own("TEST_FLOW") == []
    assert [line.event for line in empty.journal.lines()] == ["created"]


def test_the_first_correction_of_the_starter_node(node: Node) -> None:
    """LBNL's report of 2024 gives 58 TWh for 2014; the table that was taken has 60."""
    [shipped] = list_shipped("DATACENTRE_ELECTRICITY")
    assert shipped in read_programme("energy").corrections
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    rows = node.observations(release).to_pylist()
    [row] = [one for one in rows if (one["PUBLISHER"], one["VINTAGE"], one["TIME_PERIOD"]) == ("LBNL", "2024", "2014")]
    assert (row["OBS_VALUE"], row["OBS_STATUS"]) == (58.0, "R")
    assert "the value was 60 TWh" in row["COMMENT_OBS"]
    assert {one.language for one in [shipped.reason.to(language) for language in ("en", "ko", "fr")]} == {
        "en",
        "ko",
        "fr",
    }
    emissions = node.observations(node.releases.current("DATACENTRE_EMISSIONS")).to_pylist()
    [found] = [
        one
        for one in emissions
        if (one["PUBLISHER"], one["VINTAGE"], one["TIME_PERIOD"], one["INDICATOR"])
        == ("NODE", "2024", "2014", "EMISSIONS")
    ]
    grid = float(found["COMMENT_OBS"].split()[0])
    assert found["OBS_VALUE"] == pytest.approx(58 * grid / 1000, rel=1e-3)  # TWh x g/kWh = 1000 t; in Mt
    assert found["OBS_STATUS"] == "A"  # computed from a corrected value, not corrected itself
