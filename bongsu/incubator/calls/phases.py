"""Where the rounds of a call stand at a moment: to open later, open, or closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from bongsu.core.errors import N_
from bongsu.incubator.calls.document import Call, Round, RoundTimes

Phase = Literal["later", "open", "closed"]
PHASES: Mapping[str, str] = MappingProxyType(
    {"later": N_("opens later"), "open": N_("takes applications"), "closed": N_("closed")}
)


def find_phase(times: RoundTimes, moment: datetime) -> Phase:
    """Returns whether a round opens later, is open or closed at a moment."""
    if moment < times.opens.starts:
        return "later"
    return "open" if times.closes.includes(moment) else "closed"


def find_current(call: Call, moment: datetime) -> tuple[Round, RoundTimes]:
    """Returns the round that is open or opens next, with its times; the last one if all have closed."""
    pairs = list(zip(call.round, call.rounds, strict=True))
    return next((pair for pair in pairs if find_phase(pair[1], moment) != "closed"), pairs[-1])


def list_moments(call: Call) -> list[datetime]:
    """Returns the moments at which something begins or ends, in order."""
    moments = [moment for one in call.rounds for moment in (one.opens.starts, one.closes.ends)]
    return sorted([*moments, *(one.results.starts for one in call.rounds if one.results)])
