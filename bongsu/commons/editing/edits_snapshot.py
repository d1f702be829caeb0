"""Writes what this node made of entries as a snapshot, which builds read beside the entries of the sources."""

from __future__ import annotations

from django.conf import settings

from bongsu.commons.entries.bundle import encode_edits
from bongsu.commons.entries.entry_merge import Edit
from bongsu.commons.models import Revision
from bongsu.commons.sources import EDITS_SNAPSHOT, EDITS_SOURCE
from bongsu.core.provenance import Origin
from bongsu.store.node import Node

_ORIGIN = Origin(EDITS_SOURCE, "Entries changed on this node", f"/commons/sources/{EDITS_SOURCE}/", "CC0-1.0")


def write_edits(node: Node) -> None:
    """Writes the snapshot if an entry was changed since. Does nothing for a node whose records this process does not have."""
    if node.root != settings.BONGSU_NODE.resolve():
        return
    newest = list(Revision.objects.newest())
    if newest:
        day = max(revision.made for revision in newest).date().isoformat()
        node.snapshots.save(EDITS_SNAPSHOT, encode_edits(map(edit_of_revision, newest)), _ORIGIN, day)


def edit_of_revision(revision: Revision) -> Edit:
    """Returns what a revision made of its entry, for merging it with the source's version."""
    return Edit(revision.entry, revision.made.date().isoformat(), revision.document, revision.base)
