"""Applies corrections to the observations of a build.

A corrected value has the status R unless it is a forecast or has another status that says more, and a comment with the old
value. The range of the wrong value goes with it. If the source no longer gives the value that was corrected, the build stops.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bongsu.core.correction import CorrectedValue, Correction
from bongsu.core.errors import N_, CheckFailed
from bongsu.core.observation_status import NORMAL, REVISED, STATUS
from bongsu.core.programme import BuildInputs
from bongsu.core.release import Draft
from bongsu.core.structure import VALUE

if TYPE_CHECKING:
    import pyarrow as pa

CORRECTIONS_FILE = "corrections.json"


def apply_corrections(made: Draft, inputs: BuildInputs, corrections: Sequence[Correction]) -> Draft:
    """Returns the draft with the corrected values, the corrections among its inputs, and their values as an attachment.

    Raises CheckFailed if the source no longer gives a value that a correction replaces.
    """
    if not corrections:
        return made
    table = _correct(made.observations, made.structure.dataflow.keys, corrections)
    made_lists = {one.id: one for one in made.structure.code_lists}  # a recipe can make lists of its own
    inputs = replace(inputs, code_lists={**made_lists, **inputs.code_lists})
    text = json.dumps([one.to_json() for one in corrections], ensure_ascii=False, indent=1) + "\n"
    return replace(
        made,
        structure=inputs.structure(table),
        observations=table,
        inputs=(*made.inputs, *(one.as_input() for one in corrections)),
        attachments={**made.attachments, CORRECTIONS_FILE: text.encode()},
    )


def _correct(table: pa.Table, keys: tuple[str, ...], corrections: Sequence[Correction]) -> pa.Table:
    import pyarrow as pa

    rows = table.to_pylist()
    place = {frozenset((key, str(row[key])) for key in keys): n for n, row in enumerate(rows)}
    for correction in corrections:
        for value in correction.values:
            at = place.get(frozenset(value.key))
            if at is None or rows[at][VALUE] != value.was:
                raise _changed_error(correction, value, None if at is None else rows[at])
            rows[at] = _correct_row(rows[at], correction, value)
    return pa.Table.from_pylist(rows, schema=table.schema)


def _correct_row(row: dict[str, Any], correction: Correction, value: CorrectedValue) -> dict[str, Any]:
    was = "–" if value.was is None else f"{value.was:.12g}"
    note = f"Corrected on {correction.at[:10]}; the value was {was} {row['UNIT_MEASURE']}. {correction.reason.text}"
    return {
        **row,
        VALUE: value.now,
        "LOWER_BOUND": value.low,
        "UPPER_BOUND": value.high,
        "INTERVAL_TYPE": "NONE"
        if value.low is None
        else row["INTERVAL_TYPE"]
        if row["INTERVAL_TYPE"] != "NONE"
        else "RANGE",
        STATUS: REVISED if row[STATUS] in (NORMAL, "M") else row[STATUS],
        "SOURCE": correction.source,
        "COMMENT_OBS": "; ".join(filter(None, (row["COMMENT_OBS"], note))),
    }


def _changed_error(correction: Correction, value: CorrectedValue, row: dict[str, Any] | None) -> CheckFailed:
    found = "–" if row is None or row[VALUE] is None else f"{row[VALUE]:.12g}"
    return CheckFailed(
        N_("{flow} was not sealed: correction {id} replaces {value}, but the source now gives {found}."),
        fix=N_(
            "If the source is right now, end the correction: bongsu correct {flow} --end {id} --reason TEXT. If it is "
            "not, end it and correct the value that it gives now."
        ),
        flow=correction.dataflow,
        id=correction.id,
        value=value.describe(),
        found=found,
    )
