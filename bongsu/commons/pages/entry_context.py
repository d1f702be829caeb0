"""What the catalogue's pages show of an entry, in the reader's language: a line of results, the licence tree, claims, kin.

`translate` knows the marked texts of the reader's language.
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

MAX_VALUES = 10  # of a facet, before “more”
Translate = Callable[[str], str]


def entry_summary(entry: Entry, language: str) -> dict[str, Any]:
    """An entry in a line of results, or at the head of its page."""
    licence = read_licence(entry.value("licence"))
    openness = catalogue_search.openness_facet(licence)
    return {
        "id": entry.id,
        "title": entry.title(language),
        "text": entry.text(language),
        "kind": value_name("kind", str(entry.kind), language),
        "licence": licence.text,
        "openness": openness,
        "said": OPENNESS_NAMES[openness].to(language),
        "organisation": entry.value("organisation") or "",
        "year": entry.value("year") or "",
        "countries": [value_name("country", area, language) for area in entry.values("country")],
        "languages": [value_name("language", tag.partition("-")[0], language) for tag in entry.values("languages")],
    }


def facet_context(facet: str, counts: Mapping[str, int], chosen: list[str], language: str) -> dict[str, Any]:
    """A facet's values with their counts, the chosen ones first; what is not known comes last."""
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
    """For each framework its verdict, how it comes to it, and what stood in the way."""
    verdicts = {one.framework: (result_name(one, language), framework_comparison.score_text(one)) for one in found}
    return [
        {
            "name": FRAMEWORK_NAMES[framework].to(language),
            "verdict": verdicts[framework][0],
            "counted": verdicts[framework][1],
            "sentences": [sentence.said(translate, language) for sentence in sentences],
            "lacking": [
                (NAMED_CRITERIA[framework, criterion].name.to(language), reason.said(translate, language))
                for criterion, reason in lacking
            ],
        }
        for framework, sentences, lacking in result_reasons.explain_results(found)
    ]


def licence_tree(shown: Entry, translate: Translate, language: str) -> list[dict[str, Any]]:
    """The licence of the whole, and of each component; each with the parts that its text names."""
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
            "said": OPENNESS_NAMES[catalogue_search.openness_facet(part)].to(language),
            "reason": translate(part.reason),
            "decides": part is licence.decided_by and len(licence.parts) > 1,
        }
        for part in licence.parts
    ]
    said = OPENNESS_NAMES[openness].to(language)
    return {"component": component, "openness": openness, "said": said, "parts": parts, "falls_back": falls_back}


def related_entries(catalogue: Catalogue, shown: Entry, language: str) -> dict[str, list[tuple[str, str]]]:
    """Entries that this one is made of, and those that are made of it."""
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
    """(id, title) of entries; one that the catalogue does not have is named by its id and not linked."""
    found = [(str(id_), catalogue.find(str(id_))) for id_ in ids]
    return [(id_ if other else "", other.title(language) if other else id_) for id_, other in found]


def unknown_claim_names(shown: Entry, language: str) -> list[str]:
    """The names of the claims that a thing of this kind can have and that are not known of this one."""
    return [
        kind.title.to(language)
        for kind in CLAIM_KINDS.values()
        if kind.id not in shown.claims and (not kind.kinds or str(shown.kind) in kind.kinds)
    ]


def claim_rows(shown: Entry, language: str, today: str) -> list[dict[str, Any]]:
    """Every known claim with its evidence and when that was looked at last."""
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
