"""Tests of parsing the mapping of a survey: all its fields, and errors with their field."""

from __future__ import annotations

import pytest

from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.mapping import Design, Survey

START = """
name = "town-2024"
title = "Town"
licence = "CC0-1.0"
"""
FULL = (
    START
    + """
format = "bongsu.mapping/1"
source = "town.csv"
[file]
encoding = "latin-1"
separator = ";"
[concepts.SEX]
column = "S"
codes = {1 = "M", 2 = "F"}
missing = ["9"]
[concepts.AGE]
column = "A"
kind = "integer"
low = 15
high = 99
[concepts.OCCUPATION]
column = "O"
system = "ISCO-08"
code_list = "CL_ISCO"
width = 4
[concepts.PAY]
column = "P"
kind = "measure"
unit = "EUR"
edges = [0, 500, 1000]
[design]
weight = "W"
replicates = ["R1", "R2"]
method = "BRR"
rho = 0.5
[policy]
minimum = 10
"""
)
CONCEPT = '[concepts.SEX]\ncolumn = "S"\n'


def test_all_fields_of_a_mapping_are_parsed() -> None:
    survey = Survey.parse(FULL)
    sex, age, occupation, pay = survey.variables
    assert (survey.name, survey.title, survey.source, survey.licence) == ("town-2024", "Town", "town.csv", "CC0-1.0")
    assert (survey.file.encoding, survey.file.separator, dict(survey.policy)) == ("latin-1", ";", {"minimum": 10})
    assert (sex.kind, sex.codes, sex.missing) == ("code", (("1", "M"), ("2", "F")), ("9",))
    assert (age.kind, age.low, age.high) == ("integer", 15, 99)
    assert (occupation.system, occupation.code_list, occupation.width) == ("ISCO-08", "CL_ISCO", 4)
    assert (pay.kind, pay.unit, pay.edges) == ("measure", "EUR", (0, 500, 1000))
    assert survey.design.rho == 0.5
    assert survey.text == FULL
    columns = {"SEX": "S", "AGE": "A", "OCCUPATION": "O", "PAY": "P"}
    assert survey.columns == {**columns, "WEIGHT": "W", "REPLICATE_0": "R1", "REPLICATE_1": "R2"}


def test_defaults() -> None:
    survey = Survey.parse(START + CONCEPT)
    assert (survey.file.encoding, survey.file.separator, survey.source, dict(survey.policy)) == ("utf-8", ",", "", {})
    (sex,) = survey.variables
    assert (sex.kind, sex.width, sex.low, sex.high, sex.edges) == ("code", 0, None, None, ())
    assert survey.design.rho == Design().rho == 0
    assert not survey.design.sampled


@pytest.mark.parametrize("column", ["weight", "stratum", "cluster", "population"])
def test_a_design_with_a_sampling_column_is_a_sample(column: str) -> None:
    assert Survey.parse(f'{START}{CONCEPT}[design]\n{column} = "C"').design.sampled


def test_replicates_are_a_sample_and_several_records_of_one_contributor_are_not() -> None:
    assert Survey.parse(f'{START}{CONCEPT}[design]\nreplicates = ["R"]\nmethod = "JK1"').design.sampled
    assert not Survey.parse(f'{START}{CONCEPT}[design]\ncontributor = "C"').design.sampled


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name = ", ""),
        ('format = "bongsu.mapping/2"' + START + CONCEPT, ", format"),
        ('name = "Town"\n' + CONCEPT, ", name"),
        (f'name = "{"a" * 64}"\n' + CONCEPT, ", name"),
        ('name = "-town"\n' + CONCEPT, ", name"),
        (START, ", concepts"),
        (START + "limit = 3\n" + CONCEPT, ", limit"),
        (START + '[file]\nencodnig = "x"\n' + CONCEPT, ", file.encodnig"),
        (START + CONCEPT + "[design]\nwieght = 'W'", ", design.wieght"),
        (START + CONCEPT + "width = -1", ", concepts.SEX.width"),
        (START + CONCEPT + "wdith = 1", ", concepts.SEX.wdith"),
        (START + CONCEPT + 'kind = "number"', ", concepts.SEX.kind"),
        (START + CONCEPT + "codes = {1 = 2}", ", concepts.SEX.codes.1"),
        (START + CONCEPT + 'codes = {1 = ""}', ", concepts.SEX.codes.1"),
        (START + CONCEPT + "edges = 3", ", concepts.SEX.edges"),
        (START + CONCEPT + 'edges = ["1"]', ", concepts.SEX.edges[0]"),
        (START + CONCEPT + "edges = [0, 2, 1]", ", concepts.SEX.edges"),
        (START + CONCEPT + "edges = [0, 1, 1]", ", concepts.SEX.edges"),
        (START + '[concepts.Sex]\ncolumn = "S"', ", concepts"),
        (START + '[concepts.WEIGHT]\ncolumn = "S"', ", concepts"),
        (START + '[concepts.RECORD_KEY]\ncolumn = "S"', ", concepts"),
        (START + '[concepts.REPLICATE_7]\ncolumn = "S"', ", concepts"),
        (START + CONCEPT + '[design]\nreplicates = ["R"]', ", design.method"),
        (START + CONCEPT + '[design]\nmethod = "BRR"', ", design.method"),
        (START + CONCEPT + '[design]\nreplicates = ["R"]\nmethod = "JK9"', ", design.method"),
        (START + CONCEPT + '[design]\ncontributor = "C"\nfrequency = "F"', ", design.contributor"),
        (START + CONCEPT + '[design]\ncontributor = "C"\nrepeated = "SEX"', ", design.contributor"),
        (START + CONCEPT + "[design]\nrho = 1", ", design.rho"),
        (START + CONCEPT + "[design]\nrho = -0.1", ", design.rho"),
        (START + CONCEPT + '[design]\nrepeated = "YEAR"', ", design.repeated"),
        (START + CONCEPT + 'kind = "integer"\n[design]\nrepeated = "SEX"', ", design.repeated"),
    ],
)
def test_an_invalid_mapping_is_refused_with_its_field(text: str, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        Survey.parse(text, "town.toml")
    assert refused.value.where == f"town.toml{place}"


def test_an_unknown_concept_suggests_near_concepts() -> None:
    survey = Survey.parse(FULL)
    assert survey.variable("AGE").column == "A"
    with pytest.raises(UnknownName, match="Did you mean OCCUPATION"):
        survey.variable("OCUPATION")
