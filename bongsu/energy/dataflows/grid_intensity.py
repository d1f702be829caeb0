"""Builds GRID_INTENSITY: carbon for one kilowatt hour of the electricity that a country generates, by year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Kind
from bongsu.core.observation_status import NORMAL, PLAUSIBLE_RANGES, UNVALIDATED, is_flagged, is_plausible
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft, Note
from bongsu.energy.grid.grid_years import CARBON_UNIT, LICENCE, PUBLISHER, RESOURCE, VINTAGE, parse_series
from bongsu.store.releases.checks import few_lost, values_within
from bongsu.store.releases.observations import make_draft

YEARS = Source(
    name="grid-intensity-by-year",
    package="bongsu.energy.grid",
    resource=RESOURCE,
    origin=Origin(
        publisher=PUBLISHER,
        title="Carbon intensity of electricity by country, 2000 to 2024",
        address="https://ourworldindata.org/grapher/carbon-intensity-electricity",
        licence=LICENCE,
        attribution="Ember; Energy Institute, Statistical Review of World Energy; processed by Our World in Data (CC BY 4.0)",
    ),
    vintage=VINTAGE,
)


def grid_intensity(inputs: BuildInputs) -> Draft:
    """Builds an observation for each country and year that the source has. Flags implausible ones."""
    taken = inputs[YEARS.name]
    rows = list(_intensity_rows(taken.data.decode(), taken.record.vintage))
    flagged = [f"{row['REF_AREA']} {row['TIME_PERIOD']} {row['OBS_VALUE']:g}" for row in rows if is_flagged(row)]
    notes = (Note(N_("Flagged for review"), ", ".join(flagged)),) if flagged else ()
    return make_draft(inputs, rows, notes)


def _intensity_rows(text: str, vintage: str) -> Iterator[dict[str, Any]]:
    for area, years in parse_series(text).items():
        for year, grams in years.items():
            plausible = is_plausible(grams, CARBON_UNIT)
            yield {
                "REF_AREA": area,
                "INDICATOR": "CO2E_INTENSITY",
                "TIME_PERIOD": str(year),
                "OBS_VALUE": grams,
                "UNIT_MEASURE": CARBON_UNIT,
                "KIND": Kind.REPORTED,
                "OBS_STATUS": NORMAL if plausible else UNVALIDATED,
                "VINTAGE": vintage,
                "SOURCE": PUBLISHER,
                "COMMENT_OBS": None if plausible else comment_on_flag(CARBON_UNIT),
            }


def comment_on_flag(unit: str) -> str:
    """Returns the comment of a value outside the plausible range of its unit."""
    limits = PLAUSIBLE_RANGES[unit]
    return f"outside {limits.low:g} to {limits.high:g} {unit}: flagged for review"


RECIPE = Recipe(
    "GRID_INTENSITY",
    (YEARS,),
    grid_intensity,
    (values_within(low=0), few_lost("REF_AREA")),
)
