"""The raw files of the commons programme: the entries that ship with Bongsu, one file each.

What a node's people add or harvest comes as snapshots of the family `ADDED`, each with its own origin and licence.
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
SOURCES = (STARTER_ENTRIES,)
