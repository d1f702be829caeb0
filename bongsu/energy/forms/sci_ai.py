"""Software carbon intensity for AI: the consumer's and the provider's boundary, each with its own rate, never added.

Three examples in the draft are wrong by a factor of 1,000 (docs/methods/energy-forms.md); this code follows its formula. Left
out: the stage "prepare", which the draft excludes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from bongsu.core.document_shape import FilledText, PositiveNumber
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text import Text
from bongsu.energy.forms.filled_form import Form, FormLine, form_rule, form_text
from bongsu.energy.forms.input_shapes import Amount, InputShape, convert_input, parse_amount

FORM_ID = "sci-ai"


class FunctionalUnit(NamedTuple):
    """A functional unit that SCI for AI allows: its boundary, and the number of units that the rate is printed for."""

    boundary: str
    per: float
    printed: str


# SCI for AI, sections 8.1 and 8.2.
FUNCTIONAL_UNITS = {
    "token": FunctionalUnit("consumer", 1e6, "1e6 token"),
    "second": FunctionalUnit("consumer", 1, "s"),
    "image": FunctionalUnit("consumer", 1, "image"),
    "execution": FunctionalUnit("consumer", 1, "execution"),
    "page": FunctionalUnit("consumer", 1, "page"),
    "inference": FunctionalUnit("consumer", 1, "inference"),
    "parameter": FunctionalUnit("provider", 1e9, "1e9 parameter"),
    "training-token": FunctionalUnit("provider", 1e6, "1e6 training token"),
    "FLOP": FunctionalUnit("provider", 1e18, "1e18 FLOP"),
}


@dataclass(frozen=True)
class BoundaryEmissions:
    """One boundary's operational and embodied emissions (g CO2e) for `count` functional units."""

    boundary: str
    operational: float
    embodied: float
    functional_unit: str
    count: float

    def __post_init__(self) -> None:
        allowed = [name for name, unit in FUNCTIONAL_UNITS.items() if unit.boundary == self.boundary]
        if self.functional_unit not in allowed:
            raise unknown_name(
                N_("functional unit"), self.functional_unit, allowed, where=f"{self.boundary}.functional_unit"
            )
        if self.count <= 0:
            raise BadInput(N_("The number of functional units must be above 0."), where=f"{self.boundary}.count")

    @property
    def total(self) -> float:
        """Operational + embodied emissions in g CO2e."""
        return self.operational + self.embodied

    @property
    def rate(self) -> float:
        """g CO2e per `printed` functional units."""
        return self.total / self.count * FUNCTIONAL_UNITS[self.functional_unit].per

    @property
    def printed(self) -> str:
        """The unit of `rate`."""
        return f"g CO2e/({FUNCTIONAL_UNITS[self.functional_unit].printed})"


@dataclass(frozen=True)
class SciAi:
    """The consumer's and the provider's boundary of an AI system; at least one is given."""

    system: str
    date: str
    consumer: BoundaryEmissions | None
    provider: BoundaryEmissions | None

    def __post_init__(self) -> None:
        if self.consumer is None and self.provider is None:
            raise BadInput(N_("Give the consumer's boundary, the provider's, or both."), where="consumer")


class BoundaryInput(InputShape):
    """The fields of one boundary."""

    operational: Amount
    embodied: Amount
    functional_unit: FilledText
    count: PositiveNumber


class SciAiInput(InputShape):
    """The fields of an input file: the groups `consumer` and `provider`."""

    system: FilledText
    date: date
    consumer: BoundaryInput | None = None
    provider: BoundaryInput | None = None


def parse_input(data: Mapping[str, Any]) -> SciAi:
    """Reads the fields of an input file. Raises BadInput with the path of the field."""
    given = convert_input(data, SciAiInput)
    return SciAi(
        given.system,
        given.date.isoformat(),
        _parse_boundary("consumer", given.consumer),
        _parse_boundary("provider", given.provider),
    )


def _parse_boundary(name: str, given: BoundaryInput | None) -> BoundaryEmissions | None:
    if given is None:
        return None
    return BoundaryEmissions(
        name,
        parse_amount(given.operational, "g CO2e", f"{name}.operational"),
        parse_amount(given.embodied, "g CO2e", f"{name}.embodied"),
        given.functional_unit,
        given.count,
    )


def build_form(about: SciAi) -> Form:
    """Fills in the form: each boundary's total and rate, without a sum of both."""

    def lines(side: BoundaryEmissions) -> tuple[FormLine, FormLine]:
        def named(part: str) -> tuple[str, Text]:
            return f"{side.boundary}_{part}", form_text(FORM_ID, f"{side.boundary}_{part}")

        return FormLine(*named("total"), side.total / 1000, "kg CO2e"), FormLine(
            *named("sci"), side.rate, side.printed, 3
        )

    return Form(
        id=FORM_ID,
        title=form_text(FORM_ID, "title"),
        rule=form_rule(FORM_ID),
        subject=about.system,
        date=about.date,
        lines=tuple(line for side in (about.consumer, about.provider) if side for line in lines(side)),
        notes=(form_text(FORM_ID, "apart"),),
    )
