"""Computes a scenario's electricity, emissions and water by year, with 80 % intervals, and the effect of each lever.

    IT capacity (GW)   as given by year; or, with shipments: capacity of the first year, which is replaced as it retires,
                       + sum over later cohorts in use of (shipments x kW each);
                       both x (1 - efficiency gain) of each year since the first
    electricity (TWh)  IT capacity x 8.76 kh x capacity factor x PUE
    CO2e (Mt)          electricity x grid intensity
    water on site (GL) IT energy x WUE          never x PUE: WUE is defined per IT energy (ISO/IEC 30134-9)
    water off site     electricity x water intensity of electricity, without evaporation from reservoirs in every area;
                       with it, it is an outcome of its own (water_off_site_reservoirs)

Intervals come from draws with a fixed seed. In one draw a lever is high or low in all years; different levers are independent.
The central value is computed with all levers at their values. Left out: prices, limits of supply, feedback.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.estimate import Z90, Boundary, Estimate, Kind
from bongsu.core.units import HOURS_PER_YEAR
from bongsu.energy.scenario.levers import OUTCOMES, IntervalScale, Lever, LeverPath, levers, years

METHOD = "scenario 1"
DRAWS = 10_000
SEED = 2024
TWH_PER_GW_YEAR = HOURS_PER_YEAR / 1000

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """The levers that a person set, as lever id -> path. All others have the area's defaults.

    Raises UnknownName for an unknown lever or area, BadInput for settings that contradict each other.
    """

    settings: Mapping[str, LeverPath] = field(default_factory=dict)
    area: str = "WORLD"

    def __post_init__(self) -> None:
        table = levers(self.area)
        for id_ in self.settings:
            if id_ not in table:
                raise unknown_name(N_("lever"), id_, table)
        if self.uses_shipments:
            if len(self.settings.get("capacity_gw", ((0, 0.0),))) > 1:
                raise BadInput(
                    N_("Capacity by year and shipments contradict each other."),
                    where=table["shipments_million"].option,
                    fix=N_("Give the capacity of the first year alone, or leave the shipments out."),
                )
        else:
            for lever in table.values():
                if lever.optional and lever.id in self.settings:
                    raise BadInput(
                        N_("This lever acts only together with shipments."),
                        where=lever.option,
                        fix=N_("Set {option} too."),
                        option=table["shipments_million"].option,
                    )

    @property
    def uses_shipments(self) -> bool:
        """Whether capacity is computed from shipments instead of given by year."""
        return "shipments_million" in self.settings

    @property
    def levers(self) -> tuple[Lever, ...]:
        """The levers that have an effect in this scenario, in the table's order."""
        return tuple(lever for lever in levers(self.area).values() if self.uses_shipments or not lever.optional)

    def value(self, lever: Lever) -> LeverPath:
        """Returns the lever's path in this scenario."""
        return self.settings.get(lever.id, lever.default)


@dataclass(frozen=True)
class ProjectedYear:
    """One year of a projection. TWh = capacity_gw x 8.76 x capacity_factor x pue, exactly."""

    year: int
    capacity_gw: float
    capacity_factor: float
    pue: float
    electricity: Estimate
    co2e: Estimate
    water_on_site: Estimate
    water_off_site: Estimate
    water_off_site_reservoirs: Estimate


@dataclass(frozen=True)
class Swing:
    """The outcome with one lever at its low or high end and all others at their values."""

    lever: Lever
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """The range of the outcome between the lever's two ends."""
        return abs(self.at_high - self.at_low)


def project_scenario(scenario: Scenario) -> tuple[ProjectedYear, ...]:
    """Computes every year of the scenario, each outcome with its 80 % interval."""
    acting = scenario.levers
    centre = _compute_outcomes(scenario, np.zeros((1, len(acting))))
    draws = _compute_outcomes(scenario, _normal_scores(len(acting)))
    bounds = {name: np.quantile(draws[name], (0.1, 0.9), axis=0) for name in OUTCOMES}

    def outcome(name: str, position: int) -> Estimate:
        value = float(centre[name][0, position])
        low, high = (float(bound) for bound in bounds[name][:, position])
        return Estimate.of(
            value,
            OUTCOMES[name],
            low=min(low, value),
            high=max(high, value),
            kind=Kind.MODELLED,
            boundary=Boundary.FACILITY,
            method=METHOD,
        )

    return tuple(
        ProjectedYear(
            year=year,
            capacity_gw=float(centre["capacity_gw"][0, position]),
            capacity_factor=float(centre["capacity_factor"][0, position]),
            pue=float(centre["pue"][0, position]),
            electricity=outcome("electricity", position),
            co2e=outcome("co2e", position),
            water_on_site=outcome("water_on_site", position),
            water_off_site=outcome("water_off_site", position),
            water_off_site_reservoirs=outcome("water_off_site_reservoirs", position),
        )
        for position, year in enumerate(years())
    )


