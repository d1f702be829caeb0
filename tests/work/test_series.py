"""The work programme's releases in a starter node, and the exposure of a holding through the desk."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.work.exposure.classes import CLASSES, ilo_class
from bongsu.work.exposure.desk_questions import DEFAULT_BANDS, build_question, choose_breakdown, question_to_toml
from bongsu.work.exposure.indices import isco08_scores, published_scores

SPAIN = Path(__file__).parents[1] / "desk" / "mappings" / "spain-lfs.toml"


def rows(starter: Path, dataflow: str, **codes: str) -> list[dict[str, Any]]:
    node = Node(starter)
    found = node.observations(node.releases.current(dataflow)).to_pylist()
    return [row for row in found if all(row[key] == code for key, code in codes.items())]


def test_group_scores_by_hand(starter: Path) -> None:
    """Sub-major group 24 by hand from the table: eleven unit groups; none of the armed forces is scored."""
    inside = {unit: score for unit, score in isco08_scores("ILO_2025").items() if unit.startswith("24")}
    assert len(inside) == 11
    found = rows(starter, "EXPOSURE_BY_GROUP", OCCUPATION="24")
    by = {(row["INDICATOR"], row["EXPOSURE_CLASS"]): row for row in found}
    mean = by["EXPOSURE_SCORE", "_T"]
    assert mean["OBS_VALUE"] == pytest.approx(math.fsum(one.value for one in inside.values()) / 11)
    assert mean["LOWER_BOUND"] < mean["OBS_VALUE"] < mean["UPPER_BOUND"]
    labels = [ilo_class(one.value, one.sd or 0.0) for one in inside.values()]
    for label in CLASSES:
        assert by["UNIT_GROUP_SHARE", label]["OBS_VALUE"] == pytest.approx(labels.count(label) / 11)
    assert [row["OBS_VALUE"] for row in rows(starter, "EXPOSURE_BY_GROUP", OCCUPATION="0110")] == [0.0]
    known = {row["OCCUPATION"] for row in rows(starter, "EXPOSURE_BY_GROUP", INDICATOR="SCORED")}
    assert known == {code.id for code in code_lists()["CL_ISCO08"]}


def test_observed_use_equals_published_values(starter: Path) -> None:
    for index, indicator in (("ANTHROPIC", "OBSERVED_EXPOSURE"), ("MICROSOFT", "AI_APPLICABILITY")):
        found = rows(starter, "AI_USAGE", INDEX=index)
        assert {row["INDICATOR"] for row in found} == {indicator}
        assert {row["OCCUPATION_SOC"]: row["OBS_VALUE"] for row in found} == {
            code: score.value for code, score in published_scores(index).items()
        }


def test_every_series_has_coverage(starter: Path) -> None:
    for dataflow in ("EXPOSURE_BY_COUNTRY", "EXPOSURE_TRENDS"):
        every = {(row["EMPLOYMENT_INPUT"], row["REF_AREA"], row["TIME_PERIOD"]) for row in rows(starter, dataflow)}
        stated = {
            (row["EMPLOYMENT_INPUT"], row["REF_AREA"], row["TIME_PERIOD"])
            for row in rows(starter, dataflow, INDICATOR="EMPLOYMENT_COVERAGE")
        }
        assert stated == every


def test_release_contains_shipped_study(starter: Path) -> None:
    """The golden numbers of docs/methods/work-impact.md, to the six digits that ship."""
    found = rows(starter, "AI_IMPACT", STUDY="sweden-2022-12", INDICATOR="IMPACT_COEFFICIENT")
    assert {row["STUDY_GROUP"]: row["OBS_VALUE"] for row in found} == {"1": -0.113079, "0": 0.0519058}
    (effect,) = rows(starter, "AI_IMPACT", STUDY_GROUP="1", EXPOSED_BY="high_exposure", INDICATOR="IMPACT_EFFECT")
    assert effect["OBS_VALUE"] == pytest.approx(100 * (math.exp(-0.113079) - 1))
    assert "may break at 2020-01" in effect["COMMENT_OBS"]


def test_saves_and_seals_study(node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = tmp_path / "cells.csv"
    with cells.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("occupation", "period", "persons", "exposed"))
        for at in range(24):
            for year in range(2016, 2026):
                writer.writerow((f"{at:04}", year, 1000 + 37 * at + 11 * ((year * at) % 7), at % 2))
    words = ["work", "impact", str(cells), "--date", "2022", "--exposure", "exposed", "--keep", "own"]
    assert main([*words, "--source", "Institut", "--licence", "CC0-1.0", "--node", str(node_folder), "--json"]) == 0
    assert main(["build", "--programme", "work", "--node", str(node_folder), "--json"]) == 0
    capsys.readouterr()
    found = rows(node_folder, "AI_IMPACT", STUDY="own")
    assert {row["SOURCE"] for row in found} == {"Institut"}
    assert {row["TIME_PERIOD"] for row in found if row["INDICATOR"] == "IMPACT_PATH"} == {
        str(y) for y in range(2016, 2026)
    }
    assert rows(node_folder, "AI_IMPACT", STUDY="sweden-2022-12")
    assert main([*words[:-1], "Not A Name", "--node", str(node_folder)]) == 65


def test_sdmx_keeps_leading_zeros(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.test import Client

    node = Node(starter)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    for form in ("application/vnd.sdmx.data+csv;version=2.0.0", "application/vnd.sdmx.data+json;version=2.0.0"):
        answer = Client().get(
            "/sdmx/data/dataflow/*/EXPOSURE_BY_GROUP/+/0110+24.SCORED.*?c[OCCUPATION]=0110", headers={"accept": form}
        )
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        text = body.decode()
        assert "0110" in text
        assert not any(wrong in text for wrong in (",110,", '"110"'))


# --- a holding's exposure, through the desk


def spain() -> Survey:
    return Survey.parse(SPAIN.read_text(encoding="utf-8"))


def test_question_to_holding_round_trips_through_toml() -> None:
    question = build_question(spain(), choose_breakdown(spain()), where={"EMPLOYMENT": ["EMPLOYED"]})
    assert [split.concept for split in question.breakdown] == ["SEX", "AGE"]
    assert question.breakdown[1].bands == DEFAULT_BANDS
    assert Question.parse(question_to_toml(question)) == question
    # A survey of people from 15 on has no band “<15”, whose emptiness would hide those over 65.
    assert min(DEFAULT_BANDS) > 15
    adults = Survey.parse(SPAIN.read_text(encoding="utf-8").replace("low = 0\nhigh = 120", "low = 25\nhigh = 65"))
    assert choose_breakdown(adults, ["AGE"], (15, 25, 35, 65, 75)) == [{"concept": "AGE", "bands": [35, 65]}]
    assert [split["concept"] for split in choose_breakdown(spain(), ["EMPLOYMENT"])] == ["EMPLOYMENT"]
    with pytest.raises(UnknownName, match="REGION"):
        choose_breakdown(spain(), ["REGION"])
    with pytest.raises(UnknownName, match="classes"):
        build_question(spain(), about="class")
    with pytest.raises(BadInput, match="at most 4"):
        build_question(spain(), choose_breakdown(spain(), ["SEX", "AGE", "EMPLOYMENT", "FIRM_SIZE", "TIME_PERIOD"]))
    peru = Survey.parse((SPAIN.parent / "peru-enaho.toml").read_text(encoding="utf-8"))
    with pytest.raises(BadInput, match="CNO"):
        build_question(peru)


def test_exposure_of_holding_through_the_desk(
    node_folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By csv alone: sum of weight x score of the minor group over the weights of those with a score; by sex and in all.

    A mean of a score is rounded to the power of ten that hides a change by a few records: a tenth in a file as small as this.
    """
    file = data / "work" / "microdata_eulfs_es_toy.csv"
    at = ["--node", str(node_folder)]
    assert main(["hold", "add", str(file), "--mapping", str(SPAIN), *at]) == 0
    answers: dict[str, dict[str, float]] = {}
    for about in ("mean", "classes", "coverage"):
        capsys.readouterr()
        assert main(["work", "question", "spain-lfs", "--by", "SEX", "--about", about, *at]) == 0
        question = tmp_path / f"{about}.toml"
        question.write_text(capsys.readouterr().out, encoding="utf-8")
        assert main(["desk", "ask", str(question), *at, "--json"]) == 0
        for cell in json.loads(capsys.readouterr().out)["cells"]:
            if cell["value"] is not None:
                answers.setdefault(cell["statistic"], {})[cell["SEX"]] = cell["value"]
    means = answers["mean EXPOSURE"]

    units = isco08_scores("ILO_2025")
    groups: dict[str, list[float]] = defaultdict(list)
    for unit, score in units.items():
        groups[unit[:3]].append(score.value)
    amounts: dict[str, list[float]] = {sex: [0.0, 0.0] for sex in ("_T", "F", "M")}
    with file.open(encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            inside = groups.get(row["ISCO3D"].zfill(3))
            if inside:
                for sex in ("_T", {"1": "M", "2": "F"}[row["SEX"]]):
                    amounts[sex][0] += float(row["COEFF"]) * math.fsum(inside) / len(inside)
                    amounts[sex][1] += float(row["COEFF"])
    assert means == pytest.approx({sex: round(one / two, 1) for sex, (one, two) in amounts.items()}, abs=1e-9)
    shares = [its["_T"] for name, its in answers.items() if name.removeprefix("mean ") in CLASSES and "_T" in its]
    # A class with few people in it is hidden, and each share is rounded to a tenth.
    assert 0.5 < math.fsum(shares) <= 1 + 0.05 * len(shares)
