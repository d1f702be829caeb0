"""Dataflows that were not released for long: their sources may have new figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.store.node import Node

LONGEST = timedelta(days=400)  # a yearly source, and a month


def find_stale_dataflows(node: Node, now: datetime) -> Report:
    """Reports the dataflows whose newest release that is not withdrawn is older than 400 days."""
    newest = {release.dataflow: release.sealed_at for release in node.releases.all() if release.withdrawal is None}
    limit = f"{now - LONGEST:%Y-%m-%dT%H:%M:%SZ}"
    stale = [f"{dataflow} ({sealed[:10]})" for dataflow, sealed in sorted(newest.items()) if sealed < limit]
    if not stale:
        return Report(N_("Every dataflow has a release of the last 400 days."))
    return Report(N_("Without a new release for 400 days: {dataflows}."), {"dataflows": ", ".join(stale)})
