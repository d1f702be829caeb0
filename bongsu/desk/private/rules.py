"""The rules of a holding in mode `private`: the unit of its budget, the budgets, and bounds, all declared by the custodian.

Amounts are exact fractions, written as 0.05, "0.05" or "1/20". Nothing here is read from data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import isfinite, log, sqrt
from typing import Annotated, Any, Final, Literal

from msgspec import Struct

from bongsu.core.document_shape import FiniteNumber, convert_document, join_place, limit
from bongsu.core.errors import N_, BadInput

RHO: Final = "rho"
EPSILON: Final = "epsilon"
MAX_RECORDS = 1000
MAX_PLACES = 12
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12}|/[1-9][0-9]{0,8})?\Z")

Amount = int | float | str


class PrivateShape(Struct, forbid_unknown_fields=True):
    """The fields of the table [policy.private] in a mapping file."""

    budget: Amount
    per_asker: Amount
    per_question: Amount
    unit: Literal["rho", "epsilon"] = RHO
    delta: Annotated[float, limit(gt=0, lt=0.1)] = 1e-6
    records: Annotated[int, limit(ge=1, le=MAX_RECORDS)] = 1
    max_weight: Annotated[float, limit(gt=0)] | None = None
    bounds: dict[str, Annotated[list[FiniteNumber], limit(min_length=2, max_length=2)]] = {}


@dataclass(frozen=True)
class PrivateRules:
    """What the custodian declares for answers with differential privacy.

    `unit`: "rho" (zero-concentrated) or "epsilon" (pure). `budget`: of all askers together; `per_asker`: of each asker;
    `per_question`: what one question costs. `delta`: for the conversion of rho. `records`: the most records of one contributor
    that count. `max_weight`: larger weights are cut to it; None: weights are not used. `bounds`: (low, high) of each number.
    """

    budget: Fraction
    per_asker: Fraction
    per_question: Fraction
    unit: str = RHO
    delta: float = 1e-6
    records: int = 1
    max_weight: float | None = None
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def from_data(cls, table: Any, where: str = "") -> PrivateRules:
        """Reads the table [policy.private]. Raises BadInput or UnknownName with the field."""
        written = convert_document(table, PrivateShape, where, "policy.private")
        place = join_place(where, "policy.private")
        amounts = {
            name: parse_amount(getattr(written, name), f"{place}.{name}")
            for name in ("budget", "per_asker", "per_question")
        }
        if not amounts["per_question"] <= amounts["per_asker"] <= amounts["budget"]:
            raise BadInput(N_("“per_question” must be at most “per_asker”, and this at most “budget”."), where=place)
        bounds = {name: _parse_bounds(pair, f"{place}.bounds.{name}") for name, pair in written.bounds.items()}
        return cls(
            **amounts,
            unit=written.unit,
            delta=written.delta,
            records=written.records,
            max_weight=written.max_weight,
            bounds=bounds,
        )

    def to_data(self) -> dict[str, Any]:
        """Returns the rules as JSON data, amounts as text."""
        amounts = {name: write_amount(getattr(self, name)) for name in ("budget", "per_asker", "per_question")}
        return asdict(self) | amounts | {"bounds": {name: list(pair) for name, pair in self.bounds.items()}}


def parse_amount(written: Amount, where: str = "") -> Fraction:
    """Returns an amount of the budget, exactly as it is written in decimals. Raises BadInput unless it is above 0."""
    text = format(Decimal(repr(written)), "f") if isinstance(written, float) and isfinite(written) else str(written)
    found = Fraction(text) if _AMOUNT.match(text) else None
    if not found:
        raise BadInput(
            N_("“{written}” is not an amount of the budget."),
            where=where,
            fix=N_('Write a number above 0, such as 0.05 or "1/20".'),
            written=written,
        )
    return found


def _parse_bounds(pair: list[float], where: str) -> tuple[float, float]:
    low, high = pair
    if low >= high:
        raise BadInput(N_("The numbers must be in increasing order."), where=where)
    return low, high


def convert_amount(amount: Fraction, unit: str, wanted: str) -> Fraction | None:
    """Returns an amount in the unit `wanted`; None for rho as epsilon, which no finite epsilon bounds.

    Pure epsilon is at most epsilon²/2 of rho (Bun and Steinke 2016, proposition 1.4).
    """
    if unit == wanted:
        return amount
    return amount**2 / 2 if wanted == RHO else None


def to_epsilon(rho: float, delta: float) -> float:
    """Returns the epsilon at `delta` of rho: rho + 2 sqrt(rho ln(1/delta)) (Bun and Steinke 2016, proposition 1.3)."""
    return rho + 2 * sqrt(rho * log(1 / delta))


def write_amount(amount: Fraction) -> str:
    """Returns an amount as a text that `parse_amount` reads: in decimals if they end, else as a fraction."""
    for places in range(MAX_PLACES + 1):
        whole = amount * 10**places
        if whole.denominator == 1:
            digits = str(whole.numerator).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return str(amount)


def describe_rules(rules: PrivateRules, translate: Callable[[str], str]) -> list[str]:
    """Returns the rules in words, in the language of `translate`."""
    lines = [
        translate(N_("Every answer has noise, so that it hardly depends on one contributor (differential privacy)."))
    ]
    text = N_(
        "The budget is {budget} ({unit}) for all askers together and {per_asker} for each; a question costs {cost}."
    )
    lines.append(
        translate(text).format(
            budget=write_amount(rules.budget),
            unit=rules.unit,
            per_asker=write_amount(rules.per_asker),
            cost=write_amount(rules.per_question),
        )
    )
    text = N_("At most {records} records of one contributor count.")
    lines.append(translate(text).format(records=rules.records))
    lines.append(describe_weights(rules.max_weight, translate))
    for name, (low, high) in sorted(rules.bounds.items()):
        text = N_("{name} counts from {low} to {high}; a number outside counts as the nearer bound.")
        lines.append(translate(text).format(name=name, low=f"{low:g}", high=f"{high:g}"))
    return lines


def describe_weights(max_weight: float | None, translate: Callable[[str], str]) -> str:
    """Returns in words how survey weights are treated."""
    if max_weight is None:
        return translate(N_("Weights are not used: numbers are about the records, not about a population."))
    return translate(N_("A weight above {weight} counts as {weight}.")).format(weight=f"{max_weight:g}")
