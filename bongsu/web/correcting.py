"""Corrects values of a dataflow: reads what is asked against the newest release, and stores it in an action.

The correction is an input of the next build. Nothing that is sealed changes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from bongsu.core.correction import CorrectedValue, Correction, check_value
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.reason import Reason
from bongsu.core.selection import Selection
from bongsu.core.structure import NUMERIC_COLUMNS, VALUE, Structure
from bongsu.core.where import group_values, parse_where
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.node import Node
from bongsu.store.tables.programmes import list_shipped
from bongsu.web.scopes import target_of_dataflow

MOST_VALUES = 10_000  # of one correction


class Asked(NamedTuple):
    """One value as a person asks to correct it: codes by dimension, the right value, its range, and where it stands."""

    key: Mapping[str, str]
    now: float
    low: float | None
    high: float | None
    where: str


def read_conditions(conditions: Sequence[str], now: float, low: float | None, high: float | None) -> Asked:
    """Returns the value that conditions select (REF_AREA=USA; TIME_PERIOD=2014). Raises BadInput for several codes."""
    key = {}
    for name, codes in group_values(parse_where(conditions)).items():
        if len(codes) != 1:
            raise BadInput(N_("A correction is of one value: give one code of {name}."), where="--where", name=name)
        key[name] = codes[0]
    return Asked(key, now, low, high, "--where")


def read_file(text: str, name: str) -> list[Asked]:
    """Returns the values of a CSV file: a column for each dimension, OBS_VALUE, perhaps LOWER_BOUND and UPPER_BOUND.

    Raises BadInput with the line of the first that is wrong.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if VALUE not in (reader.fieldnames or ()):
        raise BadInput(N_("The file has no column {column}."), where=f"{name}, 1", column=VALUE)
    found = []
    for line, row in enumerate(reader, start=2):
        where = f"{name}, {line}"
        if None in row or None in row.values():
            raise BadInput(N_("The line has not as many cells as the header."), where=where)
        cells = {column.strip().upper(): cell.strip() for column, cell in row.items()}
        now, low, high = (_read_number(cells.pop(column, ""), where) for column in NUMERIC_ORDER)
        if now is None:
            raise BadInput(N_("The line has no value."), where=where)
        found.append(Asked(cells, now, low, high, where))
    if not 0 < len(found) <= MOST_VALUES:
        raise BadInput(N_("A correction has 1 to {most} values."), where=name, most=MOST_VALUES)
    return found


NUMERIC_ORDER = (VALUE, *(column for column in NUMERIC_COLUMNS if column != VALUE))


def _read_number(text: str, where: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise BadInput(N_("“{value}” is not a number."), where=where, value=text[:40]) from None


def resolve_values(node: Node, dataflow: str, asked: Sequence[Asked]) -> tuple[CorrectedValue, ...]:
    """Returns the values with what each is in the newest release. Raises BadInput, UnknownName, Missing with the place.

    If that release has the value from a correction that was ended, the value of its source is what is corrected.
    """
    releases = node.releases.all(dataflow)
    if not releases:
        raise Missing(N_("{flow} has no release yet: build it first."), flow=dataflow)
    release = releases[-1]
    structure = node.releases.structure(release)
    before = _source_values(node, dataflow)
    found: dict[frozenset[tuple[str, str]], CorrectedValue] = {}
    for one in asked:
        key = _resolve_key(structure, one)
        rows = node.observations(release, Selection(tuple((name, (code,)) for name, code in key))).to_pylist()
        if not rows:
            raise Missing(N_("{release} has no such observation."), where=one.where, release=release.name)
        was = before.get(frozenset(key), rows[0][VALUE])
        value = CorrectedValue(key, was, one.now, one.low, one.high)
        check_value(value, one.where)
        if frozenset(key) in found:
            raise BadInput(N_("The value is corrected twice: {value}."), where=one.where, value=value.describe())
        found[frozenset(key)] = value
    return tuple(found.values())


def _source_values(node: Node, dataflow: str) -> dict[frozenset[tuple[str, str]], float | None]:
    """Returns the values of the source that corrections replaced in the newest release, ended ones too."""
    known = (*list_shipped(dataflow), *node.corrections.list_own(dataflow))
    used = {entry.name for entry in node.releases.manifest(node.releases.all(dataflow)[-1]).corrections}
    return {frozenset(value.key): value.was for one in known if one.as_input().name in used for value in one.values}


def _resolve_key(structure: Structure, one: Asked) -> tuple[tuple[str, str], ...]:
    flow = structure.dataflow
    given = {flow.dimension(name).id: code for name, code in one.key.items()}
    if lacking := [name for name in flow.keys if name not in given]:
        raise BadInput(
            N_("A correction is of one value: these dimensions are missing: {names}."),
            where=one.where,
            names=", ".join(lacking),
        )
    return tuple((name, given[name]) for name in flow.keys)


def correct_values(
    actor: Actor,
    node: Node,
    dataflow: str,
    values: tuple[CorrectedValue, ...],
    *,
    author: str,
    reason: Reason,
    source: str,
) -> Correction:
    """Stores a correction, which the next build applies. Raises Refused, and BadInput if a value is corrected already."""
    shipped = list_shipped(dataflow)
    with ExitStack() as files, act(actor, "release.correct", target_of_dataflow(node, dataflow), reason.text) as change:
        made = files.enter_context(
            node.corrections.adding(
                dataflow, values, author=author, reason=reason, source=source, shipped=shipped, by=actor.name
            )
        )
        change.after = {"correction": made.id, "values": [one.describe() for one in values][:20]}
    return made


def end_correction(actor: Actor, node: Node, dataflow: str, id_: str, reason: Reason) -> Correction:
    """Ends a correction: the next build has the value of the source again. Raises Refused, UnknownName."""
    with ExitStack() as files, act(actor, "release.correct", target_of_dataflow(node, dataflow), reason.text) as change:
        ended = files.enter_context(
            node.corrections.ending(dataflow, id_, reason, list_shipped(dataflow), by=actor.name)
        )
        change.before = {"correction": ended.id}
        change.after = {"ended": True}
    return ended
