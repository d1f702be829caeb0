"""The commons programme's face: its flows, its sources and, in order, its recipes."""

from bongsu.commons import build, checks, sources
from bongsu.core.programme import Programme, Recipe
from bongsu.store.tables.definitions import flows
from bongsu.store.tables.manual import faces

PROGRAMME = Programme(
    face=faces()["commons"],
    flows=flows("bongsu.commons"),
    sources=sources.SOURCES,
    recipes=(
        Recipe(
            "COMMONS_CATALOGUE",
            (sources.STARTER.name,),
            build.catalogue,
            (checks.few_entries_lost, checks.open_needs_a_licence),
            family=sources.ADDED,
        ),
        Recipe(
            "COMMONS_OPENNESS",
            (sources.STARTER.name,),
            build.openness,
            (checks.parts_sum_to_whole,),
            family=sources.ADDED,
        ),
    ),
)
