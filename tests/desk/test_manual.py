"""docs/methods/disclosure.md names every field of a mapping, every statistic and every rule; its examples are valid."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from bongsu.core.mapping import Design, Survey, Variable
from bongsu.core.microdata_question import STATISTIC_KINDS, Question
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.answer import REASONS
from bongsu.desk.policy import Policy
from bongsu.store.microdata.survey_files import FILE_SUFFIXES

MANUAL = (Path(__file__).parents[2] / "docs" / "methods" / "disclosure.md").read_text(encoding="utf-8")
MAPPINGS = sorted((Path(__file__).parent / "mappings").glob("*.toml"))


def test_manual_names_every_field_statistic_and_file_type() -> None:
    words = [f.name for kind in (Variable, Design, Policy) for f in fields(kind) if f.name != "concept"]
    words += [*STATISTIC_KINDS, *REASONS, "encoding", "separator", "title", "source", "licence"]
    lacking = [word for word in words if not re.search(rf"\b{word}\b", MANUAL)]
    assert not lacking
    assert not [
        suffix for suffix in FILE_SUFFIXES if suffix not in (".dta", ".csv", ".parquet") and suffix[1:] not in MANUAL
    ]


def test_examples_of_manual_are_valid() -> None:
    mapping, question, plan = re.findall(r"```toml\n(.*?)```", MANUAL, re.S)
    assert Survey.parse(mapping).variable("OCCUPATION").system == "ISCO-08"
    assert Question.parse(question).statistics[0].name == "mean EXPOSURE"
    assert PublicationPlan.parse(plan).measures == ("TURNOVER", "TURNOVER_VAT", "EXPOSURE")


def test_every_mapping_file_is_valid() -> None:
    for path in MAPPINGS:
        survey = Survey.parse(path.read_text(encoding="utf-8"), path.name)
        assert survey.name == path.stem
        assert survey.licence
        Policy.from_data(survey.policy, path.name)
