"""Estimates: a central value with its unit, 80 % interval, kind, boundary and method.

Two rules always hold. Values of different boundaries cannot be added or compared: the energy of a chip and that of a
facility are different quantities. A combined value has the weakest kind of its parts: measured plus modelled is modelled.
This module does not sample; code that uses Monte Carlo passes in the quantiles of its draws.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bongsu.core.errors import N_, BadInput, BoundaryMismatch
from bongsu.core.units import Quantity, Unit, convert, parse_unit

# Standard normal quantile at 90 %: an 80 % interval runs from -Z90 to +Z90 standard deviations. scipy.stats.norm.ppf(0.9)
Z90 = 1.2815515655446004


class Kind(enum.StrEnum):
    """How a value was obtained, best evidence first."""

    MEASURED = "measured"  # by an instrument
    REPORTED = "reported"  # published by a source
    MODELLED = "modelled"  # computed by a method from other values
    DEFAULT = "default"  # a general value, used if no specific one is known

    @property
    def rank(self) -> int:
        """0 for the best evidence, 3 for the least."""
        return list(Kind).index(self)


class Boundary(enum.StrEnum):
    """What a value includes. Each contains the one before it."""

    CHIP = "chip"  # the accelerator alone
    SERVER = "server"  # with its host: CPU, memory, fans, power supply
    IT = "it"  # with network and storage
    FACILITY = "facility"  # with cooling and power distribution (PUE)
    LIFE_CYCLE = "life-cycle"  # with making and disposing of the equipment
    NONE = "none"  # not applicable (a price, a share of people)


def weakest_kind(kinds: Sequence[Kind]) -> Kind:
    """Returns the kind of a value that combines values of these kinds."""
    return max(kinds, key=lambda kind: kind.rank)


@dataclass(frozen=True)
class Estimate:
    """`value` in `unit` with its 80 % interval [`low`, `high`].

    `value` is None if a source gives a range and no central value; `low` and `high` are None if it gives no range.
    `method` is the name and version of the method ("inference-energy 1"), or the publication that the value comes from.
    Raises BadInput unless low <= value <= high and all numbers are finite.
    """

    value: float | None
    unit: Unit
    kind: Kind
    boundary: Boundary
    method: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        numbers = [number for number in (self.low, self.value, self.high) if number is not None]
        if not numbers:
            raise BadInput(N_("An estimate needs a value or a range."))
        if not all(math.isfinite(number) for number in numbers):
            raise BadInput(N_("An estimate must be finite: {numbers}."), numbers=numbers)
        if numbers != sorted(numbers):
            raise BadInput(
                N_("An interval must contain its value: low {low}, value {value}, high {high}."),
                low=self.low,
                value=self.value,
                high=self.high,
            )

    @classmethod
    def of(
        cls,
        value: float | None,
        symbol: str,
        *,
        kind: Kind,
        boundary: Boundary,
        method: str,
        low: float | None = None,
        high: float | None = None,
    ) -> Estimate:
        """Returns an estimate in the unit `symbol`."""
        return cls(value, parse_unit(symbol), kind, boundary, method, low, high)

    @property
    def quantity(self) -> Quantity:
        """The central value. Raises BadInput if the estimate is a range only."""
        if self.value is None:
            raise BadInput(
                N_("This estimate is a range from {low} to {high} without a central value."),
                low=self.low,
                high=self.high,
            )
        return Quantity(self.value, self.unit)

    def to(self, target: Unit | str) -> Estimate:
        """Returns the estimate in another unit of the same quantity. Raises UnitMismatch."""
        wanted = parse_unit(target) if isinstance(target, str) else target
        value, low, high = (
            None if number is None else convert(number, self.unit, wanted)
            for number in (self.value, self.low, self.high)
        )
        return replace(self, value=value, low=low, high=high, unit=wanted)

    def __add__(self, other: Estimate) -> Estimate:
        """Returns the sum. Its bounds are the sums of the bounds: exact for fully correlated errors, else too wide.

        If one part has no interval, neither has the sum: an unknown width is not a width of zero.
        """
        _check_same_boundary(self, other)
        right = other.to(self.unit)
        value, low, high = (
            None if one is None or two is None else one + two
            for one, two in ((self.value, right.value), (self.low, right.low), (self.high, right.high))
        )
        method = self.method if self.method == other.method else f"{self.method} + {other.method}"
        return replace(self, value=value, low=low, high=high, kind=weakest_kind((self.kind, other.kind)), method=method)

    def __lt__(self, other: Estimate) -> bool:
        """Returns whether the central value is below that of `other`. Raises BoundaryMismatch."""
        _check_same_boundary(self, other)
        return self.quantity < other.quantity

    def times(
        self, factor: Quantity, *, method: str, boundary: Boundary | None = None, kind: Kind | None = None
    ) -> Estimate:
        """Returns the estimate multiplied by a non-negative `factor` without uncertainty, made by `method`.

        Give the new `boundary` if the factor changes it, as PUE does from IT to facility.
        """
        if factor.value < 0:
            raise BadInput(N_("A factor must not be negative: {factor}."), factor=factor)
        value, low, high = (
            None if number is None else number * factor.value for number in (self.value, self.low, self.high)
        )
        return Estimate(
            value=value,
            unit=self.unit * factor.unit,
            kind=weakest_kind((self.kind, kind or Kind.MODELLED)),
            boundary=boundary or self.boundary,
            method=method,
            low=low,
            high=high,
        )


def _check_same_boundary(left: Estimate, right: Estimate) -> None:
    if left.boundary is not right.boundary:
        raise BoundaryMismatch(
            N_("A value at the boundary “{left}” cannot be added to or compared with one at “{right}”."),
            fix=N_(
                "Convert both to one boundary first (for example, the value of a facility is the IT value times PUE)."
            ),
            left=left.boundary,
            right=right.boundary,
        )
