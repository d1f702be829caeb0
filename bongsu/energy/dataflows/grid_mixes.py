"""Builds GRID_MIXES: carbon and water for one kilowatt hour of a country's electricity, of no stated year."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Kind
from bongsu.core.observation_status import NORMAL, UNVALIDATED, is_flagged, is_plausible
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft, Note
from bongsu.energy import methods
from bongsu.energy.dataflows.grid_intensity import comment_on_flag
from bongsu.energy.grid.grid_years import CARBON_UNIT
from bongsu.store.releases.checks import few_lost, values_within
from bongsu.store.releases.observations import make_draft

ELECTRICITY_MIXES = Source(
    name="ecologits-electricity-mixes",
    package="ecologits",
    resource="data/electricity_mixes.json",
    origin=Origin(
        publisher="GenAI Impact",
        title="EcoLogits: electricity mixes by country",
        address="https://ecologits.ai",
        licence="MPL-2.0",
        attribution="EcoLogits contributors, from ADEME Base Empreinte and others",
    ),
    distribution="ecologits",
)
_AREAS = {"WOR": "WORLD"}  # ecologits' name for the world


def grid_mixes(inputs: BuildInputs) -> Draft:
    """Builds carbon and water per kWh by country. Flags implausible carbon, and marks the world defaults of the source."""
    taken = inputs[ELECTRICITY_MIXES.name]
    rows = list(_intensity_rows(taken.data, taken.record.vintage))
    flagged = [f"{row['REF_AREA']} {row['OBS_VALUE']:g} {row['UNIT_MEASURE']}" for row in rows if is_flagged(row)]
    notes = (Note(N_("Flagged for review"), ", ".join(flagged)),) if flagged else ()
    return make_draft(inputs, rows, notes)


def _intensity_rows(data: bytes, vintage: str) -> Iterator[dict[str, Any]]:
    for mix in json.loads(data, parse_float=Decimal)["electricity_mixes"]:
        warnings = mix.get("warnings") or ()
        base = {"REF_AREA": _AREAS.get(mix["name"], mix["name"]), "VINTAGE": vintage, "SOURCE": vintage}
        grams = methods.intensity_in_grams(Decimal(mix["gwp"]))
        plausible = is_plausible(grams, CARBON_UNIT)
        world_carbon = "electricity-mix-gwp-world" in warnings
        world_water = "electricity-mix-wue-world" in warnings
        yield {
            **base,
            "INDICATOR": "CO2E_INTENSITY",
            "OBS_VALUE": grams,
            "UNIT_MEASURE": CARBON_UNIT,
            "KIND": Kind.DEFAULT if world_carbon else Kind.REPORTED,
            "OBS_STATUS": NORMAL if plausible else UNVALIDATED,
            "COMMENT_OBS": None if plausible else comment_on_flag(CARBON_UNIT),
        }
        yield {
            **base,
            "INDICATOR": "WATER_INTENSITY",
            "OBS_VALUE": float(mix["wue"]),
            "UNIT_MEASURE": "L/kWh",
            "BOUNDARY": Boundary.NONE,
            "KIND": Kind.DEFAULT if world_water else Kind.REPORTED,
            "OBS_STATUS": "A",
            "COMMENT_OBS": "the source's world default, not a value of this area" if world_water else None,
        }


RECIPE = Recipe(
    "GRID_MIXES",
    (ELECTRICITY_MIXES,),
    grid_mixes,
    (values_within(low=0), few_lost("REF_AREA")),
)
