"""Computes the CO2e and water of an amount of energy.

    CO2e of use            energy at the boundary × grid intensity (location-based)
    CO2e of manufacturing  accelerator hours × (CO2e of manufacturing the equipment / life), SCI's M = TE × TS
    water on site          IT energy × WUE, never × PUE
    water off site         facility energy × water intensity of the grid, evaporation from reservoirs included

A factor that several terms share (the energy, the accelerator time) is drawn once. Left out: market-based intensities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import HOURS_PER_YEAR, convert
from bongsu.energy.estimate.model.boundary_factors import METHOD, Level
from bongsu.energy.estimate.tables import table_files
from bongsu.energy.estimate.tables.computing_places import ComputingPlace, SourcedValue
from bongsu.energy.estimate.values.lognormal import LogNormal, sum_products
from bongsu.energy.estimate.values.steps import Step

KWH = 1 / 3.6e6  # kWh in a joule
CARBON_UNITS = {"Wh": "g CO2e", "kWh": "kg CO2e", "MWh": "t CO2e"}  # unit of energy -> unit of its CO2e


@dataclass(frozen=True)
class Footprint:
    """CO2e, water and the steps that computed them.

    `carbon` is the CO2e at the requested boundary, `embodied` the CO2e of manufacturing the equipment. Water is in litres;
    `water_off_site` and `water` are None if the grid's water intensity is unknown.
    """

    carbon: Estimate
    embodied: Estimate
    water_on_site: Estimate
    water_off_site: Estimate | None
    water: Estimate | None
    steps: tuple[Step, ...]


def compute_footprint(
    levels: Mapping[Boundary, Level],
    level: Boundary,
    asked: Boundary,
    place: ComputingPlace,
    hours: LogNormal,
    shown: str,
) -> Footprint:
    """Returns the footprint of the energy at `level`.

    `hours`: accelerator hours per joule at that level; `shown`: the unit in which energy is shown.
    """
    energy, unit = levels[level].joule, CARBON_UNITS[shown]
    use = (energy * KWH * place.grid.value).estimate("kg CO2e", unit, Kind.MODELLED, level, METHOD)
    grid = _input_step(N_("grid intensity"), place.grid, "kg CO2e/kWh", f"{place.country}: ")
    use_step = Step(N_("CO2e of use"), use, N_("energy × grid intensity"), "", (grid,))
    making, time = _embodied_prior(), energy * hours
    made = (time * making.value).estimate("kg CO2e", unit, Kind.MODELLED, Boundary.LIFE_CYCLE, METHOD)
    spent = Step(N_("accelerator time"), time.estimate("h", "h", Kind.MODELLED, Boundary.NONE, METHOD))
    rate = _input_step(N_("CO2e of manufacturing per accelerator hour"), making, "kg CO2e/h")
    steps = (
        use_step,
        Step(
            N_("CO2e of manufacturing"),
            made,
            N_("accelerator time × CO2e of manufacturing / life"),
            "ISO/IEC 21031",
            (spent, rate),
        ),
    )
    on_site, off_site, water, water_step = _compute_water(levels, place)
    if asked is not Boundary.LIFE_CYCLE:
        return Footprint(use, made, on_site, off_site, water, (*steps, water_step))
    drawn = sum_products(energy, [[place.grid.value, LogNormal(KWH)], [hours, making.value]])
    both = _interval_estimate(drawn, "kg CO2e", unit, Boundary.LIFE_CYCLE)
    cycle = Step(N_("CO2e of the life cycle"), both, N_("CO2e of use + CO2e of manufacturing"), "", steps)
    return Footprint(both, made, on_site, off_site, water, (cycle, water_step))


def _compute_water(
    levels: Mapping[Boundary, Level], place: ComputingPlace
) -> tuple[Estimate, Estimate | None, Estimate | None, Step]:
    facility = levels[Boundary.FACILITY].joule * KWH
    # if only the facility's energy is known, IT energy = facility energy / PUE
    it = levels[Boundary.IT].joule * KWH if Boundary.IT in levels else facility / place.pue.value
    on_site = (it * place.wue.value).estimate("L", "L", Kind.MODELLED, Boundary.FACILITY, METHOD)
    wue = _input_step("WUE", place.wue, "L/kWh")
    on_step = Step(N_("water on site"), on_site, N_("IT energy × WUE"), "ISO/IEC 30134-9", (wue,))
    if place.grid_water is None:
        return on_site, None, None, on_step
    off_site = (facility * place.grid_water.value).estimate("L", "L", Kind.MODELLED, Boundary.FACILITY, METHOD)
    intensity = _input_step(
        N_("water intensity of the grid, with evaporation from reservoirs"),
        place.grid_water,
        "L/kWh",
        f"{place.country}: ",
    )
    off_step = Step(
        N_("water off site"), off_site, N_("facility energy × water intensity of the grid"), "", (intensity,)
    )
    drawn = sum_products(it, [[place.wue.value], [place.pue.value, place.grid_water.value]])
    water = _interval_estimate(drawn, "L", "L", Boundary.FACILITY)
    step = Step(N_("water"), water, N_("water on site + water off site"), "", (on_step, off_step))
    return on_site, off_site, water, step


def _embodied_prior() -> SourcedValue:
    row = table_files.read_toml("priors.toml")["embodied"]
    each = row["server_kg"] / row["accelerators"] + row["accelerator_kg"]
    return SourcedValue(LogNormal.of(each / (row["years"] * HOURS_PER_YEAR), row["gsd"]), row["source"])


def _input_step(name: str, given: SourcedValue, unit: str, before: str = "") -> Step:
    return Step(name, given.value.estimate(unit, unit, given.kind, Boundary.NONE, METHOD), "", before + given.source)


def _interval_estimate(drawn: tuple[float, float, float], calculated: str, shown: str, boundary: Boundary) -> Estimate:
    low, middle, high = (convert(number, calculated, shown) for number in drawn)
    return Estimate.of(middle, shown, low=low, high=high, kind=Kind.MODELLED, boundary=boundary, method=METHOD)
