"""The recipes of the commons programme: take the entries, apply the frameworks, count. Pure functions of snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bongsu.commons import methods
from bongsu.commons.breakdown_codes import build_breakdown_list
from bongsu.commons.entries.bundle import BundleContents, encode_bundle, read_bundles
from bongsu.commons.entries.entry import Entry
from bongsu.commons.licences import read_licence
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.core.errors import N_
from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Method
from bongsu.core.release import Draft, Note
from bongsu.store.releases.observations import to_table

ENTRIES_FILE = "entries.jsonl"  # sealed with the catalogue: every entry and every tombstone, a line each
_PAGE = "docs/methods/commons.md"


def _read_inputs(shelf: BuildInputs) -> BundleContents:
    return read_bundles(*(entry.data for entry in shelf.taken.values()))


def newest_evidence_day(catalogue: BundleContents) -> str:
    """The day as of which standards with versions are applied: that of the newest evidence. A build knows no clock."""
    newest = max((entry.checked for entry in catalogue.entries.values()), default="")
    return newest if len(newest) == 10 else f"{newest or '2026-11'}-01"


def _draft(shelf: BuildInputs, rows: Iterator[dict[str, Any]]) -> Draft:
    observations = to_table(shelf.flow, rows)
    name, version = shelf.flow.method.rsplit(" ", 1)
    return Draft(shelf.structure(observations), observations, shelf.inputs, Method(name, version, _PAGE))


def commons_catalogue(shelf: BuildInputs) -> Draft:
    """COMMONS_CATALOGUE: the figures of every entry, and beside them the entries themselves (ENTRIES)."""
    taken = _read_inputs(shelf)
    gone = ", ".join(sorted(taken.tombstones))
    return replace(
        _draft(shelf, _entry_rows(taken)),
        notes=(Note(N_("Entries that are gone"), gone),) if gone else (),
        attachments={
            ENTRIES_FILE: encode_bundle(taken.entries.values(), taken.tombstones.values(), told=_licence_summary)
        },
    )


def _licence_summary(entry: Entry) -> dict[str, Any]:
    """What the entry's licence means: for rooms that show entries and cannot read licences."""
    licence = read_licence(entry.value("licence"))
    return {"licence": {"expression": licence.expression, "verdict": str(licence.verdict)}}


def _entry_rows(taken: BundleContents) -> Iterator[dict[str, Any]]:
    day = newest_evidence_day(taken)
    for id_ in sorted(taken.entries):
        entry = taken.entries[id_]
        first = next(iter(entry.evidence.values()))
        fixed = {
            "ENTRY_KIND": entry.kind,
            "ENTRY": entry.id,
            "VINTAGE": entry.checked,
            "SOURCE": first.address,
        }
        for figure in methods.entry_figures(entry, assess_entry(entry, day)):
            yield {**fixed, **figure, "OBS_STATUS": "M" if figure["OBS_VALUE"] is None else "A"}


def commons_openness(shelf: BuildInputs) -> Draft:
    """COMMONS_OPENNESS: counts by breakdown. A value that is not known counts under _U."""
    taken = _read_inputs(shelf)
    day = newest_evidence_day(taken)
    counted = methods.count_entries(taken.entries.values())
    values = build_breakdown_list(value for _, value, _ in counted)
    shelf = replace(shelf, code_lists={**shelf.code_lists, values.id: values})
    rows = (
        {
            "BREAKDOWN": breakdown,
            "BREAKDOWN_VALUE": value,
            "INDICATOR": indicator,
            "OBS_VALUE": float(count),
            "KIND": Kind.MODELLED,
            "VINTAGE": day[:7],
            "SOURCE": "COMMONS_CATALOGUE",
        }
        for (breakdown, value, indicator), count in sorted(counted.items())
    )
    return _draft(shelf, rows)
