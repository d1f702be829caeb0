"""Software carbon intensity: SCI = (E x I + M) / R, of ISO/IEC 21031.

`embodied` gives M from a device's life-cycle emissions by time and share used. SCI for AI is a form of its own (`sci_ai`).
"""

from __future__ import annotations

from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import Quantity
from bongsu.energy.forms.fields import Fields
from bongsu.energy.forms.form import Form, Line, rule, significant, words

ID = "sci"
HOURS_IN_YEAR = 8760


def embodied(total: float, *, life_years: float, hours: float, share: float = 1) -> float:
    """M = TE x TS x RS: `total` (g CO2e of the device) by time share hours / life and by resource share.

    Raises BadInput for a share outside 0 to 1 or more hours than the life has.
    """
    if life_years <= 0 or not 0 <= hours <= life_years * HOURS_IN_YEAR:
        raise BadInput(N_("The hours used must lie within the life of the device."), where="hours")
    if not 0 <= share <= 1:
        raise BadInput(N_("A share lies between 0 and 1, not at {share}."), where="share", share=share)
    return total * (hours / (life_years * HOURS_IN_YEAR)) * share


@dataclass(frozen=True)
class SciInput:
    """`energy` (kWh, with its boundary), `intensity` (g CO2e/kWh), `embodied` (g CO2e), and `count` functional units."""

    software: str
    date: str
    energy: Estimate
    intensity: float
    embodied: float
    count: float
    functional_unit: str

    def __post_init__(self) -> None:
        if self.energy.value is None:
            raise BadInput(N_("The form asks for one amount, not for a range alone."), where="E.value")
        if self.count <= 0:
            raise BadInput(N_("The number of functional units must be above 0."), where="R")

    @property
    def operational(self) -> Estimate:
        """O = E x I in g CO2e."""
        intensity = Quantity.of(self.intensity, "g CO2e/kWh")
        return self.energy.times(intensity, method=ID, boundary=Boundary.LIFE_CYCLE).to("g CO2e")

    @property
    def sci(self) -> Estimate:
        """(E x I + M) / R in g CO2e per functional unit; the interval is that of the energy."""
        made = Estimate.of(
            self.embodied,
            "g CO2e",
            low=self.embodied,
            high=self.embodied,
            kind=Kind.MODELLED,
            boundary=Boundary.LIFE_CYCLE,
            method=ID,
        )
        return (self.operational + made).times(Quantity.of(1 / self.count, "1"), method=ID).to("g CO2e")


def read(fields: Fields) -> SciInput:
    """From the fields of an input file. M is an amount, or a device with total, life_years, hours and share."""
    fields.only("software", "date", "E", "I", "M", "device", "R", "functional_unit")
    if fields.has("device") == fields.has("M"):
        raise BadInput(N_("Give either the embodied emissions M or the device they come from."), where=fields.at("M"))
    if fields.has("device"):
        device = fields.part("device")
        device.only("total", "life_years", "hours", "share")
        share = device.number("share", most=1, default=1)
        made = embodied(
            device.amount("total", "g CO2e"),
            life_years=device.number("life_years"),
            hours=device.number("hours"),
            share=share,
        )
    else:
        made = fields.amount("M", "g CO2e")
    return SciInput(
        software=fields.text("software"),
        date=fields.day("date"),
        energy=fields.estimate("E", "kWh"),
        intensity=fields.amount("I", "g CO2e/kWh"),
        embodied=made,
        count=fields.number("R"),
        functional_unit=fields.text("functional_unit"),
    )


def form(about: SciInput) -> Form:
    """The five numbers and the rate."""
    per = f"g CO2e/{about.functional_unit}"
    return Form(
        id=ID,
        title=words(ID, "title"),
        rule=rule(ID),
        subject=about.software,
        date=about.date,
        lines=(
            Line("E", words(ID, "E"), about.energy.value, "kWh"),
            Line("I", words(ID, "I"), about.intensity, "g CO2e/kWh"),
            Line("O", words(ID, "O"), about.operational.value, "g CO2e", 3),
            Line("M", words(ID, "M"), about.embodied, "g CO2e", 3),
            Line("R", words(ID, "R"), about.count, about.functional_unit),
            Line("SCI", words(ID, "SCI"), about.sci.value, per, 3),
            *_interval(about.sci, per),
        ),
        notes=(words(ID, "no_offsets"),),
    )


def _interval(rate: Estimate, per: str) -> tuple[Line, ...]:
    if rate.low is None or rate.high is None:
        return ()
    return (Line("SCI_P80", words("label", "interval"), f"{significant(rate.low)}–{significant(rate.high)}", per),)
