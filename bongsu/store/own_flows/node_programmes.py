"""The programmes of a node: those that are installed, and the node's own dataflows."""

from __future__ import annotations

from bongsu.core.errors import N_, unknown_name
from bongsu.core.programme import Programme
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_folders import read_own_programme
from bongsu.store.tables.programmes import OWN_PROGRAMME, programme_packages, read_programme


def installed_programmes() -> tuple[Programme, ...]:
    """Returns the programmes that ship with Bongsu and those of other packages, in the order of the pages."""
    return tuple(read_programme(name) for name in programme_packages())


def find_programmes(node: Node, name: str | None = None) -> tuple[Programme, ...]:
    """Returns the programme with this name, or all of them. Raises UnknownName."""
    names = (*programme_packages(), OWN_PROGRAMME)
    if name and name not in names:
        raise unknown_name(N_("programme"), name, names)
    wanted = [name] if name else names
    return tuple(read_own_programme(node) if one == OWN_PROGRAMME else read_programme(one) for one in wanted)
