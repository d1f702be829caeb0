"""Reads the employment tables into one type: employment by occupation, for a country, a sex and a year.

Each input keeps its own level of detail (major groups, sub-major groups, minor groups, unit groups converted from SOC)
and its own unit; no amounts of different inputs are added. Not here: scores and classes (exposure/).
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bongsu.core.errors import N_, BadInput
from bongsu.work.occupations.correspondences import find_correspondence

_SEXES = {"F": ("F",), "M": ("M",), "_T": ("F", "M", "O")}  # O: another sex or not stated, counted in the total only
SOC_OF_YEAR = {"2015": "CL_SOC2010", "2021": "CL_SOC2018", "2024": "CL_SOC2018"}


@dataclass
class Employment:
    """Amounts (`unit`: "person" or "1" for shares) by ISCO-08 code of one level, for one area, sex and year.

    `normalised`: the source made the shares of the groups that it has sum to 1, so that what it left out is unknown.
    `unconverted` is the amount that the conversion could not assign to a code. `wages` is the mean annual wage (USD/yr) by
    code, if the source has one.
    """

    input: str
    area: str
    sex: str
    year: str
    unit: str
    amounts: dict[str, float] = field(default_factory=dict)
    unconverted: float = 0.0
    wages: dict[str, float] = field(default_factory=dict)
    comment: str = ""
    normalised: bool = False


def _read_amounts(text: str, where: str, value: str) -> Iterator[tuple[dict[str, str], float | None]]:
    """Yields each row with the amount in the column `value`, None for an empty cell. Raises BadInput with the line."""
    for line, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            amount = float(row[value]) if row[value] else None
        except ValueError:
            amount = -1.0
        if amount is not None and not (math.isfinite(amount) and amount >= 0):
            raise BadInput(
                N_("Employment must be 0 or a positive number, not “{value}”."),
                where=f"{where}, line {line}",
                value=row[value],
            )
        yield row, amount


def read_major_groups(text: str) -> Iterator[Employment]:
    """Reads ILOSTAT by sex: persons by major group, including X (not stated).

    The source gives each group's latest year. The country's newest year is the period; groups of older years are kept,
    because leaving them out would distort the shares more, and the comment names them.
    """
    rows: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for row, amount in _read_amounts(text, "employment_isco1_sex.csv", "persons"):
        if amount is not None:
            rows[row["area"]].append((row, amount))
    for area, found in rows.items():
        year = max(row["year"] for row, _ in found)
        older = sorted({f"{row['occupation']} in {row['year']}" for row, _ in found if row["year"] != year})
        comment = f"groups of an older year: {', '.join(older)}" if older else ""
        for sex, kept in _SEXES.items():
            amounts: dict[str, float] = defaultdict(float)
            for row, amount in found:
                if row["sex"] in kept:
                    amounts[row["occupation"]] += amount
            if amounts:
                yield Employment("ISCO1_SEX", area, sex, year, "person", dict(amounts), comment=comment)


def read_sub_major_groups(text: str) -> Iterator[Employment]:
    """Reads shares of employment by sub-major group. The source states no year, so the latest possible one, 2025, is used."""
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for row, amount in _read_amounts(text, "employment_isco2.csv", "share"):
        shares[row["area"]][row["occupation"]] = amount or 0.0
    for area, amounts in shares.items():
        comment = "the country’s latest year in ILOSTAT, which the source does not state; without the armed forces"
        yield Employment("ISCO2", area, "_T", "2025", "1", amounts, comment=comment, normalised=True)


def read_minor_groups(text: str) -> Iterator[Employment]:
    """Reads EU-LFS: persons by minor group, from thousands. A masked cell is left out and named in the comment."""
    found: dict[tuple[str, str], Employment] = {}
    for row, amount in _read_amounts(text, "employment_isco3.csv", "thousands"):
        key = (row["area"], row["year"])
        one = found.setdefault(key, Employment("ISCO3", row["area"], "_T", row["year"], "person"))
        if amount is None:
            one.comment = f"masked by the source: {row['occupation']}"
        else:
            one.amounts[row["occupation"]] = 1000 * amount
    yield from found.values()


def read_soc(text: str) -> Iterator[Employment]:
    """Reads OEWS: persons by unit group, converted from SOC by the correspondence's weights, and their weighted mean wage."""
    persons: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    wages: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row, amount in _read_amounts(text, "employment_soc.csv", "persons"):
        key = (row["area"], row["year"])
        persons[key][row["occupation"]] = amount or 0.0
        if row["wage"]:
            wages[key][row["occupation"]] = float(row["wage"])
    for (area, year), amounts in persons.items():
        table = find_correspondence(SOC_OF_YEAR[year])
        converted, lost = table.convert_amounts(amounts)
        paid = wages[area, year]
        earning, _ = table.convert_amounts({code: amounts[code] for code in paid})
        bill, _ = table.convert_amounts({code: amounts[code] * wage for code, wage in paid.items()})
        means = {code: bill[code] / persons for code, persons in earning.items() if persons > 0}
        comment = f"converted from {SOC_OF_YEAR[year].removeprefix('CL_')}"
        yield Employment("SOC", area, "_T", year, "person", converted, lost, means, comment)
