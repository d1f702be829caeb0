"""The scopes of roles that the node's contents make: a programme, a dataflow, a holding. bongsu/people asks for them."""

from __future__ import annotations

from bongsu.core.errors import N_, unknown_name
from bongsu.core.structure import Dataflow
from bongsu.people.access import Target
from bongsu.people.granting import register_scope
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import find_programmes
from bongsu.store.tables.programmes import read_programmes
from bongsu.web import middleware
from bongsu.web.node_state.flow_state import find_flow_programme


def register_scopes() -> None:
    """Lets roles be granted for a programme, a dataflow or a holding of the node. Called once, when Django starts."""
    register_scope("programme", _programme_parents, _programme_titles)
    register_scope("dataflow", lambda id: target_of_dataflow(middleware.open_node(), id).within, _flow_titles)
    register_scope("holding", lambda id: target_of_holding(middleware.open_node(), id).within, _holding_titles)


def _programme_parents(name: str) -> tuple[tuple[str, str], ...]:
    if name not in read_programmes():
        raise unknown_name(N_("programme"), name, read_programmes())
    return ()


def _programme_titles(language: str) -> dict[str, str]:
    return {name: info.title.to(language) for name, info in read_programmes().items()}


def _flow_titles(language: str) -> dict[str, str]:
    flows = [flow for programme in find_programmes(middleware.open_node()) for flow in programme.flows]
    return {flow.id: flow.name.to(language) for flow in flows}


def _holding_titles(language: str) -> dict[str, str]:
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
