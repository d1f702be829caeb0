"""The four indicators of a data centre under Commission Delegated Regulation (EU) 2024/1364, Annex III.

    PUE = EDC / EIT      WUE = WIN / EIT      ERF = EREUSE / EDC      REF = ERES-TOT / EDC

over one calendar year. Left out: the other information of Annexes I and II (areas, refrigerants, temperatures, traffic).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import field

from bongsu.core.document_shape import FilledText, limit
from bongsu.core.errors import N_, BadInput
from bongsu.energy.forms.filled_form import Form, FormLine, form_rule, form_text
from bongsu.energy.forms.input_shapes import Amount, InputShape, convert_input, parse_amount

FORM_ID = "eu-2024-1364"
HOURS_IN_LEAP_YEAR = 8784
THRESHOLD_KW = 500  # Article 1: operators report from this installed IT power on
INDICATORS = ("PUE", "WUE", "ERF", "REF")
IMPLAUSIBLE_PUE = 10.0  # the highest values that sites report are near 3
IMPLAUSIBLE_WUE = 50.0  # L/kWh; evaporating the whole heat at a PUE of 2 needs about 3


@dataclass(frozen=True)
class DataCentreYear:
    """A data centre's calendar year: energies in kWh, water in m3, installed IT power in kW (None if not stated).

    Raises BadInput, naming the field, if the energy is below that of the IT equipment, if more heat is reused or more renewable
    energy consumed than energy consumed, or if the installed power cannot use the IT energy in a year.
    """

    name: str
    year: int
    e_dc: float
    e_it: float
    w_in: float
    e_reuse: float = 0
    e_res_goo: float = 0
    e_res_ppa: float = 0
    e_res_os: float = 0
    p_dit: float | None = None

    def __post_init__(self) -> None:
        for name in ("e_dc", "e_it"):
            if getattr(self, name) <= 0:
                raise BadInput(N_("This energy must be above 0."), where=name.upper())
        if self.e_dc < self.e_it:
            raise _implausible_error("E_DC", N_("PUE would be {value}; it cannot be below 1."), self.pue)
        if self.pue > IMPLAUSIBLE_PUE:
            raise _implausible_error("E_IT", N_("PUE would be {value}; check the units of E_DC and E_IT."), self.pue)
        if self.wue > IMPLAUSIBLE_WUE:
            raise _implausible_error(
                "W_IN", N_("WUE would be {value} L/kWh; check that W_IN is in cubic metres."), self.wue
            )
        if self.erf > 1:
            raise _implausible_error(
                "E_REUSE", N_("ERF would be {value}; the heat reused cannot exceed the energy consumed."), self.erf
            )
        if self.ref > 1:
            raise _implausible_error(
                "E_RES_GOO", N_("REF would be {value}; renewable energy consumed cannot exceed consumption."), self.ref
            )
        if self.p_dit is not None and self.e_it > self.p_dit * HOURS_IN_LEAP_YEAR:
            raise _implausible_error(
                "P_DIT",
                N_("E_IT would need {value} kW all year round, more than the installed power P_DIT."),
                self.e_it / HOURS_IN_LEAP_YEAR,
            )

    @property
    def e_res_tot(self) -> float:
        """kWh of renewable energy: guarantees of origin + power purchase agreements + on site."""
        return self.e_res_goo + self.e_res_ppa + self.e_res_os

    @property
    def pue(self) -> float:
        """Power usage effectiveness, at least 1."""
        return self.e_dc / self.e_it

    @property
    def wue(self) -> float:
        """Water usage effectiveness in L/kWh of IT energy (1 m3 = 1,000 L)."""
        return 1000 * self.w_in / self.e_it

    @property
    def erf(self) -> float:
        """Energy reuse factor, 0 to 1."""
        return self.e_reuse / self.e_dc

    @property
    def ref(self) -> float:
        """Renewable energy factor, 0 to 1."""
        return self.e_res_tot / self.e_dc


def _implausible_error(field: str, message: str, value: float) -> BadInput:
    return BadInput(message, where=field, value=f"{value:.3g}")


class DataCentreInput(InputShape, rename=str.upper):
    """The fields of an input file; energies in kWh, water in m3, power in kW, or texts with a unit."""

    name: FilledText = field(name="name")
    year: Annotated[float, limit(ge=2000, le=2100)] = field(name="year")
    e_dc: Amount
    e_it: Amount
    w_in: Amount
    e_reuse: Amount = 0
    e_res_goo: Amount = 0
    e_res_ppa: Amount = 0
    e_res_os: Amount = 0
    p_dit: Amount | None = None


def parse_input(data: Mapping[str, Any]) -> DataCentreYear:
    """Reads the fields of an input file. Raises BadInput with the path of the field."""
    given = convert_input(data, DataCentreInput)
    energies = ("e_dc", "e_it", "e_reuse", "e_res_goo", "e_res_ppa", "e_res_os")
    return DataCentreYear(
        name=given.name,
        year=int(given.year),
        **{name: parse_amount(getattr(given, name), "kWh", name.upper()) for name in energies},
        w_in=parse_amount(given.w_in, "m3", "W_IN"),
        p_dit=None if given.p_dit is None else parse_amount(given.p_dit, "kW", "P_DIT"),
    )


def build_form(about: DataCentreYear) -> Form:
    """Fills in the form: the inputs and the four indicators."""
    values: tuple[tuple[str, float | None, str], ...] = (
        ("P_DIT", about.p_dit, "kW"),
        ("E_DC", about.e_dc, "kWh"),
        ("E_IT", about.e_it, "kWh"),
        ("W_IN", about.w_in, "m3"),
        ("E_REUSE", about.e_reuse, "kWh"),
        ("E_RES_GOO", about.e_res_goo, "kWh"),
        ("E_RES_PPA", about.e_res_ppa, "kWh"),
        ("E_RES_OS", about.e_res_os, "kWh"),
        ("E_RES_TOT", about.e_res_tot, "kWh"),
        ("PUE", about.pue, ""),
        ("WUE", about.wue, "L/kWh"),
        ("ERF", about.erf, ""),
        ("REF", about.ref, ""),
    )
    below = about.p_dit is not None and about.p_dit < THRESHOLD_KW
    return Form(
        id=FORM_ID,
        title=form_text(FORM_ID, "title"),
        rule=form_rule(FORM_ID),
        subject=about.name,
        date=str(about.year),
        lines=tuple(
            FormLine(
                id_, form_text(FORM_ID, id_), value, unit if value is not None else "", 3 if id_ in INDICATORS else 0
            )
            for id_, value, unit in values
        ),
        notes=(form_text(FORM_ID, "amended"), *((form_text(FORM_ID, "below_threshold"),) if below else ())),
    )
