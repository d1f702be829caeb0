"""Declares the work programme: its dataflows, its sources and its recipes in build order."""

from bongsu.core.programme import Programme, Recipe
from bongsu.store.tables.definitions import read_dataflows
from bongsu.store.tables.manual import read_programmes
from bongsu.work import build, build_employment, build_impact, checks, holding_exposure, sources
from bongsu.work.impact.kept_results import IMPACT_FAMILY

_ILO_2025 = sources.INDICES[0].name
_YEARLY_EMPLOYMENT = (sources.EMPLOYMENT_ISCO3.name, sources.EMPLOYMENT_SOC.name)  # inputs with several years
_USAGE = ("exposure-anthropic", "exposure-microsoft")
_EMPLOYMENT = (sources.EMPLOYMENT_ISCO1.name, sources.EMPLOYMENT_ISCO2.name, *_YEARLY_EMPLOYMENT)

PROGRAMME = Programme(
    face=read_programmes()["work"],
    flows=read_dataflows("bongsu.work"),
    sources=sources.SOURCES,
    recipes=(
        Recipe(
            "EXPOSURE_INDEX",
            tuple(source.name for source in sources.INDICES),
            build.exposure_index,
            (checks.classes_as_published, checks.values_within(0, 100, "SCORE_COVERAGE")),
        ),
        Recipe(
            "INDEX_AGREEMENT",
            ("EXPOSURE_INDEX",),
            build.index_agreement,
            (checks.values_within(-1, 1, "RANK_CORRELATION"),),
        ),
        Recipe(
            "EXPOSURE_BY_GROUP",
            (_ILO_2025,),
            build_employment.exposure_by_group,
            (checks.values_within(0, 1),),
        ),
        Recipe(
            "EXPOSURE_BY_COUNTRY",
            (_ILO_2025, *_EMPLOYMENT),
            build_employment.exposure_by_country,
            (checks.shares_sum_to_one, checks.values_within(0, 1, "MEAN_EXPOSURE"), checks.few_areas_lost),
        ),
        Recipe(
            "EXPOSURE_TRENDS",
            (_ILO_2025, *_YEARLY_EMPLOYMENT),
            build_employment.exposure_trends,
            (checks.values_within(0, float("inf")),),
        ),
        Recipe(
            "OCCUPATION_DISSIMILARITY",
            _EMPLOYMENT,
            build_employment.occupation_dissimilarity,
            (checks.values_within(0, 100), checks.few_areas_lost),
        ),
        Recipe(
            "AI_POSTINGS",
            (sources.AI_POSTINGS.name,),
            build.ai_postings,
            (checks.values_within(0, 100), checks.few_areas_lost),
        ),
        Recipe(
            "AI_USAGE",
            tuple(source.name for source in sources.INDICES if source.name in _USAGE),
            build.ai_usage,
            (checks.values_within(0, 1),),
        ),
        Recipe(
            "HOLDING_EXPOSURE",
            (),
            holding_exposure.holding_exposure,
            (
                checks.values_within(0, 1, "MEAN_EXPOSURE"),
                checks.values_within(0, 100, "EMPLOYMENT_COVERAGE", "EMPLOYMENT_SHARE"),
            ),
            family=holding_exposure.EXPOSURE_FAMILY,
        ),
        Recipe(
            "AI_IMPACT",
            (sources.IMPACT_SWEDEN.name,),
            build_impact.ai_impact,
            (checks.values_within(-100, float("inf"), "IMPACT_EFFECT", "IMPACT_PATH"),),
            family=IMPACT_FAMILY,
        ),
    ),
)
