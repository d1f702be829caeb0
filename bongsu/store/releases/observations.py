"""Makes the rows of a build into a table of observations with every column of the dataflow, and into a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.periods import canonical_period
from bongsu.core.programme import BuildInputs
from bongsu.core.release import Draft, Note
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, Dataflow

if TYPE_CHECKING:
    import pyarrow as pa


def make_draft(
    inputs: BuildInputs,
    rows: Iterable[Mapping[str, Any]],
    notes: tuple[Note, ...] = (),
    attachments: Mapping[str, bytes] | None = None,
) -> Draft:
    """Returns the draft of a release with these rows, by the dataflow and method of `inputs`. Raises as to_table does."""
    observations = to_table(inputs.flow, rows)
    return Draft(
        inputs.structure(observations), observations, inputs.records, inputs.method, notes, dict(attachments or {})
    )


def to_table(flow: Dataflow, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Returns the rows as observations of `flow`: numbers as float64, all else as text.

    Columns that a row lacks have the dataflow's value (BOUNDARY, METHOD, its only unit) or the usual one (OBS_STATUS A, no
    interval, no comment). Raises BadInput for a column that the dataflow does not have.
    """
    import pyarrow as pa

    default = {
        "BOUNDARY": str(flow.boundary),
        "METHOD": flow.method,
        "OBS_STATUS": "A",
        "INTERVAL_TYPE": "NONE",
        **({"UNIT_MEASURE": flow.units[0]} if len(flow.units) == 1 else {}),
    }
    columns: dict[str, list[Any]] = {column: [] for column in flow.columns}
    for row in rows:
        if not row.keys() <= columns.keys():
            surplus = ", ".join(sorted(row.keys() - columns.keys()))
            raise BadInput(N_("{flow} has no column {columns}."), flow=flow.id, columns=surplus)
        for column, cells in columns.items():
            value = row.get(column, default.get(column))
            cells.append(value if value is None or column in NUMERIC_COLUMNS else str(value))
    return pa.table(
        {
            column: pa.array(cells, pa.float64() if column in NUMERIC_COLUMNS else pa.string())
            for column, cells in columns.items()
        }
    )


def check_periods(observations: pa.Table, flow: Dataflow) -> None:
    """Raises BadInput for an invalid time period, and for two observations that differ only in how they write it.

    2023 and 2023-A1 are one period. The observations have the columns of `flow`, none of its dimensions empty.
    """
    import pyarrow as pa

    if TIME not in flow.keys:
        return
    written = observations.column(TIME).combine_chunks().dictionary_encode()
    periods = [canonical_period(str(period)) for period in written.dictionary.to_pylist()]
    if len(set(periods)) == len(periods):
        return
    keys = list(flow.keys)
    same = observations.select(keys).set_column(keys.index(TIME), TIME, pa.array(periods).take(written.indices))
    counted = same.group_by(keys).aggregate([([], "count_all")])
    twice = [row for row in counted.to_pylist() if row["count_all"] > 1]
    if twice:
        raise BadInput(
            N_("{count} observations of {flow} break the rule “{rule}”, for example {example}."),
            flow=flow.id,
            count=len(twice),
            rule=N_("each key occurs once"),
            example=", ".join(f"{key}={twice[0][key]}" for key in keys),
        )
