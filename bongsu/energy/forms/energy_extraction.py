"""Takes the energy of a form from a file that Bongsu wrote: a meter's report or an estimate, as JSON.

Of a meter's report the energy of the metered processes is taken, of an estimate the energy it was asked for. Where a file
holds several boundaries, one has to be named: a form holds one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.units import parse_unit

METER_SCHEMA = "bongsu.meter/1"
PlainEstimate = dict[str, Any]  # an estimate as fields: value, low, high, unit, kind, boundary, method


def extract_energy(source: Mapping[str, Any], symbol: str, *, boundary: str = "", where: str = "") -> PlainEstimate:
    """The estimate in `source` that measures what `symbol` does, at `boundary` or at the only boundary there is.

    Raises BadInput where none or several are there, or where the file is neither a report nor an estimate.
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
    """The energy asked for and that per unit of work; with a boundary named, the energies at every boundary too."""
    yield dict(result["energy"])
    yield from (dict(one) for one in result.get("energy_per", {}).values())
    if boundary:
        yield from (dict(one) for one in result.get("boundaries", {}).values())
