"""The scopes of roles that the node's contents make: a programme, a dataflow, a holding. bongsu/people asks for them."""

from __future__ import annotations

from bongsu.core.errors import N_, unknown_name
from bongsu.core.structure import Dataflow
from bongsu.people.access import Target
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import find_programmes
from bongsu.store.tables.programmes import read_programmes
from bongsu.web import middleware
from bongsu.web.node_state.flow_state import find_flow_programme


def list_programme_parents(name: str) -> tuple[tuple[str, str], ...]:
    """Returns the scopes that contain a programme: none but the node. Raises UnknownName."""
    if name not in read_programmes():
        raise unknown_name(N_("programme"), name, read_programmes())
    return ()


def list_flow_parents(id: str) -> tuple[tuple[str, str], ...]:
    """Returns the scopes that contain a dataflow: its programme. Raises UnknownName."""
    return target_of_dataflow(middleware.open_node(), id).within


def list_holding_parents(name: str) -> tuple[tuple[str, str], ...]:
    """Returns the scopes that contain a holding: none but the node. Raises UnknownName."""
    return target_of_holding(middleware.open_node(), name).within


def title_programmes(language: str) -> dict[str, str]:
    """Returns the titles of the programmes in a language, by name."""
    return {name: info.title.to(language) for name, info in read_programmes().items()}


def title_flows(language: str) -> dict[str, str]:
    """Returns the titles of the node's dataflows in a language, by id."""
    flows = [flow for programme in find_programmes(middleware.open_node()) for flow in programme.flows]
    return {flow.id: flow.name.to(language) for flow in flows}


def title_holdings(language: str) -> dict[str, str]:
    """Returns the titles of the node's holdings, by name."""
    return {holding.name: holding.title for holding in Holdings(middleware.open_node()).all()}


def target_of_dataflow(node: Node, id: str) -> Target:
    """The dataflow as an object of actions. Raises UnknownName."""
    return Target("dataflow", id, within=(("programme", find_flow_programme(node, id)),))


def target_of_flow(flow: Dataflow) -> Target:
    """The same, of a dataflow that was read."""
    return Target("dataflow", flow.id, within=(("programme", flow.programme),))


def target_of_holding(node: Node, name: str) -> Target:
    """The holding as an object of actions. Raises UnknownName."""
    return Target("holding", Holdings(node).get(name).name)
