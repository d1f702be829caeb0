"""Assesses an entry by every framework that applies, from its claims and from the records of other registries.

A framework without data for the entry is left out of the result, which does not count as a no.
"""

from __future__ import annotations

from typing import Any

from bongsu.commons.entries.entry import Entry
from bongsu.commons.openness import current_ai, dpg, mof, osai, osaid
from bongsu.commons.openness.assessment import Assessment


def assess_entry(entry: Entry, as_of: str) -> tuple[Assessment, ...]:
    """Returns the assessments of an entry as of a day. Raises BadInput for a record that its framework cannot read."""
    found: list[Assessment] = []
    release = model_release(entry)
    if release is not None:
        found += [mof.assess(release), osaid.assess(release)]
    where = entry.id
    if "osai" in entry.records:
        found.append(osai.assess(entry.records["osai"], where))
    if "dpg" in entry.records:
        found.append(dpg.assess(_dpg_claims(entry) | entry.records["dpg"], as_of=as_of, where=where))
    if "current-ai" in entry.records:
        found.append(current_ai.assess(entry.records["current-ai"], where))
    return tuple(found)


def _dpg_claims(entry: Entry) -> dict[str, Any]:
    """Returns what the entry's claims answer for the Digital Public Goods Standard; an answer of the record goes first."""
    found = {"SDGs": list(entry.values("goals")), "license": list(entry.values("licence"))}
    return {"type": [str(entry.kind)]} | {name: values for name, values in found.items() if values}


def model_release(entry: Entry) -> mof.ModelRelease | None:
    """Returns the input of the Model Openness Framework: the entry's own components, else the tool's record."""
    components = entry.value("components")
    if components:
        return mof.release_from_claims(entry.title("en"), entry.value("licence"), components)
    record = entry.records.get("mof")
    return mof.read_release(record, entry.id) if record is not None else None
