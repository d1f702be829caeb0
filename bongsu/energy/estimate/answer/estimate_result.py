"""The result of an estimate: energy at the requested boundary, at other boundaries and per unit; CO2e; water; the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.report import Report
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
    """Energy, CO2e and water of one estimate, with the steps that explain them.

    `energy` and `footprint.carbon` are at the requested boundary. For "life-cycle", `energy` is the facility's and `carbon` is
    the CO2e of use plus manufacturing. `per` is the energy per unit of output. `boundaries` is the energy at every boundary
    from the narrowest known one. `notes` says where a value is not the one that was asked for.
    """

    subject: str
    energy: Estimate
    per: Mapping[str, Estimate]
    boundaries: Mapping[Boundary, Estimate]
    footprint: Footprint
    country: str
    explanation: Step
    notes: tuple[Report, ...] = ()

    @property
    def carbon(self) -> Estimate:
        """CO2e at the requested boundary."""
        return self.footprint.carbon

    @property
    def water(self) -> Estimate | None:
        """Water on and off site, in litres; None if the grid's water intensity is unknown."""
        return self.footprint.water

    def figures(self) -> list[tuple[str, Estimate]]:
        """Returns the main figures with their names: energy, energy per unit, CO2e of use and of manufacturing, water."""
        feet = self.footprint
        cycle = feet.carbon.boundary is Boundary.LIFE_CYCLE
        rows = [(N_("energy"), self.energy), *((_NAMES_PER_UNIT[unit], value) for unit, value in self.per.items())]
        rows.append((N_("CO2e of the life cycle") if cycle else N_("CO2e of use"), feet.carbon))
        rows.append((N_("CO2e of manufacturing"), feet.embodied))
        rows.append((N_("water"), feet.water) if feet.water else (N_("water on site"), feet.water_on_site))
        return rows

    def to_html(self, language: str = "en") -> str:
        """Returns the figures as an HTML table: each with its 80 % interval, unit, boundary and kind;
        below it the notes.

        `language` is en, ko, fr or an added one. Raises UnknownName for another.
        """
        from bongsu.energy.estimate.answer.result_html import make_result_html

        return make_result_html(self.subject, self.figures(), language, self.notes)

    def _repr_html_(self) -> str:
        return self.to_html()

    def as_dict(self) -> dict[str, object]:
        """Returns the result as plain values, for JSON."""
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
            "notes": [note.describe(str) for note in self.notes],
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
    """Returns the result for an energy of `joule` at the boundary `start`.

    `units`: number of tokens, requests or images that the energy covers; `made_of`: the step that computed `joule`; `hours`:
    accelerator hours per joule at `start`, for the CO2e of manufacturing; `shown`: the unit in which energy is shown.
    """
    boundary = parse_boundary(asked)
    levels = compute_levels(joule, start, place, made_of, shown)
    level = energy_boundary(levels, boundary)
    # Hours per joule at the requested level: the wider boundary has more energy, but the same accelerator time.
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
        notes=place.notes,
    )


def _energy_per_unit(joule: LogNormal, boundary: Boundary, unit: str) -> Estimate:
    return joule.estimate(f"J/{unit}", f"J/{unit}", Kind.MODELLED, boundary, METHOD)
