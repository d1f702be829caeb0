"""A node's answer to a question, read strictly from the document that the node signed.

A peer's document is not trusted: unknown codes, statistics or fields, cells given twice and numbers that cannot be true are
errors, and the answer is refused whole. Margins must add up to 1e-9, shares lie between 0 and 1, counts be whole and not
negative. Values with noise (differential privacy) need not add up. Not here: signatures, and whether a value is likely
(cells.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bongsu.core.document_shape import FilledText, FiniteNumber, PositiveNumber, convert_document, limit
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import MODEL_KINDS, Question
from bongsu.desk.answer import PERTURBED, ROUNDED, SHOWN
from bongsu.desk.layout import Layout
from bongsu.desk.policy import Policy
from bongsu.desk.tally import MAX_CELLS, build_axis
from bongsu.store.microdata.expressions import SumPlan

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ABSENT = "absent"  # the node's answer does not have the cell: its holding does not have the code
TOLERANCE = 1e-9
MAX_STATISTICS = 100


class CellShape(Struct, forbid_unknown_fields=True):
    """The fields of a cell beside its codes."""

    statistic: FilledText
    status: Literal["shown", "perturbed", "rounded", "suppressed", "undefined"]
    value: FiniteNumber | None = None
    standard_error: PositiveNumber | None = None
    noise: PositiveNumber | None = None
    reason: str = ""


class TermShape(Struct, forbid_unknown_fields=True):
    """The fields of a term of a model."""

    term: FilledText
    value: FiniteNumber
    standard_error: PositiveNumber | None = None
    noise: PositiveNumber | None = None


class MomentsShape(Struct, forbid_unknown_fields=True):
    """The sums X'WX and X'Wy of a model."""

    xwx: list[list[FiniteNumber]]
    xwy: list[FiniteNumber]


class ModelShape(Struct, forbid_unknown_fields=True):
    """The fields of a model."""

    statistic: FilledText
    terms: Annotated[list[TermShape], limit(min_length=1)]
    references: dict[str, str] = {}
    moments: MomentsShape | None = None


class PrivacyShape(Struct):
    """What an answer with differential privacy says of its cost; further fields are the node's own business."""

    epsilon: PositiveNumber
    delta: PositiveNumber = 0.0


class AnswerShape(Struct, forbid_unknown_fields=True):
    """The fields of an answer as bongsu/desk writes them."""

    holding: FilledText
    question: FilledText
    dimensions: list[FilledText]
    cells: list[dict[str, Any]]
    models: list[ModelShape] = []
    journal: int = 0
    privacy: PrivacyShape | None = None
    plan: int | None = None


@dataclass(frozen=True)
class NodeCells:
    """One statistic in one node's answer, by cell: values and errors (NaN: none), the noise's deviation, and the status."""

    values: Floats
    errors: Floats
    noise: Floats
    status: NDArray[np.str_]

    @property
    def shown(self) -> Mask:
        """The cells with a value."""
        return np.isfinite(self.values)

    @property
    def variances(self) -> Floats:
        """The variance of each value: squared standard error (0 for a complete count) plus that of the noise."""
        return np.nan_to_num(self.errors) ** 2 + self.noise**2


@dataclass(frozen=True)
class NodeAnswer:
    """A node's answer, arranged in the layout of the question. `group`: the group of nodes that its institution has.

    `privacy`: what differential privacy it has, for an answer with noise.
    """

    node: str
    group: str
    statistics: Mapping[str, NodeCells]
    models: Mapping[str, ModelShape]
    privacy: PrivacyShape | None = None


def arrange_question(question: Question, codes: Mapping[str, list[str]]) -> Layout:
    """Returns the layout of the combined table. `codes`: all codes that the asked nodes offer, by concept."""
    plan = SumPlan(question, Survey("", ()), question.breakdown, (), ())
    policy = Policy(zeros="protect")  # all offered codes
    axes = (build_axis(plan, split, [], codes.get(split.concept, []), policy) for split in question.breakdown)
    layout = Layout(tuple(axes))
    if layout.cells > MAX_CELLS:
        raise BadInput(
            N_("The table would have {cells} cells; the most is {most}."), cells=layout.cells, most=MAX_CELLS
        )
    return layout


def read_answer(node: str, group: str, document: object, question: Question, layout: Layout) -> NodeAnswer:
    """Reads the document of a node's answer. Raises BadInput or UnknownName with the place if anything in it is wrong."""
    written = convert_document(document, AnswerShape, node)
    concepts = [split.concept for split in question.breakdown]
    if written.dimensions != concepts:
        raise BadInput(N_("The answer has other dimensions than the question."), where=node)
    names = [each.name for each in question.statistics if each.kind not in MODEL_KINDS]
    if len(written.cells) > layout.cells * min(len(names), MAX_STATISTICS):
        raise BadInput(N_("The answer has more cells than the question."), where=node)
    cells = convert_document([_without(cell, concepts) for cell in written.cells], list[CellShape], node, "cells")
    places = [{code: place for place, code in enumerate(axis.codes)} for axis in layout.axes]
    found = {name: _no_cells(layout.cells) for name in names}
    for number, (cell, codes) in enumerate(zip(cells, written.cells, strict=True)):
        where = f"{node}, cells[{number}]"
        if cell.statistic not in found:
            raise unknown_name(N_("statistic"), cell.statistic, names, where=where)
        place = _find_cell([codes.get(concept) for concept in concepts], concepts, places, layout, where)
        _enter_cell(found[cell.statistic], place, cell, where)
    models = {model.statistic: model for model in written.models}
    known = [each.name for each in question.statistics if each.kind in MODEL_KINDS]
    for name in models:
        if name not in known:
            raise unknown_name(N_("statistic"), name, known, where=f"{node}, models")
    if len(models) < len(written.models):
        raise BadInput(N_("A model is given twice."), where=f"{node}, models")
    answer = NodeAnswer(node, group, found, models, written.privacy)
    check_answer(answer, question, layout)
    return answer


