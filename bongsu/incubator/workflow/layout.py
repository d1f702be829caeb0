"""Where the states of a workflow stand in a picture: in layers from the draft downwards, with few crossings of arrows.

The method of Sugiyama: steps back are turned round, a state stands below all from which it is reached, long arrows get a place
in each layer, and layers are ordered by the mean place of their neighbours. The same workflow gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bongsu.incubator.workflow.document import Workflow
from bongsu.incubator.workflow.tables import START

SWEEPS = 12


@dataclass(frozen=True)
class Arrow:
    """The steps from one state to another: their numbers, which count from 1, and the places in the layers between."""

    start: str
    to: str
    numbers: tuple[int, ...]
    through: tuple[str, ...]  # of the places, in the direction of the arrow


@dataclass(frozen=True)
class Layout:
    """The layers from the top: names of states, and places of arrows, from left to right."""

    layers: tuple[tuple[str, ...], ...]
    arrows: tuple[Arrow, ...]


def arrange_states(workflow: Workflow) -> Layout:
    """Returns the layers of a workflow's states and the arrows between them; a step to the same state has an arrow too.

    For workflows without unknown states: how many there are is then limited.
    """
    steps: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(workflow.transition, start=1):
        for start in one.starts:
            steps.setdefault((start, one.to), []).append(number)
    states = [START] if any(START in pair for pair in steps) else []
    states += [state for state in dict.fromkeys(state for pair in steps for state in pair) if state != START]
    forward = {pair: turn for pair, turn in _turn_round(states, steps).items() if turn[0] != turn[1]}
    depths = _find_depths(states, forward.values())
    layers: list[list[str]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for state in states:
        layers[depths[state]].append(state)
    arrows: list[Arrow] = []
    links: list[tuple[str, str]] = []
    for pair, numbers in steps.items():
        above, below = forward.get(pair, pair)
        places = [f"{above}>{below}@{depth}" for depth in range(depths[above] + 1, depths[below])]
        if (pair[1], pair[0]) in {(one.start, one.to) for one in arrows}:  # there and back: each has places of its own
            places = [f"{place}'" for place in places]
        for depth, place in enumerate(places, start=depths[above] + 1):
            layers[depth].append(place)
        links += list(pairwise([above, *places, below])) if above != below else []
        through = places if (above, below) == pair else places[::-1]
        arrows.append(Arrow(*pair, tuple(numbers), tuple(through)))
    return Layout(_order(layers, links), tuple(arrows))


def _turn_round(states: Sequence[str], steps: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Returns each pair of states, turned round if it leads back to a state through which a path came."""
    after: dict[str, list[str]] = {}
    for start, to in steps:
        after.setdefault(start, []).append(to)
    turned: dict[tuple[str, str], tuple[str, str]] = {}
    done: set[str] = set()

    def visit(state: str, path: frozenset[str]) -> None:
        for to in after.get(state, ()):
            turned[state, to] = (to, state) if to in path else (state, to)
            if to not in done and to not in path:
                visit(to, path | {to})
        done.add(state)

    for state in states:
        if state not in done:
            visit(state, frozenset({state}))
    return turned


def _find_depths(states: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Returns for each state the length of the longest path to it; the pairs have no circle."""
    before: dict[str, set[str]] = {}
    for above, below in pairs:
        before.setdefault(below, set()).add(above)
    depths: dict[str, int] = {}

    def measure(state: str) -> int:
        if state not in depths:
            depths[state] = max((measure(one) + 1 for one in sorted(before.get(state, ()))), default=0)
        return depths[state]

    for state in states:
        measure(state)
    return depths


def _order(layers: list[list[str]], links: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Returns the layers, each ordered so that few links cross: the best of several sweeps."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    best, fewest = [list(layer) for layer in layers], count_crossings(layers, links)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        for layer in layers if down else layers[::-1]:
            places = {name: at for one in layers for at, name in enumerate(one)}
            means = {
                name: sum(places[one] for one in neighbours[name]) / len(neighbours[name])
                if name in neighbours
                else places[name]
                for name in layer
            }
            layer.sort(key=lambda name: means[name])
        if (found := count_crossings(layers, links)) < fewest:
            best, fewest = [list(layer) for layer in layers], found
    return tuple(map(tuple, best))


def count_crossings(layers: Iterable[Sequence[str]], links: Sequence[tuple[str, str]]) -> int:
    """Returns how many pairs of links between two layers cross."""
    places = {name: (depth, at) for depth, layer in enumerate(layers) for at, name in enumerate(layer)}
    by_depth: dict[int, list[tuple[int, int]]] = {}
    for upper, lower in links:
        by_depth.setdefault(places[upper][0], []).append((places[upper][1], places[lower][1]))
    return sum(
        (one[0] - other[0]) * (one[1] - other[1]) < 0
        for ends in by_depth.values()
        for number, one in enumerate(ends)
        for other in ends[:number]
    )


def place_columns(layout: Layout, widths: Mapping[str, float], gap: float) -> dict[str, float]:
    """Returns the middle of each state and place, from left to right: near its neighbours, in the order of its layer."""
    neighbours: dict[str, list[str]] = {}
    for arrow in layout.arrows:
        for one, other in pairwise([arrow.start, *arrow.through, arrow.to]):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    middles: dict[str, float] = {}
    for layer in layout.layers:
        _spread(layer, dict.fromkeys(layer, 0.0), widths, gap, middles)
    for _ in range(SWEEPS):
        for layer in layout.layers:
            wanted = {
                name: sum(middles[one] for one in near) / len(near) if (near := neighbours.get(name)) else middles[name]
                for name in layer
            }
            _spread(layer, wanted, widths, gap, middles)
    left = min((middles[name] - widths[name] / 2 for layer in layout.layers for name in layer), default=0.0)
    return {name: middle - left for name, middle in middles.items()}


def _spread(
    layer: Sequence[str],
    wanted: Mapping[str, float],
    widths: Mapping[str, float],
    gap: float,
    middles: dict[str, float],
) -> None:
    """Sets the middles of a layer: as wanted, moved apart until nothing overlaps. Neighbours that touch move together."""
    groups: list[list[str]] = []
    starts: list[float] = []  # where each group begins: the mean of what its members want
    for name in layer:
        groups.append([name])
        starts.append(wanted[name] - widths[name] / 2)
        while len(groups) > 1 and starts[-2] + _measure(groups[-2], widths, gap) + gap > starts[-1]:
            last = groups.pop()
            starts.pop()
            groups[-1] += last
            offset, begins = 0.0, []
            for one in groups[-1]:
                begins.append(wanted[one] - widths[one] / 2 - offset)
                offset += widths[one] + gap
            starts[-1] = sum(begins) / len(begins)
    for group, start in zip(groups, starts, strict=True):
        for name in group:
            middles[name] = start + widths[name] / 2
            start += widths[name] + gap


def _measure(group: Sequence[str], widths: Mapping[str, float], gap: float) -> float:
    return sum(widths[name] for name in group) + gap * (len(group) - 1)
