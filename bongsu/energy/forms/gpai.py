"""The energy section of the EU's model documentation form for general-purpose AI models.

The form asks for training energy in MWh with at least two significant figures and the method in words, or "N/A" and which
information is lacking; for inference it asks for computation (FLOP) on a described task, not for energy. It does not say
which equipment the energy includes, so the method in words always names the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Estimate, Kind
from bongsu.core.text import Text
from bongsu.energy.forms.fields import Fields
from bongsu.energy.forms.form import Form, Line, described, filled, rule, scientific, words

ID = "gpai"


@dataclass(frozen=True)
class GpaiEnergy:
    """What the section needs. `training` in MWh, or None with `lacking`: the information that a provider withholds.

    `unknown_hardware` says which hardware is not known, where an estimate had to assume it.
    """

    model: str
    date: str
    training: Estimate | None = None
    lacking: str = ""
    unknown_hardware: str = ""
    inference_flop: float | None = None
    inference_task: str = ""
    inference_hardware: str = ""

    def __post_init__(self) -> None:
        if (self.training is None) == (not self.lacking):
            raise BadInput(
                N_("Give either the energy of training or which information is lacking."), where="training_energy"
            )
        if self.training is not None and self.training.value is None:
            raise BadInput(N_("The form asks for one amount, not for a range alone."), where="training_energy.value")
        if (self.inference_flop is None) != (not self.inference_task):
            raise BadInput(N_("The computation of inference and its task belong together."), where="inference_task")


def read(fields: Fields) -> GpaiEnergy:
    """From the fields of an input file."""
    fields.only(
        "model",
        "date",
        "training_energy",
        "lacking",
        "unknown_hardware",
        "inference_compute",
        "inference_task",
        "inference_hardware",
    )
    return GpaiEnergy(
        model=fields.text("model"),
        date=fields.day("date"),
        training=fields.estimate("training_energy", "MWh") if fields.has("training_energy") else None,
        lacking=fields.text("lacking", ""),
        unknown_hardware=fields.text("unknown_hardware", ""),
        inference_flop=fields.amount("inference_compute", "FLOP") if fields.has("inference_compute") else None,
        inference_task=fields.text("inference_task", ""),
        inference_hardware=fields.text("inference_hardware", ""),
    )


def form(about: GpaiEnergy) -> Form:
    """The section, filled in."""
    return Form(
        id=ID,
        title=words(ID, "title"),
        rule=rule(ID),
        subject=about.model,
        date=about.date,
        lines=(
            Line(
                "training_energy",
                words(ID, "training_energy"),
                _energy(about.training),
                "MWh" if about.training else "",
            ),
            Line("training_method", words(ID, "training_method"), _method(about)),
            Line(
                "inference_compute",
                words(ID, "inference_compute"),
                None if about.inference_flop is None else scientific(about.inference_flop),
                "" if about.inference_flop is None else "FLOP",
            ),
            Line("inference_method", words(ID, "inference_method"), _benchmark(about)),
        ),
        notes=(words(ID, "recipients"), words(ID, "boundary")),
    )


def _energy(training: Estimate | None) -> str | None:
    """At least two significant figures, and three where the value is better than a model's."""
    if training is None or training.value is None:
        return None
    return scientific(training.value, 3 if training.kind in (Kind.MEASURED, Kind.REPORTED) else 2)


def _method(about: GpaiEnergy) -> Text:
    if about.training is None:
        return filled(words(ID, "lacking"), lacking=about.lacking)
    said = described(about.training)
    if not about.unknown_hardware:
        return said
    hardware = filled(words(ID, "unknown_hardware"), hardware=about.unknown_hardware)
    return Text(*(f"{said.to(language)} {hardware.to(language)}" for language in ("en", "ko", "fr")))


def _benchmark(about: GpaiEnergy) -> Text | None:
    if about.inference_flop is None:
        return None
    return filled(
        words(ID, "task"),
        task=about.inference_task,
        hardware=about.inference_hardware or words("estimate", "no_method"),
    )