def _without(cell: Mapping[str, Any], concepts: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if name not in concepts}


def _no_cells(size: int) -> NodeCells:
    return NodeCells(np.full(size, np.nan), np.full(size, np.nan), np.zeros(size), np.full(size, ABSENT, "<U10"))


def _find_cell(
    codes: Sequence[Any], concepts: Sequence[str], places: Sequence[Mapping[str, int]], layout: Layout, where: str
) -> int:
    indices = []
    for code, concept, known in zip(codes, concepts, places, strict=True):
        if not isinstance(code, str) or code not in known:
            raise unknown_name(N_("code of this concept"), str(code), known, where=f"{where}.{concept}")
        indices.append(known[code])
    return int(np.ravel_multi_index(tuple(indices), layout.shape)) if indices else 0


def _enter_cell(cells: NodeCells, place: int, cell: CellShape, where: str) -> None:
    if cells.status[place] != ABSENT:
        raise BadInput(N_("A cell is given twice."), where=where)
    if (cell.value is not None) != (cell.status in (SHOWN, PERTURBED, ROUNDED)):
        raise BadInput(N_("A cell has a value exactly if it is shown."), where=where)
    if cell.noise is not None and cell.status != PERTURBED:
        raise BadInput(N_("Only a cell with noise says how much noise it has."), where=where)
    cells.status[place] = cell.status
    if cell.value is not None:
        cells.values[place] = cell.value
        cells.errors[place] = np.nan if cell.standard_error is None else cell.standard_error
        cells.noise[place] = cell.noise or 0.0


def check_answer(answer: NodeAnswer, question: Question, layout: Layout) -> None:
    """Raises BadInput if the exact values of an answer contradict each other or what a statistic can be."""
    for statistic in question.statistics:
        if statistic.kind in MODEL_KINDS:
            continue
        cells = answer.statistics[statistic.name]
        exact = cells.status == SHOWN
        counts = statistic.kind == "count" or (statistic.kind == "total" and not statistic.of)
        wrong = exact & (cells.values < 0) & (counts or statistic.kind == "share")
        if statistic.kind == "count":
            wrong |= exact & (cells.values != np.rint(cells.values))
        if statistic.kind == "share":
            wrong |= exact & (cells.values > 1 + TOLERANCE)
        if wrong.any():
            raise BadInput(
                N_("The value of {codes} in “{statistic}” cannot be true."),
                where=answer.node,
                codes=", ".join(layout.codes(int(wrong.argmax()))),
                statistic=statistic.name,
            )
        if statistic.kind in ("count", "total"):
            _check_margins(answer, statistic.name, np.where(exact, cells.values, np.nan), layout)
        elif statistic.kind == "share":
            along = [axis.concept for axis in layout.axes].index(statistic.along)
            _check_margins(answer, statistic.name, np.where(exact, cells.values, np.nan), layout, along)


def _check_margins(answer: NodeAnswer, name: str, values: Floats, layout: Layout, along: int | None = None) -> None:
    """Raises BadInput if a shown sum differs from its shown parts. A part that the answer does not have counts as 0.

    `along`: check only the sums along one axis.
    """
    absent = answer.statistics[name].status == ABSENT
    table = np.where(absent, 0.0, values).reshape(layout.shape)
    for position, axis in enumerate(layout.axes):
        if along is not None and position != along:
            continue
        for node in sorted(set(axis.parents) - {-1}):
            children = [child for child, parent in enumerate(axis.parents) if parent == node]
            whole, parts = table.take(node, axis=position), table.take(children, axis=position).sum(axis=position)
            scale = np.maximum(np.abs(whole), np.abs(table.take(children, axis=position)).max(axis=position))
            apart = np.abs(whole - parts) > TOLERANCE * np.maximum(scale, 1.0)  # false where a part is hidden
            missing = absent.reshape(layout.shape).take(node, axis=position)
            if (apart & ~missing).any():
                raise BadInput(
                    N_("The parts of {code} in “{statistic}” do not add up to it."),
                    where=answer.node,
                    code=f"{axis.concept}={axis.codes[node]}",
                    statistic=name,
                )


def find_changes(earlier: object, now: object, node: str) -> list[str]:
    """Returns what differs between a node's answers to the same question: cells and models, as texts. [] if nothing does.

    The line of the journal may differ.
    """
    texts = []
    for document in (earlier, now):
        written = convert_document(document, AnswerShape, node)
        cells = {str(sorted(cell.items(), key=str)) for cell in written.cells}
        texts.append(cells | {str(model) for model in written.models})
    return sorted(texts[0] ^ texts[1])
