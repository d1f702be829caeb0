"""One door to the frameworks by name, for the command line and the pages."""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.reading import entry_of
from bongsu.commons.openness import current_ai, dpg, mof, osai, osaid
from bongsu.commons.openness.assessment import Assessment
from bongsu.commons.openness.of_entry import assessments
from bongsu.core.errors import N_, Missing, unknown
from bongsu.core.text import Text

FRAMEWORKS = {
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


def assess(
    document: object, framework: str, *, as_of: str, where: str = "", mode: mof.Mode = "normalised"
) -> Assessment:
    """What `framework` says about a document in its own format, or about an entry of the catalogue.

    Raises UnknownName or BadInput; Missing where an entry holds nothing that the framework could look at.
    """
    if isinstance(document, Mapping) and "kind" in document and "evidence" in document:
        return _of_entry(entry_of(document, where), framework, as_of)
    if framework == "mof":
        return mof.assess(mof.read(document, where, mode), mode)
    if framework == "osaid":
        return osaid.assess(mof.read(document, where))
    if framework == "osai":
        return osai.assess(document, where)
    if framework == "dpg":
        return dpg.assess(document, as_of=as_of, where=where)
    if framework == "current-ai":
        return current_ai.assess(document, where)
    raise unknown(N_("framework"), framework, FRAMEWORKS)


def _of_entry(entry: Entry, framework: str, as_of: str) -> Assessment:
    if framework not in FRAMEWORKS:
        raise unknown(N_("framework"), framework, FRAMEWORKS)
    for found in assessments(entry, as_of):
        if found.framework == framework:
            return found
    raise Missing(
        N_("Nothing is known of “{id}” that {framework} could look at."),
        where=entry.id,
        id=entry.id,
        framework=framework,
    )
