"""The carbon intensity of electricity by country and year (grid_years.csv), and the nearest year that there is.

Life-cycle emissions, all gases, of the electricity generated in a country; without imports, and without losses of
transmission and distribution. Kosovo and groups of countries, which have no ISO code, were left out when the figures were
carried over. A value that is flagged (core/observation_status) is never chosen.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from bongsu.core.errors import N_
from bongsu.core.observation_status import is_plausible
from bongsu.core.report import Report

CARBON_UNIT = "g CO2e/kWh"
PUBLISHER = "Ember; Energy Institute, Statistical Review of World Energy; processed by Our World in Data"
LICENCE = "CC-BY-4.0"
RESOURCE = "grid_years.csv"
VINTAGE = "2025"  # the edition in which 2024 is the last year
_TABLE = Path(__file__).with_name(RESOURCE)


@dataclass(frozen=True)
class YearlyIntensity:
    """An intensity (g CO2e/kWh) of a year, and what a reader must know if it is not the year that was asked for."""

    year: int
    grams: float
    notes: tuple[Report, ...] = ()

    @property
    def source(self) -> str:
        """The publisher, the edition, the year and the licence."""
        return f"{PUBLISHER}, edition {VINTAGE}, year {self.year} ({LICENCE})"


def find_intensity(country: str, year: int | None = None) -> YearlyIntensity | None:
    """Returns the intensity of a country, or of WORLD, in a year; of the nearest year that has one that is not flagged.

    Without a year it is the last one. Of two years as near it is the earlier. Returns None for a country without any.
    """
    every = read_series().get(country, {})
    usable = [known for known, grams in every.items() if is_plausible(grams, CARBON_UNIT)]
    if not usable:
        return None
    wanted = max(usable) if year is None else year
    found = min(usable, key=lambda known: (abs(known - wanted), known))
    notes = () if found == wanted else (_describe_nearest(country, wanted, every.get(wanted), found, every[found]),)
    return YearlyIntensity(found, every[found], notes)


def _describe_nearest(country: str, year: int, flagged: float | None, found: int, grams: float) -> Report:
    values = {"country": country, "year": year, "found": found, "grams": grams}
    if flagged is None:
        return Report(
            N_(
                "{country}: no grid intensity of {year} is known. That of {found} is used, the nearest year that there is:"
                " {grams:.1f} g CO2e/kWh."
            ),
            values,
        )
    return Report(
        N_(
            "{country}: the grid intensity of {year}, {flagged:g} g CO2e/kWh, is flagged and not used. That of {found} is"
            " used, the nearest year that there is: {grams:.1f} g CO2e/kWh."
        ),
        {**values, "flagged": flagged},
    )


@lru_cache(maxsize=1)
def read_series() -> Mapping[str, Mapping[int, float]]:
    """Returns country (ISO 3166-1 alpha-3, or WORLD) -> year -> g CO2e/kWh, as published, flagged values too."""
    return parse_series(_TABLE.read_text(encoding="utf-8"))


def parse_series(text: str) -> Mapping[str, Mapping[int, float]]:
    """Returns the series in the text of grid_years.csv: a column for each year, a line for each country."""
    header, *lines = csv.reader(text.splitlines())
    years = [int(cell) for cell in header[1:]]
    return MappingProxyType(
        {
            line[0]: MappingProxyType({year: float(cell) for year, cell in zip(years, line[1:], strict=True) if cell})
            for line in lines
            if line
        }
    )
