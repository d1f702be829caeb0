"""Builds the series that weight occupations by employment. Pure functions of the recipes' inputs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Z90, Kind
from bongsu.core.programme import BuildInputs
from bongsu.core.release import Draft, Note
from bongsu.work import employment, methods, sources
from bongsu.work.build import ILO_INDEX, Rows, ilo_classes, make_draft, read_index_scores
from bongsu.work.employment import Employment
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.exposure.dissimilarity import duncan
from bongsu.work.exposure.indices import indices
from bongsu.work.exposure.profile import GroupScores, ValueInterval, build_profile, summarise_group
from bongsu.work.occupations.correspondences import ISCO08


def _read_employment(shelf: BuildInputs) -> dict[str, list[Employment]]:
    """Reads every employment input that was taken, by the name of its source."""
    tidy = {
        sources.EMPLOYMENT_ISCO1: employment.read_major_groups,
        sources.EMPLOYMENT_ISCO2: employment.read_sub_major_groups,
        sources.EMPLOYMENT_ISCO3: employment.read_minor_groups,
        sources.EMPLOYMENT_SOC: employment.read_soc,
    }
    return {
        source.name: list(read(shelf[source.name].data.decode()))
        for source, read in tidy.items()
        if source.name in shelf.taken
    }


def _base_row(shelf: BuildInputs, name: str, one: Employment) -> dict[str, Any]:
    record = shelf[name].record
    return {
        "EMPLOYMENT_INPUT": one.input,
        "REF_AREA": one.area,
        "TIME_PERIOD": one.year,
        "KIND": Kind.MODELLED,
        "VINTAGE": record.vintage,
        "SOURCE": record.origin.attribution,
        "COMMENT_OBS": one.comment or None,
    }


def _summarise_groups(shelf: BuildInputs) -> tuple[dict[str, GroupScores | None], dict[str, str]]:
    """Returns the ILO 2025 scores of every ISCO-08 code of any level, and the class of every scored unit group."""
    scores = read_index_scores(shelf, ILO_INDEX)
    labels = ilo_classes(scores)
    values = {unit: score.value for unit, score in scores.items()}
    return {code.id: summarise_group(values, labels, code.id) for code in shelf.code_lists[ISCO08]}, labels


def _value_columns(measure: ValueInterval, scale: float, certain: bool) -> dict[str, Any]:
    if certain:
        return {"OBS_VALUE": scale * measure.value}
    low, high = scale * min(measure.low, measure.value), scale * max(measure.high, measure.value)
    return {"OBS_VALUE": scale * measure.value, "LOWER_BOUND": low, "UPPER_BOUND": high, "INTERVAL_TYPE": "P80"}


# --- EXPOSURE_BY_GROUP


def exposure_by_group(shelf: BuildInputs) -> Draft:
    """Builds the ILO 2025 scores of every ISCO-08 code of any level, which questions about microdata refer to."""
    groups, _ = _summarise_groups(shelf)
    source = shelf[indices()[ILO_INDEX].source.name].record
    base = {"VINTAGE": source.vintage, "SOURCE": source.origin.attribution, "UNIT_MEASURE": "1"}
    return make_draft(shelf, ({**base, **row} for code, one in groups.items() for row in _group_rows(code, one)))


def _group_rows(code: str, one: GroupScores | None) -> Rows:
    single = len(code) == 4
    base = {"OCCUPATION": code, "KIND": Kind.REPORTED if single else Kind.MODELLED}
    yield {**base, "INDICATOR": "SCORED", "EXPOSURE_CLASS": "_T", "OBS_VALUE": float(one is not None)}
    if one is None:
        return
    spread = _with_interval(one.mean, one.variance)
    yield {**base, "INDICATOR": "EXPOSURE_SCORE", "EXPOSURE_CLASS": "_T", **_value_columns(spread, 1, single)}
    for label in CLASSES:
        share = one.shares[label]
        spread = _with_interval(share, share * (1 - share) * one.spread)
        yield {**base, "INDICATOR": "UNIT_GROUP_SHARE", "EXPOSURE_CLASS": label, **_value_columns(spread, 1, single)}


def _with_interval(value: float, variance: float) -> ValueInterval:
    width = Z90 * math.sqrt(variance)
    return ValueInterval(value, max(0.0, value - width), min(1.0, value + width))


# --- EXPOSURE_BY_COUNTRY


def exposure_by_country(shelf: BuildInputs) -> Draft:
    """Builds mean exposure, share of employment by class and coverage, by country, sex and employment input."""
    groups, _ = _summarise_groups(shelf)
    rows: list[dict[str, Any]] = []
    without: list[str] = []
    for name, inputs in _read_employment(shelf).items():
        for one in inputs:
            if one.area not in shelf.code_lists["CL_AREA"]:
                without.append(f"{one.area} (no such area today)")
                continue
            made = list(_profile_rows(_base_row(shelf, name, one), one, groups))
            rows += made
            if not made:
                without.append(f"{one.area} {one.sex}")
    notes = (Note(N_("No exposure could be computed"), ", ".join(without)),) if without else ()
    return make_draft(shelf, rows, notes)


def _profile_rows(base: dict[str, Any], one: Employment, groups: Mapping[str, GroupScores | None]) -> Rows:
    amounts = {**one.amounts, **({"": one.lost} if one.lost else {})}
    found = build_profile(amounts, groups)
    if found is None:
        return
    certain = all(len(code) == 4 for code in one.amounts)
    base = {**base, "SEX": one.sex}
    whole = {**base, "EXPOSURE_CLASS": "_T"}
    yield {**whole, "INDICATOR": "MEAN_EXPOSURE", "UNIT_MEASURE": "1", **_value_columns(found.mean, 1, certain)}
    for label in CLASSES:
        share = _value_columns(found.shares[label], 100, certain)
        yield {**base, "INDICATOR": "EMPLOYMENT_SHARE", "EXPOSURE_CLASS": label, "UNIT_MEASURE": "%", **share}
    yield {
        **whole,
        "INDICATOR": "EMPLOYMENT_COVERAGE",
        "UNIT_MEASURE": "%",
        "OBS_VALUE": min(100.0, 100 * found.coverage),
    }


# --- EXPOSURE_TRENDS


def exposure_trends(shelf: BuildInputs) -> Draft:
    """Builds employment, its index (first year = 100) and mean wage by class and year, for inputs with several years."""
    groups, labels = _summarise_groups(shelf)
    rows: list[dict[str, Any]] = []
    for name, inputs in _read_employment(shelf).items():
        by_area: dict[str, list[Employment]] = defaultdict(list)
        for one in inputs:
            by_area[one.area].append(one)
        for series in by_area.values():
            rows += _trend_rows(shelf, name, sorted(series, key=lambda one: one.year), groups, labels)
    return make_draft(shelf, rows)


def _trend_rows(
    shelf: BuildInputs,
    name: str,
    series: list[Employment],
    groups: Mapping[str, GroupScores | None],
    labels: Mapping[str, str],
) -> Rows:
    persons: dict[str, dict[str, float]] = {label: {} for label in CLASSES}
    profiles = {}
    for one in series:
        found = build_profile(one.amounts | ({"": one.lost} if one.lost else {}), groups)
        assert found is not None  # these inputs have scored occupations in every year
        covered = sum(amount for code, amount in one.amounts.items() if groups.get(code))
        profiles[one.year] = found, covered
        for label in CLASSES:
            persons[label][one.year] = covered * found.shares[label].value
    broken = len({employment.SOC_OF_YEAR[one.year] for one in series}) > 1 if series[0].input == "SOC" else False
    for one in series:
        status = {"OBS_STATUS": "B"} if broken and one.year != series[0].year else {}
        found, covered = profiles[one.year]
        certain = all(len(code) == 4 for code in one.amounts)
        yield {
            **_base_row(shelf, name, one),
            "EXPOSURE_CLASS": "_T",
            **status,
            "INDICATOR": "EMPLOYMENT_COVERAGE",
            "UNIT_MEASURE": "%",
            "OBS_VALUE": min(100.0, 100 * found.coverage),
        }
        for label in CLASSES:
            base = {**_base_row(shelf, name, one), "EXPOSURE_CLASS": label, **status}
            index = methods.percent_of_first(persons[label])
            yield {
                **base,
                "INDICATOR": "EMPLOYMENT",
                "UNIT_MEASURE": "person",
                **_value_columns(found.shares[label], covered, certain),
            }
            yield {**base, "INDICATOR": "EMPLOYMENT_INDEX", "UNIT_MEASURE": "%", "OBS_VALUE": index[one.year]}
            units = {unit for unit, its in labels.items() if its == label}
            if (wage := methods.mean_wage(one.amounts, one.wages, units)) is not None:
                yield {**base, "INDICATOR": "MEAN_WAGE", "UNIT_MEASURE": "USD/yr", "OBS_VALUE": wage}


# --- OCCUPATION_DISSIMILARITY


def occupation_dissimilarity(shelf: BuildInputs) -> Draft:
    """Builds Duncan's index between women and men (ILOSTAT), and, for inputs with several years, each year and the first."""
    rows: list[dict[str, Any]] = []
    for name, inputs in _read_employment(shelf).items():
        by_area: dict[str, list[Employment]] = defaultdict(list)
        for one in inputs:
            if one.area in shelf.code_lists["CL_AREA"]:
                by_area[one.area].append(one)
        for series in by_area.values():
            rows += _dissimilarity_rows(shelf, name, sorted(series, key=lambda one: one.year))
    return make_draft(shelf, rows)


def _dissimilarity_rows(shelf: BuildInputs, name: str, series: list[Employment]) -> Rows:
    sexes = {one.sex: one for one in series}
    if {"F", "M"} <= sexes.keys():
        women, men = (
            {code: amount for code, amount in sexes[sex].amounts.items() if code != "X"} for sex in ("F", "M")
        )
        if sum(women.values()) > 0 and sum(men.values()) > 0:
            base = _base_row(shelf, name, sexes["F"])
            yield {**base, "INDICATOR": "DISSIMILARITY_SEX", "OBS_VALUE": 100 * duncan(women, men)}
    first = series[0]
    for one in series:
        if one.year != first.year:
            base = _base_row(shelf, name, one)
            comment = f"against {first.year}" + (f"; {one.comment}" if one.comment else "")
            broken = one.input == "SOC" and employment.SOC_OF_YEAR[one.year] != employment.SOC_OF_YEAR[first.year]
            yield {
                **base,
                "INDICATOR": "DISSIMILARITY_TIME",
                "OBS_VALUE": 100 * duncan(first.amounts, one.amounts),
                "OBS_STATUS": "B" if broken else "A",
                "COMMENT_OBS": comment,
            }
