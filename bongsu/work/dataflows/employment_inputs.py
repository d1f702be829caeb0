"""Employment by occupation: its sources, and the functions common to all dataflows that weight occupations by it."""

from __future__ import annotations

from typing import Any

from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Origin, Source
from bongsu.work import employment
from bongsu.work.dataflows.index_scores import ilo_classes, read_index_scores
from bongsu.work.employment import Employment
from bongsu.work.exposure.indices import ILO_INDEX
from bongsu.work.exposure.profile import GroupScores, ValueInterval, summarise_group
from bongsu.work.occupations.correspondences import ISCO08

EMPLOYMENT_ISCO1 = Source(
    name="employment-isco1-sex",
    package="bongsu.work",
    resource="tables/employment_isco1_sex.csv",
    origin=Origin(
        publisher="International Labour Organization",
        title="ILOSTAT: employment by sex and occupation (ISCO-08 major groups), each group's latest year",
        address="https://ilostat.ilo.org",
        licence="CC-BY-4.0",
        attribution="ILOSTAT, International Labour Organization",
    ),
    vintage="2025",
)
EMPLOYMENT_ISCO2 = Source(
    name="employment-isco2",
    package="bongsu.work",
    resource="tables/employment_isco2.csv",
    origin=Origin(
        publisher="A jagged global economy (dataset), from ILOSTAT",
        title="Employment shares by ISCO-08 sub-major group, 141 countries",
        address="https://ilostat.ilo.org",
        licence="CC-BY-4.0",
        attribution="“A jagged global economy”; ILOSTAT, International Labour Organization",
    ),
    vintage="undated",
)
EMPLOYMENT_ISCO3 = Source(
    name="employment-isco3",
    package="bongsu.work",
    resource="tables/employment_isco3.csv",
    origin=Origin(
        publisher="Nesta",
        title="EU Labour Force Survey: employment by ISCO-08 minor group, France, Italy, United Kingdom, 2014 to 2018",
        address="https://github.com/nestauk",
        licence="MIT",
        attribution="Nesta, from the EU Labour Force Survey (Eurostat)",
    ),
    vintage="2020",
)
EMPLOYMENT_SOC = Source(
    name="employment-soc",
    package="bongsu.work",
    resource="tables/employment_soc.csv",
    origin=Origin(
        publisher="US Bureau of Labor Statistics",
        title="Occupational Employment and Wage Statistics, national, May 2015, May 2021, May 2024",
        address="https://www.bls.gov/oes/",
        licence="Public domain (United States Government)",
        attribution="US Bureau of Labor Statistics, OEWS",
    ),
    vintage="May 2015; May 2021; May 2024",
)
EMPLOYMENT_BY_YEAR = (EMPLOYMENT_ISCO3, EMPLOYMENT_SOC)  # sources with several years
ALL_EMPLOYMENT = (EMPLOYMENT_ISCO1, EMPLOYMENT_ISCO2, *EMPLOYMENT_BY_YEAR)


def read_employment(inputs: BuildInputs) -> dict[str, list[Employment]]:
    """Reads every employment input that was taken, by the name of its source."""
    tidy = {
        EMPLOYMENT_ISCO1: employment.read_major_groups,
        EMPLOYMENT_ISCO2: employment.read_sub_major_groups,
        EMPLOYMENT_ISCO3: employment.read_minor_groups,
        EMPLOYMENT_SOC: employment.read_soc,
    }
    return {
        source.name: list(read(inputs[source.name].data.decode()))
        for source, read in tidy.items()
        if source.name in inputs.by_name
    }


def base_row(inputs: BuildInputs, name: str, one: Employment) -> dict[str, Any]:
    """Returns the columns that all rows from `one` share: what the employment is of, and where it comes from."""
    record = inputs[name].record
    return {
        "EMPLOYMENT_INPUT": one.input,
        "REF_AREA": one.area,
        "TIME_PERIOD": one.year,
        "KIND": Kind.MODELLED,
        "VINTAGE": record.vintage,
        "SOURCE": record.origin.attribution,
        "COMMENT_OBS": one.comment or None,
    }


def summarise_groups(inputs: BuildInputs) -> tuple[dict[str, GroupScores | None], dict[str, str]]:
    """Returns the ILO 2025 scores of every ISCO-08 code of any level, and the class of every scored unit group."""
    scores = read_index_scores(inputs, ILO_INDEX)
    labels = ilo_classes(scores)
    values = {unit: score.value for unit, score in scores.items()}
    return {code.id: summarise_group(values, labels, code.id) for code in inputs.code_lists[ISCO08]}, labels


def value_columns(measure: ValueInterval, scale: float, certain: bool) -> dict[str, Any]:
    """Returns the columns of the value times `scale`, with its P80 interval unless it is `certain`."""
    if certain:
        return {"OBS_VALUE": scale * measure.value}
    low, high = scale * min(measure.low, measure.value), scale * max(measure.high, measure.value)
    return {"OBS_VALUE": scale * measure.value, "LOWER_BOUND": low, "UPPER_BOUND": high, "INTERVAL_TYPE": "P80"}
