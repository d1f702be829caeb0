"""Draws whole pairs from fractional ones, so that each is chosen as often as its fraction says and no sum is broken.

Dependent rounding of Gandhi, Khuller, Parthasarathy and Srinivasan (2006), on the flow from reviewers through organisations to
applications: a cycle of fractional arcs is shifted one way or the other, until none is fractional. What flows through a node
stays, or is rounded up or down: loads stay within their limits, and one organisation has at most one reviewer.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from bongsu.incubator.assignment.solver import Floats, Numbers

_NEAR = 1e-7
Node = tuple[str, int]
SOURCE: Node = ("source", 0)


def round_pairs(
    values: Floats, reviewer: Numbers, application: Numbers, groups: Sequence[Numbers], seed: bytes
) -> Floats:
    """Returns 0 or 1 for each pair. Sums by application must be whole; `groups` are disjoint pairs that add up to at most 1."""
    group = {int(column): number for number, columns in enumerate(groups) for column in columns}
    flows: dict[tuple[Node, Node], float] = defaultdict(float)
    arcs = []
    for column, value in enumerate(values):
        start, end = ("reviewer", int(reviewer[column])), ("application", int(application[column]))
        middle: Node = ("group", group[column]) if column in group else end
        arcs.append((start, middle))
        flows[start, middle] += value
        flows[SOURCE, start] += value
        if middle != end:
            flows[middle, end] += value
    flows = _shift_cycles({arc: _snap(flow) for arc, flow in flows.items()}, draw_numbers(seed))
    return np.array([flows[arc] for arc in arcs]).round()


def draw_numbers(seed: bytes) -> Iterator[float]:
    """Yields numbers from 0 to 1 (not 1): the first 53 bits of the SHA-256 of the seed and 0, 1, 2, …"""
    count = 0
    while True:
        digest = hashlib.sha256(seed + count.to_bytes(8, "big")).digest()
        yield (int.from_bytes(digest[:7], "big") >> 3) / 2**53
        count += 1


def _snap(flow: float) -> float:
    return float(round(flow)) if abs(flow - round(flow)) < _NEAR else flow


def _shift_cycles(flows: dict[tuple[Node, Node], float], numbers: Iterator[float]) -> dict[tuple[Node, Node], float]:
    at: dict[Node, dict[tuple[Node, Node], None]] = defaultdict(dict)  # fractional arcs of a node, in order
    for arc, flow in flows.items():
        if flow != round(flow):
            at[arc[0]][arc] = at[arc[1]][arc] = None
    starts = list(at)
    for start in starts:
        while at[start]:
            cycle = _find_cycle(start, at)
            up = min(_room(flows[arc], sign) for arc, sign in cycle)
            down = min(_room(flows[arc], -sign) for arc, sign in cycle)
            step = up if next(numbers) * (up + down) < down else -down
            for arc, sign in cycle:
                flows[arc] = _snap(flows[arc] + sign * step)
                if flows[arc] == round(flows[arc]):
                    at[arc[0]].pop(arc)
                    at[arc[1]].pop(arc)
    return flows


def _room(flow: float, sign: int) -> float:
    """Returns how far a flow is from the next whole number in a direction."""
    part = flow - np.floor(flow)
    return float(1 - part if sign > 0 else part)


def _find_cycle(start: Node, at: dict[Node, dict[tuple[Node, Node], None]]) -> list[tuple[tuple[Node, Node], int]]:
    """Returns a cycle of fractional arcs, with 1 where it follows an arc and -1 where it goes against it.

    There is one: sums at a node are whole, so no node has a single fractional arc.
    """
    path: list[tuple[tuple[Node, Node], int]] = []
    place = {start: 0}
    node, last = start, None
    while True:
        arc = next(one for one in at[node] if one != last)
        sign = 1 if arc[0] == node else -1
        path.append((arc, sign))
        node, last = (arc[1] if sign > 0 else arc[0]), arc
        if node in place:
            return path[place[node] :]
        place[node] = len(path)
