"""When a dataflow is built next by itself."""

from __future__ import annotations

from datetime import datetime

from bongsu.people import schedules
from bongsu.store.node import Node
from bongsu.web.node_state.flow_state import find_flow_programme


def next_build(node: Node, dataflow: str) -> datetime | None:
    """Returns when `bongsu tend` builds a dataflow next; None if no schedule does. Raises UnknownName."""
    return schedules.next_build(dataflow, find_flow_programme(node, dataflow))
