"""The three-way merge of an entry, case by case, worked out by hand: before, on the node, at the source, then the result.

A value is a licence; “-” means that the claim is absent. Of every case the opposite is in the table too.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.commons.entries.bundle import Tombstone, encode_bundle, encode_edits, find_id, read_bundles, read_versions
from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_merge import WHOLE, Edit, advance_base, apply_edit, join_fields, split_fields
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.sources import STARTER_ENTRIES
from bongsu.store.disk.snapshots import read_source

PAGE = {"address": "https://example.org/", "shows": "it", "accessed": "2026-11"}


def entry(licence: str = "-", **fields: Any) -> Entry:
    claims = {} if licence == "-" else {"licence": {"value": licence, "evidence": ["page"]}}
    return parse_entry(
        {"id": "a", "kind": "dataset", "name": {"en": "A"}, "evidence": {"page": PAGE}, "claims": claims, **fields}, "a"
    )


def edit(after: Entry | None, before: Entry | None) -> Edit:
    return Edit("a", "2026-11-27", after and after.to_json(), before and split_fields(before))


@pytest.mark.parametrize(
    ("before", "node", "source", "merged", "conflict"),
    [
        ("MIT", "MIT", "MIT", "MIT", False),
        ("MIT", "GPL-3.0-only", "MIT", "GPL-3.0-only", False),  # the node alone changed it
        ("MIT", "MIT", "Apache-2.0", "Apache-2.0", False),  # the source alone
        ("MIT", "Apache-2.0", "Apache-2.0", "Apache-2.0", False),  # both, to the same
        ("MIT", "GPL-3.0-only", "Apache-2.0", "GPL-3.0-only", True),  # both, to different values: the node's stays
        ("-", "MIT", "-", "MIT", False),  # added here
        ("-", "-", "MIT", "MIT", False),  # added there
        ("-", "MIT", "MIT", "MIT", False),  # added by both, the same
        ("-", "MIT", "Apache-2.0", "MIT", True),  # added by both, different
        ("MIT", "-", "MIT", "-", False),  # removed here
        ("MIT", "MIT", "-", "-", False),  # removed there
        ("MIT", "-", "-", "-", False),  # removed by both
        ("MIT", "-", "Apache-2.0", "-", True),  # removed here, changed there
        ("MIT", "GPL-3.0-only", "-", "GPL-3.0-only", True),  # changed here, removed there
    ],
)
def test_one_field(before: str, node: str, source: str, merged: str, conflict: bool) -> None:
    made = apply_edit(edit(entry(node), entry(before)), entry(source))
    assert made.entry is not None
    assert made.entry.value("licence") == (None if merged == "-" else merged)
    assert [found.field for found in made.conflicts] == (["claim/licence"] if conflict else [])


@pytest.mark.parametrize(
    ("before", "node", "source", "merged", "conflict"),
    [
        (None, "MIT", None, "MIT", False),  # the node's own
        (None, "MIT", "MIT", "MIT", False),  # the node's own, later in Bongsu too
        (None, "MIT", "Apache-2.0", "MIT", True),
        ("MIT", "GPL-3.0-only", None, "GPL-3.0-only", True),  # corrected here, gone at the source: it stays
        ("MIT", "MIT", None, None, False),  # corrected back, then gone at the source
        ("MIT", None, "MIT", None, False),  # withdrawn here
        ("MIT", None, "Apache-2.0", None, True),  # withdrawn here, changed at the source: a steward sees it
        ("MIT", None, None, None, False),  # withdrawn here, gone there
        (None, None, "MIT", None, True),  # the node's own was withdrawn, and the source has one now
        (None, None, None, None, False),
    ],
)
def test_a_whole_entry(
    before: str | None, node: str | None, source: str | None, merged: str | None, conflict: bool
) -> None:
    made = apply_edit(edit(node and entry(node), before and entry(before)), source and entry(source))  # type: ignore[arg-type]
    assert (made.entry and made.entry.value("licence")) == merged
    assert bool(made.conflicts) == conflict
    if conflict and (node is None or source is None):
        assert [found.field for found in made.conflicts] == [WHOLE]


def test_fields_are_merged_one_by_one() -> None:
    links = [{"rel": "homepage", "href": "https://example.org/"}]
    more = [*links, {"rel": "paper", "href": "https://example.org/paper"}]
    code = [*links, {"rel": "repository", "href": "https://example.org/code"}]
    before = entry("MIT", name={"en": "A", "fr": "A"}, links=links, identifiers=["1"])
    node = entry("MIT", name={"en": "A", "ko": "가"}, links=more, identifiers=["1", "2"])
    source = entry("Apache-2.0", name={"en": "B", "fr": "A"}, links=code, identifiers=["3"], kind="model")
    made = apply_edit(edit(node, before), source)
    assert not made.conflicts
    merged = made.entry
    assert merged is not None
    assert dict(merged.name) == {"en": "B", "ko": "가"}
    assert {link.rel for link in merged.links} == {"homepage", "paper", "repository"}
    assert set(merged.identifiers) == {"2", "3"}
    assert (merged.kind, merged.value("licence")) == ("model", "Apache-2.0")


def test_evidence_of_one_name_but_other_content_is_kept_apart() -> None:
    here = {**PAGE, "shows": "the year"}
    there = {**PAGE, "shows": "the country"}
    node = entry(claims={"year": {"value": 2020, "evidence": ["new"]}}, evidence={"page": PAGE, "new": here})
    source = entry(claims={"country": {"value": ["KOR"], "evidence": ["new"]}}, evidence={"page": PAGE, "new": there})
    made = apply_edit(edit(node, entry()), source).entry
    assert made is not None
    assert [item.shows for item in made.proof("year")] == ["the year"]
    assert [item.shows for item in made.proof("country")] == ["the country"]
    assert set(made.evidence) == {"page", "new", "new-2"}


def test_evidence_that_the_source_dropped_stays_with_the_claim_that_cites_it() -> None:
    two = {"page": PAGE, "file": {**PAGE, "shows": "the file"}}
    before = entry(claims={"licence": {"value": "MIT", "evidence": ["file"]}}, evidence=two)
    node = entry(claims={"licence": {"value": "GPL-3.0-only", "evidence": ["file"]}}, evidence=two)
    made = apply_edit(edit(node, before), entry())
    assert made.entry is not None
    assert [item.shows for item in made.entry.proof("licence")] == ["the file"]


def test_a_new_date_of_reading_is_no_change() -> None:
    later = {"evidence": {"page": {**PAGE, "accessed": "2026-12-01"}}}
    made = apply_edit(edit(entry("GPL-3.0-only"), entry("MIT")), entry("MIT", **later))
    assert made.entry is not None
    assert (made.entry.value("licence"), made.conflicts) == ("GPL-3.0-only", ())
    renewed = apply_edit(edit(entry("MIT"), entry("MIT")), entry("MIT", **later)).entry
    reread = apply_edit(edit(entry("MIT", **later), entry("MIT")), entry("MIT")).entry
    assert renewed is not None
    assert reread is not None
    assert renewed.checked == reread.checked == "2026-12-01"


def test_a_merge_that_would_be_invalid_keeps_the_whole_entry_of_the_node() -> None:
    claim = {"value": "7B", "evidence": ["page"]}
    before = entry(kind="model")
    node = entry(kind="model", claims={"parameters": claim})
    made = apply_edit(edit(node, before), entry(kind="course"))  # a course has no parameters
    assert made.entry == node
    assert [found.field for found in made.conflicts] == ["kind"]


def test_the_base_advances_except_for_what_is_to_be_decided() -> None:
    before, node = entry("MIT", name={"en": "A"}), entry("GPL-3.0-only", name={"en": "A"})
    source = entry("Apache-2.0", name={"en": "B"})
    made = apply_edit(edit(node, before), source)
    base = advance_base(split_fields(before), source, made.conflicts)
    assert base is not None
    assert (base["name/en"], base["claim/licence"]["value"]) == ("B", "MIT")
    assert made.entry is not None
    assert apply_edit(Edit("a", "2026-11-27", made.entry.to_json(), base), source) == made


def test_a_bundle_has_the_merged_entries_and_tombstones() -> None:
    shipped = encode_bundle([entry("MIT")], [Tombstone("b", "2026-01-01")])
    corrected = encode_edits([edit(entry("GPL-3.0-only"), entry("MIT"))])
    assert read_bundles(corrected, shipped).entries["a"].value("licence") == "GPL-3.0-only"
    withdrawn = read_bundles(shipped, encode_edits([edit(None, entry("MIT"))]))
    assert (dict(withdrawn.entries), withdrawn.tombstones["a"]) == ({}, Tombstone("a", "2026-11-27"))


def test_the_shipped_entries_survive_being_split_and_joined() -> None:
    data, _ = read_source(STARTER_ENTRIES)
    entries = read_bundles(data).entries
    lines = {find_id(line): line for line in data.split(b"\n")}
    for id_, one in entries.items():
        assert parse_entry(join_fields(id_, one.source, split_fields(one)), id_) == one
        assert list(read_versions(lines[id_])) == [one]  # its file is named by its id


VALUES = st.sampled_from(["-", "MIT", "Apache-2.0", "GPL-3.0-only"])


@given(VALUES, VALUES, VALUES)
def test_a_merge_is_settled(before: str, node: str, source: str) -> None:
    """Without conflict nothing is left to merge: the merged entry, made from the source, stays as it is."""
    made = apply_edit(edit(entry(node), entry(before)), entry(source))
    assert made.entry is not None
    again = apply_edit(
        Edit("a", "x", made.entry.to_json(), advance_base(split_fields(entry(before)), entry(source), made.conflicts)),
        entry(source),
    )
    assert again == made
