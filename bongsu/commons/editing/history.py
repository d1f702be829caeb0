"""The history of an entry for readers: who changed it, in words that name no person, when, why, and what, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bongsu.commons.display_names import RELATION_NAMES
from bongsu.commons.entries.entry_merge import WHOLE, Conflict
from bongsu.commons.entries.entry_reader import CLAIM_KINDS
from bongsu.commons.models import Revision
from bongsu.core.errors import N_
from bongsu.core.languages import LANGUAGES

Translate = Callable[[str], str]
KIND_NAMES = {
    "added": N_("added"),
    "corrected": N_("corrected"),
    "withdrawn": N_("withdrawn"),
    "restored": N_("restored"),
    "decided": N_("conflict decided"),
}
_FIELD_NAMES = {
    WHOLE: N_("the whole entry"),
    "kind": N_("kind"),
    "name": N_("name"),
    "description": N_("description"),
    "link": N_("link"),
    "identifier": N_("identifier"),
    "evidence": N_("evidence"),
    "record": N_("record of a framework"),
}
_VALUE_LIMIT = 600  # characters of a value on a page; the revision's document has the whole


def describe_revision(revision: Revision) -> dict[str, Any]:
    """Returns a revision as plain values, without who made it."""
    return {
        "number": revision.number,
        "kind": revision.kind,
        "made": revision.made.isoformat(timespec="seconds"),
        "organisation": revision.organisation,
        "why": revision.why,
        "fingerprint": revision.fingerprint,
        "changes": [{"field": field, "before": before, "after": after} for field, before, after in revision.changes],
    }


def name_author(revision: Revision, titles: Mapping[str, str], translate: Translate) -> str:
    """Returns who made a revision: an organisation by its name, else the role."""
    if revision.organisation:
        return titles.get(revision.organisation, revision.organisation)
    kind = revision.actor.partition(" ")[0]
    return translate(N_("a steward") if kind == "person" else N_("the node"))


def name_field(field: str, language: str, translate: Translate) -> str:
    """Returns the name of a field as people read it."""
    part, _, name = field.partition("/")
    if part == "claim":
        return CLAIM_KINDS[name].title.to(language) if name in CLAIM_KINDS else name
    title = translate(_FIELD_NAMES.get(part, part))
    if part in ("name", "description"):
        return f"{title} ({LANGUAGES[name].name if name in LANGUAGES else name})"
    return f"{title}: {name}" if part == "record" else title


def show_value(field: str, value: Any, language: str) -> str:
    """Returns a field's value in one line; empty if it is absent."""
    if value is None or field == WHOLE:
        return ""
    part = field.partition("/")[0]
    if part == "link":
        relation = RELATION_NAMES[value["rel"]].to(language) if value["rel"] in RELATION_NAMES else value["rel"]
        return f"{relation}: {value['href']}"
    if part == "claim":
        proof = "; ".join(_show_evidence(item) for item in value["evidence"])
        return f"{_plain(value['value'])} ({proof})"
    return _show_evidence(value) if part == "evidence" else _plain(value)


def _show_evidence(item: Mapping[str, Any]) -> str:
    return f"{item['shows']}, {item['address']}, {item['accessed']}"


def _plain(value: Any) -> str:
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)
    return text if len(text) <= _VALUE_LIMIT else f"{text[:_VALUE_LIMIT]} …"


def change_rows(revision: Revision, language: str, translate: Translate) -> list[dict[str, str]]:
    """Returns what a revision changed: name of the field, value before and after."""
    return [
        {
            "name": name_field(field, language, translate),
            "before": show_value(field, before, language),
            "after": show_value(field, after, language),
        }
        for field, before, after in revision.changes
    ]


def conflict_row(conflict: Conflict, language: str, translate: Translate) -> dict[str, str]:
    """Returns a conflict for readers: the field, its name, and its value before, on the node and at the source."""
    return {
        "field": conflict.field,
        "name": name_field(conflict.field, language, translate),
        "base": show_value(conflict.field, conflict.base, language),
        "ours": show_value(conflict.field, conflict.ours, language),
        "theirs": show_value(conflict.field, conflict.theirs, language),
        "withdrawn_here": "yes" if conflict.ours is None else "",
        "gone_there": "yes" if conflict.theirs is None else "",
    }
