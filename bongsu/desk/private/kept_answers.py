"""Keeps answers with noise, so that the same question has the same answer: asking again does not average the noise away.

holdings/.private/NAME-SALT/KEY.json, where SALT is of this copy of the holding and KEY is a hash of the canonical question. The
answers are safe to show; without them, a question is answered anew, at its cost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bongsu.core.microdata_question import Question
from bongsu.desk.answer import Cell, Model, Term
from bongsu.desk.layout import TOTAL
from bongsu.store.disk.files import dump_json, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from bongsu.store.microdata.holdings import Holding
    from bongsu.store.node import Node

Numbers = tuple[tuple[Cell, ...], tuple[Model, ...]]


def to_canonical(question: Question, codes: Mapping[str, list[str]]) -> Question:
    """Returns the question in the form in which equal questions are the same.

    Dimensions, statistics and terms are sorted, margins are included, conditions that allow every declared code are dropped.
    """
    statistics = [replace(each, terms=tuple(sorted(each.terms))) for each in question.statistics]
    used = {name for each in question.statistics for name in (each.of, *each.terms)}
    return replace(
        question,
        statistics=tuple(sorted(statistics, key=lambda each: each.name)),
        breakdown=tuple(sorted(question.breakdown, key=lambda split: split.concept)),
        where=tuple(each for each in question.where if not each.codes or set(each.codes) != set(codes[each.concept])),
        scores=tuple((name, source) for name, source in question.scores if name in used),
        margins=True,
    )


def compute_key(question: Question, scores: Mapping[str, Mapping[str, float]]) -> str:
    """Returns the key of a canonical question with the numbers of its scores."""
    used = {name: scores[name] for name, _ in question.scores}
    data = question.to_data()
    data["scores"] = {name: {"by": source.by, "numbers": dict(used[name])} for name, source in question.scores}
    return hashlib.sha256(dump_json(data).encode()).hexdigest()[:32]


def load_answer(node: Node, holding: Holding, key: str) -> Numbers | None:
    """Returns the numbers of a kept answer, or None."""
    path = _path(node, holding, key)
    if not path.exists():
        return None
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    cells = tuple(Cell(**{**each, "codes": tuple(each["codes"])}) for each in data["cells"])
    models = tuple(
        Model(each["statistic"], tuple(Term(**term) for term in each["terms"]), None, each["references"])
        for each in data["models"]
    )
    return cells, models


def keep_answer(node: Node, holding: Holding, key: str, numbers: Numbers) -> None:
    """Keeps the numbers of an answer."""
    cells, models = numbers
    data = {"cells": [asdict(each) for each in cells], "models": [asdict(each) for each in models]}
    path = _path(node, holding, key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_file(path, dump_json(data).encode(), mode=0o600)


def _path(node: Node, holding: Holding, key: str) -> Path:
    return node.root / "holdings" / ".private" / f"{holding.name}-{holding.salt}" / f"{key}.json"


def arrange_answer(numbers: Numbers, canonical: Question, asked: Question) -> Numbers:
    """Returns the numbers of a canonical question in the order of the question as it was asked."""
    cells, models = numbers
    names = [split.concept for split in canonical.breakdown]
    order = [names.index(split.concept) for split in asked.breakdown]
    wanted = [replace(each, terms=tuple(sorted(each.terms))).name for each in asked.statistics]

    def position(statistic: str) -> int:
        if statistic in wanted:
            return wanted.index(statistic)
        return next(i for i, name in enumerate(wanted) if statistic.startswith(f"{name} "))  # a bin of a histogram

    turned = [replace(each, codes=tuple(each.codes[i] for i in order)) for each in cells]
    shown = [each for each in turned if asked.margins or TOTAL not in each.codes]
    return (
        tuple(sorted(shown, key=lambda each: position(each.statistic))),
        tuple(sorted(models, key=lambda each: position(each.statistic))),
    )
