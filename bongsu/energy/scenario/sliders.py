"""From a page's sliders to a scenario: a slider says a lever's value in the last year, the line to it starts from today's.
Rates per year, and what belongs to shipments, hold for all years instead.

A query holds only what differs from the defaults, so that an address is short and means the same next year. A value may
also be written by year, as on the command line. Left out: HTML (templates) and requests (views).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.energy.scenario.levers import IntervalScale, Lever, LeverPath, areas, base_year, end_year, levers
from bongsu.energy.scenario.projection import Scenario

SHIPMENTS = "shipments_million"
GROWTH_KEY = "growth"  # the query's word for what makes capacity grow
GROWTH_BY_YEAR, GROWTH_BY_SHIPMENTS = "path", "shipments"


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


def parse_scenario(query: Mapping[str, str]) -> Scenario:
    """The scenario that a page's query describes. Raises BadInput or UnknownName, naming the field."""
    area = query.get("area") or "WORLD"
    table = levers(area)
    growth = query.get(GROWTH_KEY) or GROWTH_BY_YEAR
    if growth not in (GROWTH_BY_YEAR, GROWTH_BY_SHIPMENTS):
        raise unknown_name(N_("growth"), growth, (GROWTH_BY_YEAR, GROWTH_BY_SHIPMENTS), where=GROWTH_KEY)
    ships = growth == GROWTH_BY_SHIPMENTS
    settings: dict[str, LeverPath] = {}
    for lever in table.values():
        text = query.get(lever.id, "").strip()
        if not text or (lever.id == "capacity_gw" if ships else lever.optional):
            continue
        path = _slider_path(lever, text)
        if path is not None:
            settings[lever.id] = path
    if ships:
        settings.setdefault(SHIPMENTS, table[SHIPMENTS].default)
    return Scenario(settings, area)


def _slider_path(lever: Lever, text: str) -> LeverPath | None:
    """The lever's path for a slider at `text`; None where the slider stands at the default."""
    if "=" in text:
        return lever.read(text)
    try:
        value = float(text)
    except ValueError:
        raise BadInput(N_("“{value}” is not a number."), where=lever.id, value=text) from None
    if math.isclose(value, _last_value(lever.default), rel_tol=1e-6):
        return None
    if lever.optional or lever.scale is IntervalScale.SHIFT:  # a rate per year holds throughout
        return lever.path(value)
    return lever.path({base_year(): lever.default[0][1], end_year(): value})


def scenario_sliders(of: Scenario) -> tuple[Slider, ...]:
    """The sliders of a scenario, in the table's order; capacity stands aside where shipments make it."""
    found = []
    for lever in of.levers:
        if of.ships and lever.id == "capacity_gw":
            continue
        default, low, high = _last_value(lever.default), _last_value(lever.low), _last_value(lever.high)
        # twice as far as the interval goes, in whole steps from the default, so that a browser can stand on it
        minimum = default - lever.step * math.floor(min(2 * (default - low), default - lever.minimum) / lever.step)
        maximum = default + lever.step * math.ceil(min(2 * (high - default), lever.maximum - default) / lever.step)
        value = _last_value(of.value(lever))
        found.append(
            Slider(lever, round(min(minimum, value), 6), round(min(max(maximum, value), lever.maximum), 6), value)
        )
    return tuple(found)


def scenario_query(of: Scenario) -> dict[str, str]:
    """The shortest query that means this scenario."""
    table = levers(of.area)
    found = {} if of.area == areas()[0] else {"area": of.area}
    if of.ships:
        found[GROWTH_KEY] = GROWTH_BY_SHIPMENTS
    for id_, path in of.settings.items():
        if path != table[id_].default:
            found[id_] = _format_path(path)
    return found


def scenario_command(of: Scenario) -> str:
    """The command that prints the same scenario."""
    table = levers(of.area)
    words = ["bongsu scenario"] + ([] if of.area == areas()[0] else [f"--area {of.area}"])
    return " ".join([*words, *(f"{table[id_].option} {_format_path(path)}" for id_, path in of.settings.items())])


def _format_path(path: LeverPath) -> str:
    return f"{path[0][1]:g}" if len(path) == 1 else ",".join(f"{year}={value:g}" for year, value in path)


def _last_value(path: LeverPath) -> float:
    return path[-1][1]
