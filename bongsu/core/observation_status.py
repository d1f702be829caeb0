"""The codes of OBS_STATUS, and the one rule by which a value may be computed with.

definitions/codes/CL_OBS_STATUS.csv names all codes. P is for values that the agency "almost certainly" expects to be revised
(SDMX CL_OBS_STATUS); R is the house's, after Eurostat. A value is flagged if its status says that it is not to be relied on, or
if it lies outside the plausible range of its unit, whatever its status. Who reads values to compute with them reads them by
`Node.usable_observations` or `BuildInputs.usable_rows`, which leave flagged ones out and return them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

STATUS = "OBS_STATUS"
NORMAL, PROVISIONAL, REVISED, UNVALIDATED = "A", "P", "R", "V"

# Every code: whether another value may be computed from an observation with it. M and Q have no value.
RELIED_ON = MappingProxyType(
    {"A": True, "B": True, "E": True, "F": True, "P": True, "R": True, "M": True, "Q": True, "U": False, "V": False}
)
NOT_RELIED_ON = tuple(sorted(code for code, relied_on in RELIED_ON.items() if not relied_on))


@dataclass(frozen=True)
class PlausibleRange:
    """The range in which a value of a unit is plausible, and why."""

    low: float
    high: float
    why: str


# By unit. The lower limit of the grid's is below any with fossil or hydro plants in ADEME's life cycle figures.
PLAUSIBLE_RANGES = MappingProxyType(
    {
        "g CO2e/kWh": PlausibleRange(
            5, 1400, "IPCC AR5 WG3 Annex III: coal 740 to 910 g/kWh; with losses and old plants"
        ),
        "L/kWh": PlausibleRange(0, 100, "Torcellini et al. (NREL, 2003): reservoirs of the United States 68 L/kWh"),
    }
)


def is_plausible(value: float | None, unit: str) -> bool:
    """Returns whether a value in `unit` lies within its plausible range; no value, or a unit without a range, does."""
    limits = PLAUSIBLE_RANGES.get(unit)
    return limits is None or value is None or limits.low <= value <= limits.high


def is_flagged(row: Mapping[str, Any]) -> bool:
    """Returns whether an observation (OBS_VALUE, OBS_STATUS, UNIT_MEASURE) is not to be computed with or drawn as normal.

    A status that no list has is not relied on.
    """
    return not RELIED_ON.get(row[STATUS], False) or not is_plausible(row["OBS_VALUE"], row["UNIT_MEASURE"])


@dataclass(frozen=True)
class UsableRows:
    """Observations as they were read: those that may be computed with, and the flagged ones, which are named if they matter."""

    rows: tuple[dict[str, Any], ...]
    flagged: tuple[dict[str, Any], ...]


def separate_flagged(rows: Iterable[dict[str, Any]]) -> UsableRows:
    """Separates flagged observations from those that may be computed with."""
    usable: list[dict[str, Any]] = []
    flagged: list[dict[str, Any]] = []
    for row in rows:
        (flagged if is_flagged(row) else usable).append(row)
    return UsableRows(tuple(usable), tuple(flagged))
