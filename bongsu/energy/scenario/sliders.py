"""From a page's sliders to a scenario: a slider says a lever's value in the last year, the line to it starts from today's.
Rates per year, and what belongs to shipments, hold for all years instead.

A query holds only what differs from the defaults, so that an address is short and means the same next year. A value may
also be written by year, as on the command line. Left out: HTML (templates) and requests (views).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput, unknown
from bongsu.energy.scenario.engine import Scenario
from bongsu.energy.scenario.levers import Lever, Path, Scale, areas, base_year, end_year, levers

SHIPMENTS = "shipments_million"
GROWTH = "growth"  # the query's word for what makes capacity grow
BY_YEAR, BY_SHIPMENTS = "path", "shipments"


@dataclass(frozen=True)
class Slider:
    """A lever as a page shows it: between `minimum` and `maximum`, at `value` in the last year."""

    lever: Lever
    minimum: float
    maximum: float
    value: float

    @property
    def shown(self) -> str:
        """The value as text, in the steps of the lever."""
        return f"{self.value:g}"


def scenario(query: Mapping[str, str]) -> Scenario:
    """The scenario that a page's query describes. Raises BadInput or UnknownName, naming the field."""
    area = query.get("area") or "WORLD"
    table = levers(area)
    growth = query.get(GROWTH) or BY_YEAR
    if growth not in (BY_YEAR, BY_SHIPMENTS):
        raise unknown(N_("growth"), growth, (BY_YEAR, BY_SHIPMENTS), where=GROWTH)
    ships = growth == BY_SHIPMENTS
    settings: dict[str, Path] = {}
    for lever in table.values():
        text = query.get(lever.id, "").strip()
        if not text or (lever.id == "capacity_gw" if ships else lever.optional):
            continue
        path = _path(lever, text)
        if path is not None:
            settings[lever.id] = path
    if ships:
        settings.setdefault(SHIPMENTS, table[SHIPMENTS].default)
    return Scenario(settings, area)


def _path(lever: Lever, text: str) -> Path | None:
    """The lever's path for a slider at `text`; None where the slider stands at the default."""
    if "=" in text:
        return lever.read(text)
    try:
        value = float(text)
    except ValueError:
        raise BadInput(N_("“{value}” is no number."), where=lever.id, value=text) from None
    if math.isclose(value, _last(lever.default), rel_tol=1e-6):
        return None
    if lever.optional or lever.scale is Scale.SHIFT:  # a rate per year holds throughout
        return lever.path(value)
    return lever.path({base_year(): lever.default[0][1], end_year(): value})


def sliders(of: Scenario) -> tuple[Slider, ...]:
    """The sliders of a scenario, in the table's order; capacity stands aside where shipments make it."""
    found = []
    for lever in of.levers:
        if of.ships and lever.id == "capacity_gw":
            continue
        default, low, high = _last(lever.default), _last(lever.low), _last(lever.high)
        # twice as far as the interval goes, in whole steps from the default, so that a browser can stand on it
        minimum = default - lever.step * math.floor(min(2 * (default - low), default - lever.minimum) / lever.step)
        maximum = default + lever.step * math.ceil(min(2 * (high - default), lever.maximum - default) / lever.step)
        value = _last(of.value(lever))
        found.append(
            Slider(lever, round(min(minimum, value), 6), round(min(max(maximum, value), lever.maximum), 6), value)
        )
    return tuple(found)


def query(of: Scenario) -> dict[str, str]:
    """The shortest query that means this scenario."""
    table = levers(of.area)
    found = {} if of.area == areas()[0] else {"area": of.area}
    if of.ships:
        found[GROWTH] = BY_SHIPMENTS
    for id_, path in of.settings.items():
        if path != table[id_].default:
            found[id_] = _written(path)
    return found


def command(of: Scenario) -> str:
    """The command that prints the same scenario."""
    table = levers(of.area)
    words = ["bongsu scenario"] + ([] if of.area == areas()[0] else [f"--area {of.area}"])
    return " ".join([*words, *(f"{table[id_].option} {_written(path)}" for id_, path in of.settings.items())])


def _written(path: Path) -> str:
    return f"{path[0][1]:g}" if len(path) == 1 else ",".join(f"{year}={value:g}" for year, value in path)


def _last(path: Path) -> float:
    return path[-1][1]
