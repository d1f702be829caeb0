"""The commons programme's face: its flows, its sources and, in order, its recipes."""

from bongsu.commons import build, checks, sources
from bongsu.core.programme import Programme, Recipe
from bongsu.store.tables.definitions import read_dataflows
from bongsu.store.tables.manual import read_programmes

PROGRAMME = Programme(
    face=read_programmes()["commons"],
    flows=read_dataflows("bongsu.commons"),
    sources=sources.SOURCES,
    recipes=(
        Recipe(
            "COMMONS_CATALOGUE",
            (sources.STARTER_ENTRIES.name,),
            build.commons_catalogue,
            (checks.few_entries_lost, checks.open_entries_have_licence),
            family=sources.ADDED_FAMILY,
        ),
        Recipe(
            "COMMONS_OPENNESS",
            (sources.STARTER_ENTRIES.name,),
            build.commons_openness,
            (checks.parts_sum_to_whole,),
            family=sources.ADDED_FAMILY,
        ),
    ),
)
