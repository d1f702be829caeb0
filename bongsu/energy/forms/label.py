"""Grades a model from A to G by its energy relative to the other models of its class, by a rule that the label states.

    equal-width         the class's range on a logarithmic scale in seven equal parts: each grade spans the same factor
    equal-width-linear  the same on a linear scale: the rule of the AI Energy Score, with seven parts instead of five
    quintile, septile   groups with the same number of models, five (A to E) or seven (A to G)

A grade compares energy only, not the quality of the answers. Only values of one unit and one boundary are compared.
Left out: drawing (`label_svg`).
"""

from __future__ import annotations

import enum
import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bongsu.core.document_shape import FilledText, PositiveNumber
from bongsu.core.errors import N_, BadInput, BoundaryMismatch
from bongsu.core.estimate import Boundary, Estimate
from bongsu.energy.forms.filled_form import Form, FormLine, describe_estimate, form_rule, form_text, format_fixed_digits
from bongsu.energy.forms.input_shapes import EstimateShape, InputShape, convert_input, parse_estimate

FORM_ID = "label"


class GradingRule(enum.StrEnum):
    """How the class is divided into grades."""

    EQUAL_WIDTH = "equal-width"
    EQUAL_WIDTH_LINEAR = "equal-width-linear"
    QUINTILE = "quintile"
    SEPTILE = "septile"

    @property
    def grades(self) -> str:
        """The letters of the rule's grades, best first."""
        return "ABCDE" if self is GradingRule.QUINTILE else "ABCDEFG"


@dataclass(frozen=True)
class RatedModel:
    """A model's `energy` (an estimate per unit of work) and `others`: model -> energy in the same unit and boundary.

    `others` may include the model itself, with the same value. Raises BadInput if the class has fewer models than grades or all
    its energies are equal, BoundaryMismatch if `class_boundary` is not the boundary of the energy.
    """

    model: str
    date: str
    class_name: str
    class_boundary: Boundary
    energy: Estimate
    others: Mapping[str, float]
    rule: GradingRule = GradingRule.EQUAL_WIDTH
    hardware: str = ""

    def __post_init__(self) -> None:
        if self.energy.boundary is not self.class_boundary:
            raise BoundaryMismatch(
                N_("A value at the boundary “{left}” cannot be added to or compared with one at “{right}”."),
                where="class.boundary",
                left=self.energy.boundary,
                right=self.class_boundary,
            )
        if not self.energy.value:
            raise BadInput(N_("A label requires an energy above 0; a range alone is not enough."), where="energy.value")
        own = self.others.get(self.model, self.energy.value)
        if not math.isclose(own, self.energy.value, rel_tol=1e-9):
            raise BadInput(
                N_("The energy of this model is {listed} in the class, but {own} in the label."),
                where="class.models",
                listed=f"{own:g}",
                own=f"{self.energy.value:g}",
            )
        if min(self.members) <= 0:
            raise BadInput(N_("Every energy in the class must be above 0."), where="class.models")
        if len(self.members) < len(self.rule.grades):
            raise BadInput(
                N_("A class of {count} models is too small for {grades} grades."),
                where="class.models",
                count=len(self.members),
                grades=len(self.rule.grades),
            )
        if self.members[0] == self.members[-1]:
            raise BadInput(
                N_("All models of the class use the same energy and cannot be graded."), where="class.models"
            )

    @property
    def members(self) -> tuple[float, ...]:
        """The energies of the class and of the model itself, in ascending order."""
        return tuple(sorted({**self.others, self.model: self.energy.value or 0.0}.values()))

    @property
    def bounds(self) -> tuple[float, ...]:
        """The highest energy of each grade, best first; the last is the class's highest."""
        count, low, high = len(self.rule.grades), self.members[0], self.members[-1]
        parts = range(1, count)
        match self.rule:
            case GradingRule.EQUAL_WIDTH:
                return (*(low * (high / low) ** (part / count) for part in parts), high)
            case GradingRule.EQUAL_WIDTH_LINEAR:
                return (*(low + (high - low) * part / count for part in parts), high)
        return (*(self.members[math.ceil(len(self.members) * part / count) - 1] for part in parts), high)

    def grade_of(self, energy: float) -> str:
        """Returns the grade of an energy: on a bound the better grade, outside the range the first or the last."""
        grades = self.rule.grades
        return grades[min(bisect_left(self.bounds, energy), len(grades) - 1)]

    @property
    def grade(self) -> str:
        """The model's grade."""
        return self.grade_of(self.energy.value or 0.0)

    @property
    def within(self) -> tuple[str, str]:
        """The grades at the two ends of the energy's interval; without an interval, the grade twice."""
        low, high = self.energy.low, self.energy.high
        return (
            self.grade if low is None else self.grade_of(low),
            self.grade if high is None else self.grade_of(high),
        )


class ClassInput(InputShape):
    """The class of a model: its other models with their energies, in `unit` at `boundary`."""

    name: FilledText
    unit: FilledText
    boundary: Boundary
    models: dict[str, PositiveNumber]


class LabelInput(InputShape, rename={"class_": "class"}):
    """The fields of an input file."""

    model: FilledText
    date: date
    energy: EstimateShape
    class_: ClassInput
    rule: GradingRule = GradingRule.EQUAL_WIDTH
    hardware: str = ""


def parse_input(data: Mapping[str, Any]) -> RatedModel:
    """Reads the fields of an input file. Raises BadInput with the path of the field."""
    given = convert_input(data, LabelInput)
    return RatedModel(
        model=given.model,
        date=given.date.isoformat(),
        class_name=given.class_.name,
        class_boundary=given.class_.boundary,
        energy=parse_estimate(given.energy, given.class_.unit, "energy"),
        others=given.class_.models,
        rule=given.rule,
        hardware=given.hardware,
    )


def build_form(about: RatedModel) -> Form:
    """Fills in the label in words; `label_svg.draw_label` draws it."""
    unit, (best, worst) = str(about.energy.unit), about.within
    interval = (
        (
            FormLine(
                "interval",
                form_text(FORM_ID, "interval"),
                f"{format_fixed_digits(about.energy.low)}–{format_fixed_digits(about.energy.high)}",
                unit,
            ),
        )
        if about.energy.low is not None and about.energy.high is not None
        else ()
    )
    return Form(
        id=FORM_ID,
        title=form_text(FORM_ID, "title"),
        rule=form_rule(FORM_ID),
        subject=about.model,
        date=about.date,
        lines=(
            FormLine("grade", form_text(FORM_ID, "grade"), about.grade),
            FormLine("grades", form_text(FORM_ID, "grades"), f"{best}–{worst}"),
            FormLine("class", form_text(FORM_ID, "class"), about.class_name),
            FormLine("energy", form_text(FORM_ID, "energy"), about.energy.value, unit, 3),
            *interval,
            FormLine("kind", form_text("spdx", "method"), describe_estimate(about.energy)),
            FormLine(
                "bounds",
                form_text(FORM_ID, "bounds"),
                " / ".join(format_fixed_digits(bound) for bound in about.bounds),
                unit,
            ),
            FormLine("members", form_text(FORM_ID, "members"), str(len(about.members))),
            FormLine("hardware", form_text(FORM_ID, "hardware"), about.hardware or None),
            FormLine("rule", form_text(FORM_ID, "rule_line"), form_text(FORM_ID, about.rule)),
        ),
        notes=(form_text(FORM_ID, "unofficial"),),
    )
