"""Builds COMMONS_CATALOGUE: the figures of every entry, and the entries themselves as an attachment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bongsu.commons import methods
from bongsu.commons.entries.bundle import BundleContents, encode_bundle, newest_evidence_day, read_bundles
from bongsu.commons.entries.entry import Entry
from bongsu.commons.licences import read_licence
from bongsu.commons.openness.entry_assessments import assess_entry
from bongsu.commons.sources import ADDED_FAMILY, STARTER_ENTRIES
from bongsu.core.errors import N_
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.release import Draft, Finding, Note
from bongsu.store.releases.checks import few_lost
from bongsu.store.releases.observations import make_draft

if TYPE_CHECKING:
    import pyarrow as pa

ENTRIES_FILE = "entries.jsonl"  # sealed with the catalogue: every entry and every tombstone, a line each
MAX_LOST_SHARE = 0.2  # of the entries before: a harvest that lost more went wrong, and a person should look


def commons_catalogue(inputs: BuildInputs) -> Draft:
    """Builds the figures of every entry, with the entries as the attachment ENTRIES_FILE."""
    contents = read_bundles(*(entry.data for entry in inputs.by_name.values()))
    removed = ", ".join(sorted(contents.tombstones))
    entries = encode_bundle(contents.entries.values(), contents.tombstones.values(), line_fields=_licence_summary)
    return make_draft(
        inputs,
        _entry_rows(contents),
        (Note(N_("Entries that are gone"), removed),) if removed else (),
        {ENTRIES_FILE: entries},
    )


def _licence_summary(entry: Entry) -> dict[str, Any]:
    """Returns the entry's licence and its verdict, for readers of the attachment that cannot read licences."""
    licence = read_licence(entry.value("licence"))
    return {"licence": {"expression": licence.expression, "verdict": str(licence.verdict)}}


def _entry_rows(contents: BundleContents) -> Iterator[dict[str, Any]]:
    day = newest_evidence_day(contents)
    for id_ in sorted(contents.entries):
        entry = contents.entries[id_]
        first = next(iter(entry.evidence.values()))
        fixed = {
            "ENTRY_KIND": entry.kind,
            "ENTRY": entry.id,
            "VINTAGE": entry.checked,
            "SOURCE": first.address,
        }
        for figure in methods.entry_figures(entry, assess_entry(entry, day)):
            yield {**fixed, **figure, "OBS_STATUS": "M" if figure["OBS_VALUE"] is None else "A"}


def open_entries_have_licence(draft: Draft, before: pa.Table | None) -> Finding:
    """Checks that no entry counts as open without a declared licence."""
    rows = [
        row for row in draft.observations.to_pylist() if row["INDICATOR"] == "LICENCE_OPEN" and row["OBS_VALUE"] == 1
    ]
    wrong = [row for row in rows if row["COMMENT_OBS"].startswith("no licence")]
    return Finding(
        N_("open entries declare a licence"),
        not wrong,
        N_("{compared} open entries, {wrong} without a licence"),
        {"compared": len(rows), "wrong": len(wrong)},
        tuple(str(row["ENTRY"]) for row in wrong),
        tuple(wrong),
    )


RECIPE = Recipe(
    "COMMONS_CATALOGUE",
    (STARTER_ENTRIES,),
    commons_catalogue,
    (few_lost("ENTRY", MAX_LOST_SHARE), open_entries_have_licence),
    family=ADDED_FAMILY,
)
