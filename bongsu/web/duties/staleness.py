"""Dataflows that were not released for long: their sources may have new figures.

How long is a table: twice the interval at which the dataflow says that its source is updated (`frequency` of its description).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import find_programmes

# The longest age of the newest release, by how often the source is updated; None: never late.
LONGEST: dict[str, timedelta | None] = {
    "daily": timedelta(days=3),
    "weekly": timedelta(days=15),
    "monthly": timedelta(days=62),
    "quarterly": timedelta(days=184),
    "yearly": timedelta(days=400),  # and a month: yearly sources do not keep to a day
    "irregular": None,
    "": timedelta(days=400),  # not said
}


def find_stale_dataflows(node: Node, now: datetime) -> Report:
    """Reports the dataflows whose newest release that is not withdrawn is older than their source's updates."""
    newest = {release.dataflow: release.sealed_at for release in node.releases.all() if release.withdrawal is None}
    often = {flow.id: flow.frequency for programme in find_programmes(node) for flow in programme.flows}
    stale = []
    for dataflow, sealed in sorted(newest.items()):
        longest = LONGEST[often.get(dataflow, "")]
        if longest is not None and sealed < f"{now - longest:%Y-%m-%dT%H:%M:%SZ}":
            stale.append(f"{dataflow} ({sealed[:10]})")
    if not stale:
        return Report(N_("Every dataflow was released since its source was last expected to change."))
    return Report(N_("Without a new release for longer than its source: {dataflows}."), {"dataflows": ", ".join(stale)})
