"""Converts energy from one boundary to the wider ones: server = chip x host factor, IT = server x network and storage factor,
facility = IT x PUE.

The factors are log-normal, so the intervals are exact. Left out: conversion to a narrower boundary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.estimate.tables import table_files
from bongsu.energy.estimate.tables.computing_places import ComputingPlace, SourcedValue
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.steps import Step

METHOD = "energy-estimate 1"
LEVELS = (Boundary.CHIP, Boundary.SERVER, Boundary.IT, Boundary.FACILITY)
ASKED_BOUNDARIES = (*LEVELS, Boundary.LIFE_CYCLE)
_STEP_NAMES = {
    Boundary.SERVER: (N_("energy of the server"), N_("host factor"), N_("chip energy × host factor")),
    Boundary.IT: (
        N_("energy of the IT equipment"),
        N_("network and storage factor"),
        N_("server energy × network and storage factor"),
    ),
    Boundary.FACILITY: (N_("energy of the facility"), "PUE", N_("IT energy × PUE")),
}


@dataclass(frozen=True)
class Level:
    """Energy in joule at a boundary, and the step that computed it."""

    joule: LogNormal
    step: Step


def compute_levels(
    joule: LogNormal, start: Boundary, place: ComputingPlace, made_of: Step, shown: str
) -> dict[Boundary, Level]:
    """Returns the energy at `start` and at every wider boundary; `shown` is the unit of the steps' values."""
    levels = {start: Level(joule, made_of)}
    for below, level in pairwise(LEVELS):
        if below in levels:
            factor = place.pue if level is Boundary.FACILITY else _factor_prior(level)
            raised = levels[below].joule * factor.value
            name, factor_name, formula = _STEP_NAMES[level]
            factor_step = Step(
                factor_name, factor.value.estimate("1", "1", Kind.MODELLED, Boundary.NONE, METHOD), "", factor.source
            )
            levels[level] = Level(
                raised,
                Step(name, energy_estimate(raised, level, shown), formula, "", (factor_step, levels[below].step)),
            )
    return levels


def parse_boundary(
    boundary: Boundary | str, where: str = "boundary", among: Sequence[Boundary] = ASKED_BOUNDARIES
) -> Boundary:
    """Returns the boundary with this name, one of `among`. Raises UnknownName naming the argument `where`."""
    for level in among:
        if boundary == level:
            return level
    raise unknown_name(N_("boundary"), str(boundary), [str(level) for level in among], where=where)


def energy_boundary(levels: dict[Boundary, Level], asked: Boundary) -> Boundary:
    """Returns the boundary of the energy for the requested one: the facility for a life cycle, else itself.

    Raises BadInput if it is narrower than the boundary at which the energy is known.
    """
    level = Boundary.FACILITY if asked is Boundary.LIFE_CYCLE else asked
    if level not in levels:
        raise BadInput(
            N_("The energy is known at the boundary “{start}” and not at the narrower boundary “{asked}”."),
            where="boundary",
            asked=asked,
            start=next(iter(levels)),
        )
    return level


def energy_estimate(joule: LogNormal, boundary: Boundary, shown: str) -> Estimate:
    """Returns an energy as an estimate at its boundary, in the unit `shown`."""
    return joule.estimate("J", shown, Kind.MODELLED, boundary, METHOD)


def _factor_prior(level: Boundary) -> SourcedValue:
    row = table_files.read_toml("priors.toml")[str(level)]
    return SourcedValue(LogNormal.of(row["median"], row["gsd"]), row["source"])
