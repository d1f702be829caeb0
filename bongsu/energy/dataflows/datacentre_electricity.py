"""Builds DATACENTRE_ELECTRICITY: what institutions have published about the electricity use of data centres."""

from __future__ import annotations

from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft
from bongsu.energy.dataflows.published_figures import read_figures
from bongsu.store.releases.checks import parts_sum_to_total, values_within
from bongsu.store.releases.observations import make_draft

FIGURES = Source(
    name="datacentre-electricity-figures",
    package="bongsu.energy",
    resource="tables/datacentre_electricity.csv",
    origin=Origin(
        publisher="IEA; Lawrence Berkeley National Laboratory",
        title="Published figures on the electricity use of data centres, each row with its source",
        address="https://www.iea.org/reports/energy-and-ai",
        licence="CC-BY-4.0",
        attribution="IEA (CC BY 4.0), Lawrence Berkeley National Laboratory; figures as quoted in public pages",
    ),
    vintage="2026-06",
)
REGIONS = ("USA", "CHN", "EUR", "APAC_X_CHN", "ROW")
TOLERANCE_TWH = 1.0  # published figures are rounded to 1 TWh


def datacentre_electricity(inputs: BuildInputs) -> Draft:
    """Builds an observation of each row of the table, as published."""
    taken = inputs[FIGURES.name]
    return make_draft(inputs, read_figures(taken.data.decode(), "twh", "datacentre_electricity.csv"))


RECIPE = Recipe(
    "DATACENTRE_ELECTRICITY",
    (FIGURES,),
    datacentre_electricity,
    (parts_sum_to_total("REF_AREA", "WORLD", REGIONS, TOLERANCE_TWH), values_within(low=0)),
)
