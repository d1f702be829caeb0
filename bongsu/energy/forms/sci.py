"""Software carbon intensity: SCI = (E x I + M) / R, of ISO/IEC 21031.

`embodied_emissions` computes M from a device's life-cycle emissions by time and share used. SCI for AI is a separate form
(`sci_ai`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from bongsu.core.document_shape import FilledText, PositiveNumber, limit
from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import HOURS_PER_YEAR, Quantity
from bongsu.energy.forms.filled_form import Form, FormLine, form_rule, form_text, format_fixed_digits
from bongsu.energy.forms.input_shapes import (
    Amount,
    EstimateShape,
    InputShape,
    convert_input,
    parse_amount,
    parse_estimate,
)

FORM_ID = "sci"


def embodied_emissions(total: float, *, life_years: float, hours: float, share: float = 1) -> float:
    """Returns M = TE x TS x RS: `total` (g CO2e of the device) x time share (hours / life) x resource share.

    Raises BadInput if the share is not between 0 and 1 or the hours are more than the life.
    """
    if life_years <= 0 or not 0 <= hours <= life_years * HOURS_PER_YEAR:
        raise BadInput(N_("The hours used must lie within the life of the device."), where="hours")
    if not 0 <= share <= 1:
        raise BadInput(N_("A share must be between 0 and 1, not {share}."), where="share", share=share)
    return total * (hours / (life_years * HOURS_PER_YEAR)) * share


@dataclass(frozen=True)
class SciInput:
    """The inputs: `energy` (kWh, with boundary), `intensity` (g CO2e/kWh), `embodied` (g CO2e), `count` functional units."""

    software: str
    date: str
    energy: Estimate
    intensity: float
    embodied: float
    count: float
    functional_unit: str

    def __post_init__(self) -> None:
        if self.energy.value is None:
            raise BadInput(N_("The form requires a value; a range alone is not enough."), where="E.value")
        if self.count <= 0:
            raise BadInput(N_("The number of functional units must be above 0."), where="R")

    @property
    def operational(self) -> Estimate:
        """Returns O = E x I in g CO2e."""
        intensity = Quantity.of(self.intensity, "g CO2e/kWh")
        return self.energy.times(intensity, method=FORM_ID, boundary=Boundary.LIFE_CYCLE).to("g CO2e")

    @property
    def sci(self) -> Estimate:
        """Returns (E x I + M) / R in g CO2e per functional unit; the interval comes from the energy."""
        made = Estimate.of(
            self.embodied,
            "g CO2e",
            low=self.embodied,
            high=self.embodied,
            kind=Kind.MODELLED,
            boundary=Boundary.LIFE_CYCLE,
            method=FORM_ID,
        )
        return (self.operational + made).times(Quantity.of(1 / self.count, "1"), method=FORM_ID).to("g CO2e")


class DeviceInput(InputShape):
    """A device and the part of its life that was used."""

    total: Amount
    life_years: PositiveNumber
    hours: PositiveNumber
    share: Annotated[float, limit(ge=0, le=1)] = 1


class SciFields(InputShape, rename={"energy": "E", "intensity": "I", "embodied": "M", "count": "R"}):
    """The fields of an input file. M is an amount, or a device with total, life_years, hours and share."""

    software: FilledText
    date: date
    energy: EstimateShape
    intensity: Amount
    count: PositiveNumber
    functional_unit: FilledText
    embodied: Amount | None = None
    device: DeviceInput | None = None


def parse_input(data: Mapping[str, Any]) -> SciInput:
    """Reads the fields of an input file. Raises BadInput with the path of the field."""
    given = convert_input(data, SciFields)
    device = given.device
    if (device is None) == (given.embodied is None):
        raise BadInput(N_("Give either the embodied emissions M or the device they come from."), where="M")
    return SciInput(
        software=given.software,
        date=given.date.isoformat(),
        energy=parse_estimate(given.energy, "kWh", "E"),
        intensity=parse_amount(given.intensity, "g CO2e/kWh", "I"),
        embodied=parse_amount(given.embodied or 0, "g CO2e", "M")
        if device is None
        else embodied_emissions(
            parse_amount(device.total, "g CO2e", "device.total"),
            life_years=device.life_years,
            hours=device.hours,
            share=device.share,
        ),
        count=given.count,
        functional_unit=given.functional_unit,
    )


def build_form(about: SciInput) -> Form:
    """Fills in the form: the five inputs and the rate."""
    per = f"g CO2e/{about.functional_unit}"
    return Form(
        id=FORM_ID,
        title=form_text(FORM_ID, "title"),
        rule=form_rule(FORM_ID),
        subject=about.software,
        date=about.date,
        lines=(
            FormLine("E", form_text(FORM_ID, "E"), about.energy.value, "kWh"),
            FormLine("I", form_text(FORM_ID, "I"), about.intensity, "g CO2e/kWh"),
            FormLine("O", form_text(FORM_ID, "O"), about.operational.value, "g CO2e", 3),
            FormLine("M", form_text(FORM_ID, "M"), about.embodied, "g CO2e", 3),
            FormLine("R", form_text(FORM_ID, "R"), about.count, about.functional_unit),
            FormLine("SCI", form_text(FORM_ID, "SCI"), about.sci.value, per, 3),
            *_interval_lines(about.sci, per),
        ),
        notes=(form_text(FORM_ID, "no_offsets"),),
    )


def _interval_lines(rate: Estimate, per: str) -> tuple[FormLine, ...]:
    if rate.low is None or rate.high is None:
        return ()
    return (
        FormLine(
            "SCI_P80",
            form_text("label", "interval"),
            f"{format_fixed_digits(rate.low)}–{format_fixed_digits(rate.high)}",
            per,
        ),
    )
