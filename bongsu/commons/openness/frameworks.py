"""Assesses a document by the name of a framework, for the command line and the Python interface."""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.openness import current_ai, dpg, mof, osai, osaid
from bongsu.commons.openness.assessment import Assessment
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.core.errors import N_, Missing, unknown_name
from bongsu.core.text import Text

FRAMEWORK_NAMES = {
    "mof": Text(en="Model Openness Framework", ko="모델 개방성 프레임워크(MOF)", fr="Model Openness Framework"),
    "osai": Text(
        en="European Open Source AI index", ko="유럽 오픈소스 AI 지수", fr="Indice européen de l’IA open source"
    ),
    "dpg": Text(en="Digital Public Goods Standard", ko="디지털 공공재 표준", fr="Norme des biens publics numériques"),
    "osaid": Text(en="Open Source AI Definition", ko="오픈소스 AI 정의", fr="Définition de l’IA open source"),
    "current-ai": Text(
        en="Open-source AI map (Current AI)",
        ko="오픈소스 AI 지도(Current AI)",
        fr="Carte de l’IA open source (Current AI)",
    ),
}


def assess_document(
    document: object, framework: str, *, as_of: str, where: str = "", mode: mof.Mode = "normalised"
) -> Assessment:
    """Assesses a document in the format of `framework`, or an entry of the catalogue.

    Raises UnknownName, BadInput, or Missing if an entry has no data for the framework.
    """
    if isinstance(document, Mapping) and "kind" in document and "evidence" in document:
        return _find_assessment(parse_entry(document, where), framework, as_of)
    if framework == "mof":
        return mof.assess(mof.read_release(document, where, mode), mode)
    if framework == "osaid":
        return osaid.assess(mof.read_release(document, where))
    if framework == "osai":
        return osai.assess(document, where)
    if framework == "dpg":
        return dpg.assess(document, as_of=as_of, where=where)
    if framework == "current-ai":
        return current_ai.assess(document, where)
    raise unknown_name(N_("framework"), framework, FRAMEWORK_NAMES)


def _find_assessment(entry: Entry, framework: str, as_of: str) -> Assessment:
    if framework not in FRAMEWORK_NAMES:
        raise unknown_name(N_("framework"), framework, FRAMEWORK_NAMES)
    for found in assess_entry(entry, as_of):
        if found.framework == framework:
            return found
    raise Missing(
        N_("The entry “{id}” has no data that the framework “{framework}” can assess."),
        where=entry.id,
        id=entry.id,
        framework=framework,
    )
