"""The commons programme's face: its flows, its sources and, in order, its recipes."""

from bongsu.commons import build, checks, sources
from bongsu.core.programme import Programme, Recipe
from bongsu.core.text import Text
from bongsu.store.definitions import flows

PROGRAMME = Programme(
    name="commons",
    title=Text(en="Commons", ko="공유재", fr="Communs"),
    summary=Text(
        en="What public-interest AI can build on, and how open it is by evidence.",
        ko="공익 인공지능이 딛고 설 수 있는 자원과, 근거로 확인한 개방성을 관측합니다.",
        fr="Ce sur quoi l’IA d’intérêt public peut s’appuyer, et son ouverture, preuves à l’appui.",
    ),
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