def compute_sensitivity(scenario: Scenario, *, year: int, outcome: str = "electricity") -> tuple[Swing, ...]:
    """Moves each lever alone to its low and high end; returns the outcomes of `year`, the widest range first.

    Raises UnknownName for an unknown outcome, BadInput for a year outside the scenario.
    """
    if outcome not in OUTCOMES:
        raise unknown_name(N_("outcome"), outcome, OUTCOMES)
    if year not in years():
        raise BadInput(
            N_("The year {year} lies outside {first} to {last}."), year=year, first=years()[0], last=years()[-1]
        )
    acting = scenario.levers
    position = years().index(year)
    one_at_a_time = np.vstack([-Z90 * np.eye(len(acting)), Z90 * np.eye(len(acting))])
    outcomes = _compute_outcomes(scenario, one_at_a_time)[outcome][:, position]
    swings = []
    for place, lever in enumerate(acting):
        low, high = (float(_lever_values(scenario, lever, np.array([z]))[0, position]) for z in (-Z90, Z90))
        swings.append(Swing(lever, low, high, float(outcomes[place]), float(outcomes[place + len(acting)])))
    return tuple(sorted(swings, key=lambda swing: -swing.width))


def _compute_outcomes(scenario: Scenario, z: Numbers) -> dict[str, Numbers]:
    """Returns the outcomes, each of shape (draws, years), for standard normal scores `z` of shape (draws, levers)."""
    value = {lever.id: _lever_values(scenario, lever, z[:, place]) for place, lever in enumerate(scenario.levers)}
    planned = _capacity_from_shipments(value) if scenario.uses_shipments else value["capacity_gw"]
    kept = 1 - value["efficiency_gain"]
    kept[:, 0] = 1  # capacity is stated at the efficiency of the first year
    capacity = planned * np.cumprod(kept, axis=1)
    it_energy = capacity * TWH_PER_GW_YEAR * value["capacity_factor"]
    electricity = it_energy * value["pue"]
    return {
        "capacity_gw": capacity,
        "capacity_factor": value["capacity_factor"],
        "pue": value["pue"],
        "electricity": electricity,
        "co2e": electricity * value["grid_intensity"] / 1000,  # TWh x g/kWh = 1e9 g = kt
        "water_on_site": it_energy * value["wue"],  # TWh x L/kWh = 1e9 L = GL
        "water_off_site": electricity * value["grid_water"],
        "water_off_site_reservoirs": electricity * value["grid_water_reservoirs"],
    }


def _capacity_from_shipments(value: Mapping[str, Numbers]) -> Numbers:
    """Returns capacity in GW: the first year's, replaced as it retires, plus every later cohort in use; million x kW = GW."""
    cohorts = value["shipments_million"] * value["chip_kw"]
    cohorts[:, 0] = 0  # the capacity of the first year includes its shipments
    capacity = np.repeat(value["capacity_gw"][:, :1], cohorts.shape[1], axis=1)
    for age in range(cohorts.shape[1]):
        in_use = np.clip(value["lifetime_years"] - age, 0, 1)
        capacity[:, age:] += cohorts[:, : cohorts.shape[1] - age] * in_use[:, age:]
    return capacity


def _lever_values(scenario: Scenario, lever: Lever, z: Numbers) -> Numbers:
    """Returns the lever's values, shape (draws, years), at scores `z` of the interval around its path."""
    value = _values_by_year(scenario.value(lever))
    default, low, high = _values_by_year(lever.default), _values_by_year(lever.low), _values_by_year(lever.high)
    steps = z[:, None] / Z90  # -1 at the low end, 1 at the high end
    if lever.scale is IntervalScale.SHIFT:
        return value + steps * np.where(steps < 0, default - low, high - default)
    match lever.scale:
        case IntervalScale.ABOVE_ONE:
            default, low, high = default - 1, low - 1, high - 1
        case IntervalScale.SHARE:
            default, low, high = (v / (1 - v) for v in (default, low, high))
    ratio = np.where(steps < 0, (low / default) ** -steps, (high / default) ** steps)
    match lever.scale:
        case IntervalScale.ABOVE_ONE:
            return 1 + (value - 1) * ratio
        case IntervalScale.SHARE:
            return value * ratio / (1 - value + value * ratio)
    return value * ratio


def _values_by_year(path: LeverPath) -> Numbers:
    return np.interp(years(), [year for year, _ in path], [value for _, value in path])


@lru_cache(maxsize=4)
def _normal_scores(count: int) -> Numbers:
    """Returns standard normal scores, shape (DRAWS, count), by Latin hypercube: one in each of DRAWS equal slices, shuffled."""
    normal = NormalDist()
    scores = np.array([normal.inv_cdf((k + 0.5) / DRAWS) for k in range(DRAWS)])
    shuffle = np.random.default_rng(SEED)
    return np.column_stack([shuffle.permutation(scores) for _ in range(count)])
