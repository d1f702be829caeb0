"""The transitions of workflow.toml, changed one at a time, and what a form can choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bongsu.core.document_shape import convert_document
from bongsu.incubator.editing.rows import put_row, remove_row
from bongsu.incubator.workflow.document import NOT, Transition
from bongsu.incubator.workflow.tables import known_effects, known_guards

ROWS = "transition"  # their name in the file


def read_transition(fields: Mapping[str, Any]) -> Transition:
    """Returns a transition of fields that are named as in the file. Raises BadInput with the field."""
    return convert_document(fields, Transition)


def put_transition(text: str, index: int | None, transition: Transition) -> str:
    """Returns the text of workflow.toml with a transition replaced, or added if `index` is None. Raises BadInput, Missing."""
    row = {name: value for name, value in msgspec.to_builtins(transition).items() if value}
    if len(transition.starts) == 1:
        row["from"] = transition.starts[0]
    return put_row(text, ROWS, index, row)


def remove_transition(text: str, index: int) -> str:
    """Returns the text of workflow.toml without a transition. Raises BadInput, Missing."""
    return remove_row(text, ROWS, index)


def order_effects(chosen: Iterable[str], before: Sequence[str] = ()) -> list[str]:
    """Returns effects in the order in which they were before, then the others in the order of the table."""
    known = [*before, *(name for name in known_effects() if name not in before)]
    return sorted(chosen, key=lambda name: known.index(name) if name in known else len(known))


def write_guards(holding: Iterable[str], not_holding: Iterable[str], before: Sequence[str] = ()) -> list[str]:
    """Returns the guards that must hold and those that must not, as the file writes them.

    Those that were there before keep their place; the others follow in the order of the table.
    """
    written = [*holding, *(f"{NOT}{name}" for name in not_holding)]
    known = [*before, *known_guards(), *(f"{NOT}{name}" for name in known_guards())]
    return sorted(written, key=lambda one: known.index(one) if one in known else len(known))
