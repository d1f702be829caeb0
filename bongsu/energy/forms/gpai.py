"""The energy section of the EU's model documentation form for general-purpose AI models.

The form asks for training energy in MWh with at least two significant figures and the method in words, or "N/A" and which
information is missing. For inference it asks for computation (FLOP) on a described task, not for energy. It does not say
which equipment the energy includes, so the method in words always names the boundary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bongsu.core.document_shape import FilledText
from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Estimate, Kind
from bongsu.core.text import Text
from bongsu.energy.forms.filled_form import (
    Form,
    FormLine,
    describe_estimate,
    fill_template,
    form_rule,
    form_text,
    format_scientific,
)
from bongsu.energy.forms.input_shapes import (
    Amount,
    EstimateShape,
    InputShape,
    convert_input,
    parse_amount,
    parse_estimate,
)

FORM_ID = "gpai"


@dataclass(frozen=True)
class GpaiEnergy:
    """The inputs of the section. `training` is in MWh; if it is None, `missing_information` says what a provider withholds.

    `unknown_hardware` says which hardware is not known, if the estimate had to assume it.
    """

    model: str
    date: str
    training: Estimate | None = None
    missing_information: str = ""
    unknown_hardware: str = ""
    inference_flop: float | None = None
    inference_task: str = ""
    inference_hardware: str = ""

    def __post_init__(self) -> None:
        if (self.training is None) == (not self.missing_information):
            raise BadInput(
                N_("Give either the training energy or the missing information, not both."), where="training_energy"
            )
        if self.training is not None and self.training.value is None:
            raise BadInput(N_("The form requires a value; a range alone is not enough."), where="training_energy.value")
        if (self.inference_flop is None) != (not self.inference_task):
            raise BadInput(
                N_("Give both the computation of inference and its task, or neither."), where="inference_task"
            )


class GpaiInput(InputShape):
    """The fields of an input file."""

    model: FilledText
    date: date
    training_energy: EstimateShape | None = None
    lacking: str = ""
    unknown_hardware: str = ""
    inference_compute: Amount | None = None
    inference_task: str = ""
    inference_hardware: str = ""


def parse_input(data: Mapping[str, Any]) -> GpaiEnergy:
    """Reads the fields of an input file. Raises BadInput with the path of the field."""
    given = convert_input(data, GpaiInput)
    training, compute = given.training_energy, given.inference_compute
    return GpaiEnergy(
        model=given.model,
        date=given.date.isoformat(),
        training=None if training is None else parse_estimate(training, "MWh", "training_energy"),
        missing_information=given.lacking,
        unknown_hardware=given.unknown_hardware,
        inference_flop=None if compute is None else parse_amount(compute, "FLOP", "inference_compute"),
        inference_task=given.inference_task,
        inference_hardware=given.inference_hardware,
    )


def build_form(about: GpaiEnergy) -> Form:
    """Fills in the section."""
    return Form(
        id=FORM_ID,
        title=form_text(FORM_ID, "title"),
        rule=form_rule(FORM_ID),
        subject=about.model,
        date=about.date,
        lines=(
            FormLine(
                "training_energy",
                form_text(FORM_ID, "training_energy"),
                _format_energy(about.training),
                "MWh" if about.training else "",
            ),
            FormLine("training_method", form_text(FORM_ID, "training_method"), _method_text(about)),
            FormLine(
                "inference_compute",
                form_text(FORM_ID, "inference_compute"),
                None if about.inference_flop is None else format_scientific(about.inference_flop),
                "" if about.inference_flop is None else "FLOP",
            ),
            FormLine("inference_method", form_text(FORM_ID, "inference_method"), _benchmark_text(about)),
        ),
        notes=(form_text(FORM_ID, "recipients"), form_text(FORM_ID, "boundary")),
    )


def _format_energy(training: Estimate | None) -> str | None:
    """Formats the energy with two significant figures, or three if the value is measured or reported."""
    if training is None or training.value is None:
        return None
    return format_scientific(training.value, 3 if training.kind in (Kind.MEASURED, Kind.REPORTED) else 2)


def _method_text(about: GpaiEnergy) -> Text:
    if about.training is None:
        return fill_template(form_text(FORM_ID, "lacking"), lacking=about.missing_information)
    said = describe_estimate(about.training)
    if not about.unknown_hardware:
        return said
    hardware = fill_template(form_text(FORM_ID, "unknown_hardware"), hardware=about.unknown_hardware)
    return Text.compose(lambda language: f"{said.to(language)} {hardware.to(language)}")


def _benchmark_text(about: GpaiEnergy) -> Text | None:
    if about.inference_flop is None:
        return None
    return fill_template(
        form_text(FORM_ID, "task"),
        task=about.inference_task,
        hardware=about.inference_hardware or form_text("estimate", "no_method"),
    )
