"""Converts between the sliders of the page, the query in its URL, and a scenario.

A slider sets a lever's value in the last year; the path is linear from the default of the first year. Rates per year, and
levers of shipments, are constant over all years. The query contains only values that differ from the defaults. A value may also
be written by year, as on the command line. Left out: HTML (templates) and requests (views).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.energy.scenario.levers import IntervalScale, Lever, LeverPath, areas, base_year, end_year, levers
from bongsu.energy.scenario.projection import Scenario

SHIPMENTS = "shipments_million"
GROWTH_KEY = "growth"  # the query's key for how capacity grows
GROWTH_BY_YEAR, GROWTH_BY_SHIPMENTS = "path", "shipments"


@dataclass(frozen=True)
class Slider:
    """A lever as the page shows it: from `minimum` to `maximum`, with `value` in the last year."""

    lever: Lever
    minimum: float
    maximum: float
    value: float

    @property
    def text(self) -> str:
        """The value as text."""
        return f"{self.value:g}"


def parse_scenario(query: Mapping[str, str]) -> Scenario:
    """Returns the scenario of a page's query. Raises BadInput or UnknownName, naming the field."""
    area = query.get("area") or "WORLD"
    table = levers(area)
    growth = query.get(GROWTH_KEY) or GROWTH_BY_YEAR
    if growth not in (GROWTH_BY_YEAR, GROWTH_BY_SHIPMENTS):
        raise unknown_name(N_("kind of growth"), growth, (GROWTH_BY_YEAR, GROWTH_BY_SHIPMENTS), where=GROWTH_KEY)
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
    """Returns the lever's path for a slider at `text`; None if it is at the default."""
    if "=" in text:
        return lever.parse(text)
    try:
        value = float(text)
    except ValueError:
        raise BadInput(N_("“{value}” is not a number."), where=lever.id, value=text) from None
    if math.isclose(value, _last_value(lever.default), rel_tol=1e-6):
        return None
    if lever.optional or lever.scale is IntervalScale.SHIFT:  # constant over all years
        return lever.path(value)
    return lever.path({base_year(): lever.default[0][1], end_year(): value})


def scenario_sliders(scenario: Scenario) -> tuple[Slider, ...]:
    """Returns the sliders of a scenario, in the table's order; without capacity if it is computed from shipments."""
    found = []
    for lever in scenario.levers:
        if scenario.uses_shipments and lever.id == "capacity_gw":
            continue
        default, low, high = _last_value(lever.default), _last_value(lever.low), _last_value(lever.high)
        # The range is twice the interval, in whole steps from the default, because a browser allows only whole steps.
        minimum = default - lever.step * math.floor(min(2 * (default - low), default - lever.minimum) / lever.step)
        maximum = default + lever.step * math.ceil(min(2 * (high - default), lever.maximum - default) / lever.step)
        value = _last_value(scenario.value(lever))
        found.append(
            Slider(lever, round(min(minimum, value), 6), round(min(max(maximum, value), lever.maximum), 6), value)
        )
    return tuple(found)


def scenario_query(scenario: Scenario) -> dict[str, str]:
    """Returns the shortest query for this scenario."""
    table = levers(scenario.area)
    found = {} if scenario.area == areas()[0] else {"area": scenario.area}
    if scenario.uses_shipments:
        found[GROWTH_KEY] = GROWTH_BY_SHIPMENTS
    for id_, path in scenario.settings.items():
        if path != table[id_].default:
            found[id_] = _format_path(path)
    return found


def scenario_command(scenario: Scenario) -> str:
    """Returns the command that prints the same scenario."""
    table = levers(scenario.area)
    words = ["bongsu scenario"] + ([] if scenario.area == areas()[0] else [f"--area {scenario.area}"])
    return " ".join([*words, *(f"{table[id_].option} {_format_path(path)}" for id_, path in scenario.settings.items())])


def _format_path(path: LeverPath) -> str:
    return f"{path[0][1]:g}" if len(path) == 1 else ",".join(f"{year}={value:g}" for year, value in path)


def _last_value(path: LeverPath) -> float:
    return path[-1][1]
