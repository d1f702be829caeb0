"""Template contexts for an entry in the reader's language: a search result, the licence tree, claims, related entries.

`translate` translates msgids to the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bongsu.commons import catalogue_search
from bongsu.commons.catalogue_search import Catalogue
from bongsu.commons.display_names import (
    FACET_NAMES,
    NAMED_CRITERIA,
    OPENNESS_NAMES,
    claim_value_names,
    result_name,
    value_name,
)
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import CLAIM_KINDS
from bongsu.commons.licences import Licence, Verdict, read_licence
from bongsu.commons.openness.assessment import Assessment
from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES
from bongsu.commons.pages import framework_comparison, result_reasons
from bongsu.core.errors import N_

MAX_VALUES = 10  # values of a facet shown before “more”
Translate = Callable[[str], str]


def entry_summary(entry: Entry, language: str) -> dict[str, Any]:
    """Returns the context of an entry in a list of results or at the top of its page."""
    licence = read_licence(entry.value("licence"))
    openness = catalogue_search.openness_facet(licence)
    return {
        "id": entry.id,
        "title": entry.title(language),
        "text": entry.text(language),
        "kind": value_name("kind", str(entry.kind), language),
        "licence": licence.text,
        "openness": openness,
        "openness_name": OPENNESS_NAMES[openness].to(language),
        "organisation": entry.value("organisation") or "",
        "year": entry.value("year") or "",
        "countries": [value_name("country", area, language) for area in entry.values("country")],
        "languages": [value_name("language", tag.partition("-")[0], language) for tag in entry.values("languages")],
    }


def facet_context(facet: str, counts: Mapping[str, int], chosen: list[str], language: str) -> dict[str, Any]:
    """Returns a facet's values with their counts, the chosen ones first, “not known” last."""
    listed = [*chosen, *(value for value in counts if value not in chosen)]
    if facet == "year":
        listed.sort(reverse=True)
    listed.sort(key=lambda value: (value not in chosen, value == "unknown"))
    values = [
        {
            "value": value,
            "name": value_name(facet, value, language) if facet != "openness" or value in OPENNESS_NAMES else value,
            "count": counts.get(value, 0),
            "chosen": value in chosen,
        }
        for value in listed
    ]
    return {
        "id": facet,
        "name": FACET_NAMES[facet].to(language),
        "first": values[:MAX_VALUES],
        "more": values[MAX_VALUES:],
        "open": bool(chosen) or facet in ("kind", "openness"),
    }


def explain_differences(found: Sequence[Assessment], translate: Translate, language: str) -> list[dict[str, Any]]:
    """Returns for each framework its verdict, sentences on how it is reached, and the criteria that are not met."""
    verdicts = {one.framework: (result_name(one, language), framework_comparison.score_text(one)) for one in found}
    return [
        {
            "name": FRAMEWORK_NAMES[framework].to(language),
            "verdict": verdicts[framework][0],
            "counted": verdicts[framework][1],
            "sentences": [sentence.translated(translate, language) for sentence in sentences],
            "lacking": [
                (NAMED_CRITERIA[framework, criterion].name.to(language), reason.translated(translate, language))
                for criterion, reason in lacking
            ],
        }
        for framework, sentences, lacking in result_reasons.explain_results(found)
    ]


def licence_tree(shown: Entry, translate: Translate, language: str) -> list[dict[str, Any]]:
    """Returns the licence of the entry and of each component, each with the parts of its text."""
    whole = read_licence(shown.value("licence"))
    branches = [_licence_branch("", whole, translate, language)]
    for name, text in (shown.value("components") or {}).items():
        title = NAMED_CRITERIA["mof", name].name.to(language) if ("mof", name) in NAMED_CRITERIA else name
        own = read_licence(text)
        falls_back = own.verdict is Verdict.UNDECLARED and not text and whole.text
        branches.append(
            _licence_branch(title, whole if falls_back else own, translate, language, falls_back=bool(falls_back))
        )
    return branches


def _licence_branch(
    component: str, licence: Licence, translate: Translate, language: str, *, falls_back: bool = False
) -> dict[str, Any]:
    openness = catalogue_search.openness_facet(licence)
    parts = [
        {
            "text": part.text or translate(N_("nothing declared")),
            "id": part.id if part.id != part.text else "",
            "openness": OPENNESS_NAMES[catalogue_search.openness_facet(part)].to(language),
            "reason": translate(part.reason),
            "decides": part is licence.decided_by and len(licence.parts) > 1,
        }
        for part in licence.parts
    ]
    return {
        "component": component,
        "openness": openness,
        "openness_name": OPENNESS_NAMES[openness].to(language),
        "parts": parts,
        "falls_back": falls_back,
    }


def related_entries(catalogue: Catalogue, shown: Entry, language: str) -> dict[str, list[tuple[str, str]]]:
    """Returns the entries that this one is based on or trained on, and those based or trained on this one."""
    base, data = shown.values("base"), shown.values("trained_on")
    users = catalogue.users(shown.id)
    subject = shown.values("subject")
    return {
        "base": _find_titles(catalogue, base, language),
        "data": _find_titles(catalogue, data, language),
        "subject": _find_titles(catalogue, subject, language),
        "trained": [(user.id, user.title(language)) for user in users if shown.id in user.values("trained_on")],
        "derived": [(user.id, user.title(language)) for user in users if shown.id in user.values("base")],
    }


def _find_titles(catalogue: Catalogue, ids: tuple[Any, ...], language: str) -> list[tuple[str, str]]:
    """Returns (id, title) of entries; for an entry not in the catalogue, ("", its id)."""
    found = [(str(id_), catalogue.find(str(id_))) for id_ in ids]
    return [(id_ if other else "", other.title(language) if other else id_) for id_, other in found]


def unknown_claim_names(shown: Entry, language: str) -> list[str]:
    """Returns the names of the claims that entries of this kind can have and that are unknown for this one."""
    return [
        kind.title.to(language)
        for kind in CLAIM_KINDS.values()
        if kind.id not in shown.claims and (not kind.kinds or str(shown.kind) in kind.kinds)
    ]


def claim_rows(shown: Entry, language: str, today: str) -> list[dict[str, Any]]:
    """Returns every known claim with its evidence and the day on which that was last read."""
    due = f"{int(today[:4]) - 1}{today[4:]}"
    rows = []
    for name, claim in shown.claims.items():
        proof = shown.proof(name)
        checked = max(item.accessed for item in proof)
        values = (
            [f"{part}: {text or '—'}" for part, text in claim.value.items()]
            if isinstance(claim.value, dict)
            else claim_value_names(name, claim.value, language)
        )
        rows.append(
            {
                "title": CLAIM_KINDS[name].title.to(language),
                "values": values,
                "proof": [(item, item.address.startswith("http")) for item in proof],
                "checked": checked,
                "old": checked < due[: len(checked)],
            }
        )
    return rows
