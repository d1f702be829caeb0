"""What an estimate answers: energy at the boundary asked for and at every other, per unit made, CO2e, water, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.html_table import make_table_html
from bongsu.energy.estimate.answer.footprint import Footprint, compute_footprint
from bongsu.energy.estimate.model.boundary_factors import (
    METHOD,
    compute_levels,
    energy_boundary,
    energy_estimate,
    parse_boundary,
)
from bongsu.energy.estimate.tables.computing_places import ComputingPlace
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.steps import Step, estimate_dict

_NAMES_PER_UNIT = {
    "token": N_("energy for one token"),
    "request": N_("energy for one request"),
    "image": N_("energy for one image"),
    "video": N_("energy for one video"),
}


@dataclass(frozen=True)
class EstimateResult:
    """`energy` and `footprint.carbon` are at the boundary asked for ("life-cycle": the facility's energy, and the CO2e of use
    and making); `per` is the energy per unit made; `boundaries` the energy at every boundary from the first known one.
    """

    subject: str
    energy: Estimate
    per: Mapping[str, Estimate]
    boundaries: Mapping[Boundary, Estimate]
    footprint: Footprint
    country: str
    explanation: Step

    @property
    def carbon(self) -> Estimate:
        """CO2e at the boundary asked for."""
        return self.footprint.carbon

    @property
    def water(self) -> Estimate | None:
        """Water on and off site, in litres; None where the grid's water is unknown."""
        return self.footprint.water

    def figures(self) -> list[tuple[str, Estimate]]:
        """What a person asks first, by name: energy, energy for one, CO2e of use and of making, water."""
        feet = self.footprint
        cycle = feet.carbon.boundary is Boundary.LIFE_CYCLE
        rows = [(N_("energy"), self.energy), *((_NAMES_PER_UNIT[unit], value) for unit, value in self.per.items())]
        rows.append((N_("CO2e of the life cycle") if cycle else N_("CO2e of use"), feet.carbon))
        rows.append((N_("CO2e of making"), feet.embodied))
        rows.append((N_("water"), feet.water) if feet.water else (N_("water on site"), feet.water_on_site))
        return rows

    def _repr_html_(self) -> str:
        """A table for notebooks: every figure with its 80 % interval, unit, boundary and kind."""
        rows = [
            (
                name,
                *("" if n is None else f"{n:.3g}" for n in (one.value, one.low, one.high)),
                one.unit,
                one.boundary,
                one.kind,
            )
            for name, one in self.figures()
        ]
        return make_table_html(self.subject, ("", "value", "low", "high", "unit", "boundary", "kind"), rows)

    def as_dict(self) -> dict[str, object]:
        """The answer as plain values, for JSON."""
        parts = {
            name: getattr(self.footprint, name)
            for name in ("carbon", "embodied", "water_on_site", "water_off_site", "water")
        }
        return {
            "subject": self.subject,
            "energy": estimate_dict(self.energy),
            "energy_per": {unit: estimate_dict(value) for unit, value in self.per.items()},
            "boundaries": {str(boundary): estimate_dict(value) for boundary, value in self.boundaries.items()},
            **{name: None if value is None else estimate_dict(value) for name, value in parts.items()},
            "country": self.country,
            "explanation": self.explanation.as_dict(),
        }


def make_result(
    subject: str,
    joule: LogNormal,
    start: Boundary,
    asked: Boundary | str,
    place: ComputingPlace,
    units: Mapping[str, float],
    made_of: Step,
    hours: LogNormal,
    shown: str = "Wh",
) -> EstimateResult:
    """The result for `joule` at the boundary `start`.

    `units`: how many tokens, requests, images the energy is for; `made_of`: the step that gave `joule`; `hours`:
    accelerator hours per joule at `start`, for the making of the equipment; `shown`: the unit of energy.
    """
    boundary = parse_boundary(asked)
    levels = compute_levels(joule, start, place, made_of, shown)
    level = energy_boundary(levels, boundary)
    # hours per joule at the level asked for: the energy grew on the way up, the time did not
    per_joule = hours * (joule.median / levels[level].joule.median)
    feet = compute_footprint(levels, level, boundary, place, per_joule, shown)
    energy = energy_estimate(levels[level].joule, level, shown)
    return EstimateResult(
        subject=subject,
        energy=energy,
        per={unit: _energy_per_unit(levels[level].joule / count, level, unit) for unit, count in units.items()},
        boundaries={each: energy_estimate(found.joule, each, shown) for each, found in levels.items()},
        footprint=feet,
        country=place.country,
        explanation=Step(subject, energy, "", METHOD, (levels[level].step, *feet.steps)),
    )


def _energy_per_unit(joule: LogNormal, boundary: Boundary, unit: str) -> Estimate:
    return joule.estimate(f"J/{unit}", f"J/{unit}", Kind.MODELLED, boundary, METHOD)
