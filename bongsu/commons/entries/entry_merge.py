"""Merges an entry that this node changed with a new version from its source (Bongsu, or a harvest), field by field.

A field is what a person changes at once: the kind, a name or description in one language, a link, an identifier, a claim with
its evidence, a record of one framework. Of a field that only one side changed, that side's value is taken. If both changed it
differently, the node's value stays, and the field is a conflict for a steward to decide. A new date on which evidence was read
is no change: every harvest has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.core.errors import BadInput

# The fields of an entry by their name: "kind", "name/ko", "description/en", "link/homepage https://…", "identifier/…",
# "claim/licence", "record/mof", and "evidence/…" for evidence that no claim cites. The values are plain, for JSON.
Fields = Mapping[str, Any]
WHOLE = "entry"  # the field of a conflict about the entry as a whole: one side withdrew it


@dataclass(frozen=True)
class Edit:
    """What this node made of an entry: `entry`, its document, or None if it was withdrawn on the day `on` (UTC).

    `base` has the fields of the source's version that the change was made from; None for an entry of the node's own.
    """

    id: str
    on: str
    entry: Mapping[str, Any] | None
    base: Fields | None


@dataclass(frozen=True)
class Conflict:
    """A field that the node and the source changed differently: its value before, here, and there; None if absent."""

    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True)
class MergedEntry:
    """The result: the entry, None if it is withdrawn or gone, and the conflicts."""

    entry: Entry | None
    conflicts: tuple[Conflict, ...] = ()


def split_fields(entry: Entry) -> dict[str, Any]:
    """Returns the fields of an entry. A claim comes with the text of its evidence; id and source are no fields."""
    fields: dict[str, Any] = {"kind": str(entry.kind)}
    fields |= {f"name/{language}": text for language, text in entry.name.items()}
    fields |= {f"description/{language}": text for language, text in entry.description.items()}
    fields |= {f"link/{link.rel} {link.href}": {"rel": link.rel, "href": link.href} for link in entry.links}
    evidence = {name: {"name": name, **item} for name, item in entry.to_json()["evidence"].items()}
    cited: set[str] = set()
    for name, claim in entry.claims.items():
        cited.update(claim.evidence)
        fields[f"claim/{name}"] = {"value": claim.value, "evidence": [evidence[item] for item in claim.evidence]}
    for name, item in evidence.items():
        if name not in cited:
            fields["evidence/{} {}".format(*_evidence_substance(item))] = item
    fields |= {f"record/{name}": record for name, record in entry.records.items()}
    fields |= {f"identifier/{identifier}": identifier for identifier in entry.identifiers}
    return fields


def join_fields(id_: str, source: str, fields: Fields) -> dict[str, Any]:
    """Returns the document of an entry with these fields. Different evidence of one name gets a further name."""
    document: dict[str, Any] = {"id": id_, "kind": "", "name": {}, "description": {}, "links": [], "evidence": {}}
    document |= {"claims": {}, "records": {}, "identifiers": [], "source": source}
    for field, value in fields.items():
        part, _, name = field.partition("/")
        match part:
            case "kind":
                document["kind"] = value
            case "name" | "description":
                document[part][name] = value
            case "link" | "identifier":
                document[f"{part}s"].append(value)
            case "record":
                document["records"][name] = value
            case "evidence":
                _place_evidence(document["evidence"], value)
            case "claim":
                names = [_place_evidence(document["evidence"], item) for item in value["evidence"]]
                document["claims"][name] = {"value": value["value"], "evidence": names}
    return document


def _place_evidence(placed: dict[str, Any], item: Mapping[str, Any]) -> str:
    """Adds an evidence to those placed, and returns its name there; of two that differ in the date alone, the newer stays."""
    content = {key: value for key, value in item.items() if key != "name"}
    name, number = item["name"], 1
    while name in placed and _evidence_substance(placed[name]) != _evidence_substance(content):
        number += 1
        name = f"{item['name']}-{number}"
    if name not in placed or placed[name]["accessed"] < content["accessed"]:
        placed[name] = content
    return str(name)


def _evidence_substance(item: Mapping[str, Any]) -> tuple[str, str]:
    """Returns what an evidence says apart from its date. A harvested file has a new hash with every harvest."""
    return "file" if item["address"].startswith("urn:sha256:") else item["address"], item["shows"]


def field_substance(field: str, value: Any) -> Any:
    """Returns what two values of a field are compared by: all but the dates and names of evidence."""
    if value is not None and field.startswith("claim/"):
        return value["value"], [_evidence_substance(item) for item in value["evidence"]]
    return value is not None if field.startswith("evidence/") else value


def changed_fields(before: Fields, after: Fields) -> list[str]:
    """Returns the names of the fields in which two versions differ."""
    return [
        field
        for field in dict.fromkeys([*before, *after])
        if field_substance(field, before.get(field)) != field_substance(field, after.get(field))
    ]


def merge_fields(base: Fields, ours: Fields, theirs: Fields) -> tuple[dict[str, Any], list[Conflict]]:
    """Merges two versions that were made from `base`. Returns the merged fields and the conflicts, in which ours stays."""
    merged: dict[str, Any] = {}
    conflicts = []
    for field in dict.fromkeys([*ours, *theirs]):
        values = [side.get(field) for side in (base, ours, theirs)]
        before, here, there = (field_substance(field, value) for value in values)
        chosen = values[2] if here == before and not (there == here and _is_newer(values[1], values[2])) else values[1]
        if here != before and there not in (before, here):
            conflicts.append(Conflict(field, *values))
        if chosen is not None:
            merged[field] = chosen
    return merged, conflicts


def _is_newer(one: Any, other: Any) -> bool:
    """Whether the evidence of one value of a claim was read after that of the other."""
    return isinstance(one, Mapping) and _newest_day(one) > _newest_day(other)


def _newest_day(value: Mapping[str, Any]) -> str:
    items = value.get("evidence", [value])
    return max((item.get("accessed", "") for item in items), default="") if isinstance(items, list) else ""


def apply_edit(edit: Edit, upstream: Entry | None) -> MergedEntry:
    """Merges what the node made of an entry with the source's version of today; None if the source has it no longer."""
    theirs = None if upstream is None else split_fields(upstream)
    if edit.entry is None:
        renewed = theirs is not None and bool(changed_fields(edit.base or {}, theirs))
        return MergedEntry(None, (Conflict(WHOLE, edit.base, None, theirs),) if renewed else ())
    entry = parse_entry(edit.entry, edit.id)
    ours = split_fields(entry)
    if theirs is None or upstream is None:
        if edit.base is None:
            return MergedEntry(entry)
        if not changed_fields(edit.base, ours):
            return MergedEntry(None)
        return MergedEntry(entry, (Conflict(WHOLE, edit.base, ours, None),))
    base = edit.base or {}
    merged, conflicts = merge_fields(base, ours, theirs)
    if not any(field.startswith(("claim/", "evidence/")) for field in merged):
        merged |= {f"evidence/{name}": {"name": name, **item} for name, item in edit.entry["evidence"].items()}
    try:
        made = parse_entry(join_fields(edit.id, upstream.source, merged), edit.id)
    except BadInput:  # such as a claim that the source's new kind cannot have: the node's version stays whole
        differing = changed_fields(base, theirs)
        return MergedEntry(entry, tuple(Conflict(f, base.get(f), ours.get(f), theirs.get(f)) for f in differing))
    return MergedEntry(made, tuple(conflicts))


def advance_base(edit_base: Fields | None, upstream: Entry | None, conflicts: tuple[Conflict, ...]) -> Fields | None:
    """Returns the base of the next change: the source's version of today, except for what is still to be decided."""
    undecided = {conflict.field for conflict in conflicts}
    if WHOLE in undecided or upstream is None:
        return edit_base if WHOLE in undecided else None
    theirs = split_fields(upstream)
    kept = {field: value for field, value in (edit_base or {}).items() if field in undecided}
    return {**{field: value for field, value in theirs.items() if field not in undecided}, **kept}
