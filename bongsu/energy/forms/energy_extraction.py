"""Reads the energy for a form from a file that Bongsu wrote: a meter's report or an estimate, as JSON.

From a meter's report it takes the energy of the metered processes, from an estimate the energy at the requested boundary. If
the file has several boundaries, one must be named, because a form has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.units import parse_unit

METER_SCHEMA = "bongsu.meter/1"
PlainEstimate = dict[str, Any]  # an estimate as fields: value, low, high, unit, kind, boundary, method


def extract_energy(source: Mapping[str, Any], symbol: str, *, boundary: str = "", where: str = "") -> PlainEstimate:
    """Returns the estimate in `source` of the quantity of the unit `symbol`, at `boundary` or at the file's only boundary.

    Raises BadInput if there is no such estimate or there are several, or if the file is neither a report nor an estimate.
    """
    try:
        found = list(
            _meter_energies(source) if source.get("schema") == METER_SCHEMA else _estimate_energies(source, boundary)
        )
        fitting = [one for one in found if parse_unit(one["unit"]).is_compatible_with(parse_unit(symbol))]
        boundaries = {one["boundary"] for one in fitting}
    except (KeyError, TypeError, AttributeError) as missing:
        raise BadInput(
            N_("The file is neither a meter report nor an estimate written by Bongsu: {reason}."),
            where=where,
            reason=repr(missing),
        ) from None
    except BongsuError as wrong:
        wrong.where = wrong.where or where
        raise
    if boundary:
        fitting = [one for one in fitting if one["boundary"] == boundary]
    elif len(boundaries) > 1:
        raise BadInput(
            N_("The file holds several boundaries: {boundaries}."),
            where=where,
            fix=N_("Name one with --boundary."),
            boundaries=", ".join(sorted(boundaries)),
        )
    if not fitting:
        raise BadInput(N_("The file holds no energy in {unit} at that boundary."), where=where, unit=symbol)
    return fitting[0]


def _meter_energies(report: Mapping[str, Any]) -> Iterator[PlainEstimate]:
    sensors = ", ".join(sorted({part["sensor"] for part in report["components"]}))
    for total in report["totals"]:
        process = total["process"]
        yield {
            "value": process["energy_J"],
            "low": process["low_J"],
            "high": process["high_J"],
            "unit": "J",
            "kind": process["kind"],
            "boundary": total["boundary"],
            "method": f"{report['software']}: {sensors}",
        }


def _estimate_energies(result: Mapping[str, Any], boundary: str) -> Iterator[PlainEstimate]:
    """Yields the requested energy and the energy per unit of work; if a boundary is named, also the energies at all others."""
    yield dict(result["energy"])
    yield from (dict(one) for one in result.get("energy_per", {}).values())
    if boundary:
        yield from (dict(one) for one in result.get("boundaries", {}).values())
