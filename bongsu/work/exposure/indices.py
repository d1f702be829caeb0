"""Published exposure indices, as published and converted to ISCO-08 with their coverage.

The converted score of a unit group is the weighted mean over the linked source occupations that have a score. Its coverage
is the weight of those divided by the weight of all linked occupations. Indices are never averaged with each other.
"""

from __future__ import annotations

import csv
import io
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from bongsu.core.codes import CodeList
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.provenance import Origin, Source
from bongsu.store.tables.definitions import code_lists
from bongsu.work.occupations.correspondences import ISCO08, find_correspondence

ILO_INDEX = "ILO_2025"  # the only index whose authors publish a rule for classes
SOC_DIGITS = 7  # "11-1011" of the O*NET-SOC code "11-1011.03"


@dataclass(frozen=True)
class OccupationScore:
    """An occupation's score, the SD of its tasks' scores where published, and the share of its weight that has a score."""

    value: float
    sd: float | None = None
    coverage: float = 1.0


@dataclass(frozen=True)
class ExposureIndex:
    """A published index: its id in CL_EXPOSURE_INDEX, its name, its own code list, and where its scores come from."""

    id: str
    name: str
    code_list: str
    source: Source


@lru_cache(maxsize=1)
def indices() -> Mapping[str, ExposureIndex]:
    """Reads every index from indices.toml, by id."""
    table = tomllib.loads((files("bongsu.work") / "indices.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            id_: ExposureIndex(
                id_,
                row["name"],
                row["code_list"],
                Source(
                    name=f"exposure-{row['name']}",
                    package="bongsu.work",
                    resource=f"tables/index/{row['name']}.csv",
                    origin=Origin(row["publisher"], row["title"], row["address"], row["licence"], row["attribution"]),
                    vintage=row["vintage"],
                ),
            )
            for id_, row in table.items()
        }
    )


def find_index(name: str) -> ExposureIndex:
    """Returns the index with this name (ilo-2025) or id (ILO_2025). Raises UnknownName with the nearest names."""
    for index in indices().values():
        if name.casefold() in (index.name, index.id.casefold()):
            return index
    raise unknown_name(N_("exposure index"), name, [index.name for index in indices().values()])


def read_scores(text: str, where: str) -> dict[str, OccupationScore]:
    """Reads scores by occupation from CSV with columns occupation, score and optionally sd. Raises BadInput with the line."""
    found: dict[str, OccupationScore] = {}
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            score = OccupationScore(float(row["score"]), float(row["sd"]) if row.get("sd") else None)
        except (KeyError, ValueError) as wrong:
            raise BadInput(
                N_("The score is not a number: {reason}."), where=f"{where}, line {line}", reason=wrong
            ) from None
        if row["occupation"] in found or not math.isfinite(score.value):
            raise BadInput(
                N_("The occupation {code} occurs twice, or its score is not finite."),
                where=f"{where}, line {line}",
                code=row["occupation"],
            )
        found[row["occupation"]] = score
    return found


@lru_cache(maxsize=16)
def published_scores(id_: str) -> Mapping[str, OccupationScore]:
    """Returns the scores of an index as published, by code of its own classification (O*NET-SOC for Eloundou et al.)."""
    source = indices()[id_].source
    text = (files(source.package) / source.resource).read_text(encoding="utf-8")
    return MappingProxyType(read_scores(text, source.resource))


@lru_cache(maxsize=16)
def isco08_scores(id_: str) -> Mapping[str, OccupationScore]:
    """Returns the scores of an index by ISCO-08 unit group: as published if the index uses ISCO-08, else converted."""
    return MappingProxyType(convert_scores(published_scores(id_), indices()[id_].code_list))


def scores_by_level(id_: str) -> dict[str, float]:
    """Returns the scores of an index by ISCO-08 code of any level; a wider group has the mean of its scored unit groups."""
    inside: dict[str, list[float]] = {}
    for unit, score in isco08_scores(id_).items():
        for digits in (1, 2, 3, 4):
            inside.setdefault(unit[:digits], []).append(score.value)
    return {code: math.fsum(values) / len(values) for code, values in inside.items()}


def scores_by_code_list(id_: str, code_list: str) -> dict[str, float]:
    """Returns the scores of an index by occupation of `code_list`: its own, or the weighted mean of the linked unit groups.

    Raises UnknownName for a code list without a correspondence to ISCO-08.
    """
    table = find_correspondence(code_list)
    if indices()[id_].code_list == code_list:
        return _mean_by_code(published_scores(id_))
    units = {unit: score.value for unit, score in isco08_scores(id_).items()}
    found = {}
    for code in dict.fromkeys(link.source for link in table.links):
        links = [link for link in table.links_of(code) if link.target in units]
        if links:
            weight = math.fsum(link.weight for link in links)
            found[code] = math.fsum(link.weight * units[link.target] for link in links) / weight
    return found


def _mean_by_code(published: Mapping[str, OccupationScore]) -> dict[str, float]:
    """Returns mean scores by SOC code, the unweighted mean over the detailed O*NET occupations of each code."""
    by_code: dict[str, list[float]] = {}
    for code, score in published.items():
        by_code.setdefault(code[:SOC_DIGITS], []).append(score.value)
    return {code: math.fsum(values) / len(values) for code, values in by_code.items()}


def convert_scores(published: Mapping[str, OccupationScore], code_list: str) -> dict[str, OccupationScore]:
    """Converts scores by occupation of `code_list` to scores by ISCO-08 unit group with coverage (0 to 1)."""
    if code_list == ISCO08:
        return dict(published)
    table = find_correspondence(code_list)
    means = _mean_by_code(published)
    linked: dict[str, float] = {}
    scored: dict[str, float] = {}
    for link in table.links:
        if link.source in means:
            scored[link.target] = scored.get(link.target, 0.0) + link.weight
        if link.source in means or _stands_alone(link.source, code_lists()[code_list], means):
            linked[link.target] = linked.get(link.target, 0.0) + link.weight
    return {
        target: OccupationScore(value, coverage=scored[target] / linked[target])
        for target, value in sorted(table.convert_scores(means).items())
    }


def _stands_alone(code: str, codes: CodeList, scored: Mapping[str, float]) -> bool:
    """Whether an unscored code is a detailed occupation whose broad occupation has no score either."""
    return not code.endswith("0") and not (code in codes and codes.get(code).parent in scored)
