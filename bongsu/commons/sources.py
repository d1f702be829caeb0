"""The entries that ship with Bongsu, one file each.

Entries that people or harvests add to a node are snapshots of ADDED_FAMILY, each with its own origin and licence. The result
of a harvest that waits for a person is a snapshot of HELD_FAMILY, which builds do not read.
"""

from bongsu.core.provenance import Origin, Source

STARTER_ENTRIES = Source(
    name="commons-starter",
    package="bongsu.commons",
    resource="catalogue",
    origin=Origin(
        publisher="The Bongsu developers",
        title="A first catalogue of what public-interest AI can build on, each claim with evidence",
        address="https://github.com/bongsu/bongsu",
        licence="CC-BY-4.0",
        attribution="The Bongsu developers; what each entry shows is its cited sources’",
    ),
    vintage="2026-11",
)
ADDED_FAMILY = "commons-added"
HELD_FAMILY = "commons-held"
EDITS_SOURCE = "edits"  # the source name of the snapshot with what this node made of entries
EDITS_SNAPSHOT = f"{ADDED_FAMILY}-{EDITS_SOURCE}"
