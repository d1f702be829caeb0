"""The names of the catalogue's codes in the reader's language: facets and their values, claims, verdicts, criteria.

The names come from the programme's tables, or from CLDR (breakdown_codes.py).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from bongsu.commons.breakdown_codes import language_text
from bongsu.commons.entries.entry_reader import CLAIM_KINDS, SECTORS
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.openness import dpg, mof, osai
from bongsu.commons.openness.assessment import Assessment, CriterionState
from bongsu.core.text import Text
from bongsu.store.tables.definitions import code_lists, read_rows

UNKNOWN_NAME = Text(en="not known", ko="미확인", fr="inconnu")
FACET_NAMES = {
    "kind": Text(en="Kind", ko="종류", fr="Type"),
    "openness": Text(en="Licence", ko="이용 허락", fr="Licence"),
    "country": Text(en="Country", ko="국가", fr="Pays"),
    "language": Text(en="Language", ko="언어", fr="Langue"),
    "year": Text(en="Year", ko="연도", fr="Année"),
    "sector": Text(en="Sector", ko="분야", fr="Secteur"),
    "goal": Text(en="Sustainable Development Goal", ko="지속가능발전목표", fr="Objectif de développement durable"),
}
OPENNESS_NAMES = {
    "open": Text(en="open", ko="개방", fr="ouverte"),
    "closed": Text(en="not open", ko="비개방", fr="non ouverte"),
    "unknown": UNKNOWN_NAME,
}
STATE_NAMES = {
    CriterionState.YES: Text(en="yes", ko="예", fr="oui"),
    CriterionState.PARTIAL: Text(en="partly", ko="일부", fr="en partie"),
    CriterionState.NO: Text(en="no", ko="아니오", fr="non"),
    CriterionState.UNKNOWN: UNKNOWN_NAME,
    CriterionState.NOT_NEEDED: Text(en="not needed", ko="해당 없음", fr="sans objet"),
}
ACCESS_NAMES = {
    "free": Text(en="free for all", ko="누구나 무료", fr="libre pour tous"),
    "registration": Text(en="after registration", ko="가입 후 이용", fr="sur inscription"),
    "application": Text(en="on application", ko="신청 후 이용", fr="sur demande"),
    "paid": Text(en="paid", ko="유료", fr="payant"),
}
RELATION_NAMES = {
    "homepage": Text(en="Home page", ko="누리집", fr="Site"),
    "repository": Text(en="Repository", ko="저장소", fr="Dépôt"),
    "download": Text(en="Download", ko="내려받기", fr="Téléchargement"),
    "documentation": Text(en="Documentation", ko="문서", fr="Documentation"),
    "paper": Text(en="Paper", ko="논문", fr="Article"),
    "huggingface": Text(en="On Hugging Face", ko="허깅페이스", fr="Sur Hugging Face"),
}


def _read_names(name: str, *keys: str) -> dict[tuple[str, ...], Text]:
    return {
        tuple(row[key] for key in keys): Text.from_row(row) for row in read_rows(COMMONS_TABLES / name) if row["en"]
    }


GOAL_NAMES = _read_names("goals.csv", "code")
RESULT_NAMES = _read_names("verdicts.csv", "framework", "result")
SUBJECT_NAMES = _read_names("subjects.csv", "code")
_CRITERION_NAMES: dict[tuple[str, ...], Text] = {
    **_read_names("criteria.csv", "framework", "criterion"),
    **{("mof", part.name): part.title for part in mof.COMPONENTS},
    **{("osai", criterion.id): criterion.title for criterion in osai.CRITERIA},
    **{("dpg", indicator.id): indicator.title for indicator in dpg.INDICATORS},
}


class NamedCriterion(NamedTuple):
    """A criterion of a framework: its name and its subject."""

    name: Text
    subject: str


NAMED_CRITERIA = {
    (row["framework"], row["criterion"]): NamedCriterion(
        _CRITERION_NAMES[row["framework"], row["criterion"]], row["subject"]
    )
    for row in read_rows(COMMONS_TABLES / "criteria.csv")
}


def result_name(found: Assessment, language: str) -> str:
    """Returns the name of a framework's result."""
    named = RESULT_NAMES.get((found.framework, found.result))
    return named.to(language) if named else found.result


@lru_cache(maxsize=4_096)
def value_name(facet: str, value: str, language: str) -> str:
    """Returns the name of a facet's value, or the value itself if it has no name."""
    if value in ("unknown", "_U"):
        return UNKNOWN_NAME.to(language)
    match facet:
        case "kind":
            return code_lists()["CL_ENTRY_KIND"].name_of(value, language)
        case "openness":
            return OPENNESS_NAMES[value].to(language)
        case "country":
            return code_lists()["CL_AREA"].name_of(value, language)
        case "language":
            return language_name(value, language)
        case "sector":
            return SECTORS[value].to(language) if value in SECTORS else value
        case "goal":
            return f"{value} {GOAL_NAMES[(value,)].to(language)}" if (value,) in GOAL_NAMES else value
        case _:
            return value


def language_name(tag: str, language: str) -> str:
    """Returns the name of a language (BCP 47) in `language`, or the tag itself if it has no name."""
    return language_text(tag).to(language)


def claim_value_names(claim: str, value: object, language: str) -> list[str]:
    """Returns the values of a claim as shown to readers."""
    values = value if isinstance(value, list | tuple) else [value]
    facet = {"areas": "country", "languages": "", "sectors": "sector", "goals": "goal"}.get(CLAIM_KINDS[claim].type)
    if CLAIM_KINDS[claim].type == "languages":
        return [language_name(str(one), language) for one in values]
    if CLAIM_KINDS[claim].type == "access":
        return [ACCESS_NAMES[str(one)].to(language) for one in values]
    return [value_name(facet, str(one), language) if facet else str(one) for one in values]
