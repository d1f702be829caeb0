"""Sums the energy of one part, from an energy counter or from repeated power readings.

A counter is read at the start and the end, and in between often enough that it cannot wrap twice between two readings.
Power is integrated by the trapezoid rule. If the last reading of a gauge failed, its `joules` are a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Bounds = Callable[[float, float], tuple[float, float]]
"""(joules, seconds) -> the 80 % interval (J)."""


@dataclass(frozen=True)
class MeteredPart:
    """A metered part of the machine. `type` is gpu, cpu, memory or machine; `sensor` names the instrument or model; `kind`
    and `boundary` are those of core.estimate. Parts of one boundary do not overlap and may be added."""

    id: str
    type: str
    name: str
    sensor: str
    kind: str
    boundary: str


class Gauge:
    """The energy of one part since its first reading (`joules`). Subclasses implement `_add` for one reading."""

    def __init__(self, part: MeteredPart, bounds: Bounds, every_s: float) -> None:
        self.part = part
        self.bounds = bounds
        self.every_s = every_s
        self.joules = 0.0
        self.error = ""
        self.resets = 0

    @property
    def complete(self) -> bool:
        """Whether the last reading succeeded and the counter was never reset."""
        return not self.error and not self.resets

    def read(self, now: float) -> None:
        """Adds the energy used since the last successful reading. `now` in seconds. Stores an error in `error`."""
        try:
            self._add(now)
            self.error = ""
        except (OSError, ValueError) as error:  # unplugged, no permission, or not a number
            self.error = str(error) or type(error).__name__

    def _add(self, now: float) -> None:
        raise NotImplementedError


class CounterGauge(Gauge):
    """An energy counter: `raw` reads it, one count is `joules_per_step` joules.

    `wraps_at` is the highest value before the counter wraps to 0. Without it, a smaller value is a reset (a reloaded driver),
    and the energy between the last reading and the reset is lost.
    """

    def __init__(
        self,
        part: MeteredPart,
        raw: Callable[[], float],
        joules_per_step: float,
        bounds: Bounds,
        *,
        wraps_at: float | None = None,
        every_s: float = 300.0,
    ) -> None:
        super().__init__(part, bounds, every_s)
        self._raw = raw
        self._joules_per_step = joules_per_step
        self._wraps_at = wraps_at
        self._last: float | None = None

    def _add(self, now: float) -> None:
        value = self._raw()
        if self._last is not None:
            steps = value - self._last
            if steps < 0 and self._wraps_at is not None:
                steps += self._wraps_at
            elif steps < 0:
                self.resets += 1
                steps = value
            self.joules += steps * self._joules_per_step
        self._last = value


class PowerGauge(Gauge):
    """Power in W, read every `every_s` seconds and integrated by the trapezoid rule."""

    def __init__(self, part: MeteredPart, watts: Callable[[], float], bounds: Bounds, *, every_s: float = 1.0) -> None:
        super().__init__(part, bounds, every_s)
        self._watts = watts
        self._last: tuple[float, float] | None = None

    def _add(self, now: float) -> None:
        watts = self._watts()
        if self._last is not None:
            then, before = self._last
            self.joules += (now - then) * (before + watts) / 2
        self._last = (now, watts)


def relative_bounds(share: float) -> Bounds:
    """The interval of an instrument with an accuracy of +- `share` (0.05 is 5 %)."""
    return lambda joules, seconds: (joules * (1 - share), joules * (1 + share))
