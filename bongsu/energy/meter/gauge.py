"""Adding up the energy of one part: from a counter that counts it, or from power that is read again and again.

A counter is read at the start and the end, and in between only so often that it cannot wrap twice unseen. Power is
integrated by the trapezoid rule. A gauge whose last reading failed says so: what it holds is then a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Bounds = Callable[[float, float], tuple[float, float]]
"""(joules, seconds) -> the 80 % interval (J)."""


@dataclass(frozen=True)
class MeteredPart:
    """What is metered. `type` is gpu, cpu, memory or machine; `sensor` names the instrument or model; `kind` and
    `boundary` are those of core.estimate. Parts of one boundary do not overlap and may be added."""

    id: str
    type: str
    name: str
    sensor: str
    kind: str
    boundary: str


class Gauge:
    """The energy of one part since its first reading (`joules`). Subclasses say how one reading is added."""

    def __init__(self, part: MeteredPart, bounds: Bounds, every_s: float) -> None:
        self.part = part
        self.bounds = bounds
        self.every_s = every_s
        self.joules = 0.0
        self.error = ""
        self.resets = 0

    @property
    def complete(self) -> bool:
        """Whether the last reading succeeded and the counter was never set back."""
        return not self.error and not self.resets

    def read(self, now: float) -> None:
        """Adds what was used since the last reading that succeeded. `now` in seconds."""
        try:
            self._add(now)
            self.error = ""
        except (OSError, ValueError) as error:  # unplugged, forbidden, or text that is no number
            self.error = str(error) or type(error).__name__

    def _add(self, now: float) -> None:
        raise NotImplementedError


class CounterGauge(Gauge):
    """A counter of energy: `raw` reads it, one step is `joules_per_step`.

    `wraps_at` is the highest value before it starts again at 0; without one, a fall is a reset (a driver loaded anew)
    and what was counted between the last reading and the reset is lost.
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
    """The interval of an instrument that is right within +- `share` (0.05 is 5 %)."""
    return lambda joules, seconds: (joules * (1 - share), joules * (1 + share))
