"""The programmes that a command works on: those that ship with Bongsu, and the node's own dataflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bongsu.commons.programme import PROGRAMME as COMMONS
from bongsu.core.errors import N_, unknown_name
from bongsu.core.programme import Programme
from bongsu.energy.programme import PROGRAMME as ENERGY
from bongsu.store.own_flows.flow_folders import read_own_programme
from bongsu.work.programme import PROGRAMME as WORK

if TYPE_CHECKING:
    from bongsu.store.node import Node

PROGRAMMES: tuple[Programme, ...] = (ENERGY, WORK, COMMONS)


def find_programmes(node: Node, name: str | None = None) -> tuple[Programme, ...]:
    """Returns the programme with this name, or all of them. Raises UnknownName."""
    programmes = (*PROGRAMMES, read_own_programme(node))
    if not name:
        return programmes
    found = tuple(programme for programme in programmes if programme.name == name)
    if not found:
        raise unknown_name(N_("programme"), name, [programme.name for programme in programmes])
    return found
