"""Checks the laws of figures (core/law.py) over the sealed releases of a node. Nothing is changed.

Withdrawn releases are left out: their figures no longer stand. Every other release is checked, since every other is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from bongsu.core.errors import N_, unknown_name
from bongsu.core.law import ALL_FLOWS, Law, check_law, parse_law
from bongsu.core.release import Finding, Release
from bongsu.store.node import Node
from bongsu.store.tables.definitions import read_rows
from bongsu.store.tables.programmes import list_packages

_TABLE = "laws.csv"


@dataclass(frozen=True)
class LawFinding:
    """What a law found in a release."""

    release: Release
    law: Law
    finding: Finding


@lru_cache(maxsize=1)
def list_laws() -> tuple[Law, ...]:
    """Returns the laws of all dataflows, then those of each programme, from its laws.csv. Raises BadInput, UnknownName."""
    found = []
    for package in ("bongsu.definitions", *list_packages()):
        if (files(package) / _TABLE).is_file():
            where = f"{package.replace('.', '/')}/{_TABLE}"
            rows = enumerate(read_rows(files(package) / _TABLE), start=2)
            found += [parse_law(row, f"{where}, line {line}") for line, row in rows]
    return tuple(found)


def check_laws(node: Node, dataflow: str = "") -> Iterator[LawFinding]:
    """Yields what every law found in every release that stands, or in those of one dataflow. Raises UnknownName."""
    known = node.releases.all()
    if dataflow and dataflow not in {release.dataflow for release in known}:
        raise unknown_name(N_("dataflow"), dataflow, {release.dataflow for release in known})
    for release in known if not dataflow else node.releases.all(dataflow):
        if release.withdrawal is None:
            flow = node.releases.structure(release).dataflow
            rows = node.observations(release).to_pylist()
            for law in choose_laws(flow.id):
                if law.applies(flow):
                    yield LawFinding(release, law, check_law(law, flow, rows))


def choose_laws(flow: str) -> tuple[Law, ...]:
    """Returns the laws of a dataflow; its own law of periods, which says why it needs none, replaces that of all."""
    own = tuple(law for law in list_laws() if law.flow == flow)
    exempt = any(law.kind == "period" for law in own)
    general = [law for law in list_laws() if law.flow == ALL_FLOWS and not (exempt and law.kind == "period")]
    return (*general, *(law for law in own if law.kind != "period"))
