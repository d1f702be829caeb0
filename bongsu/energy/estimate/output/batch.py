"""Adds estimates to a CSV file of configurations: `bongsu estimate inference --batch`.

The columns are those of the measured file; unknown cells may be empty. Each row gets the energy per token, image or video at
the chip, in joules, with its 80 % interval. If a cell is invalid, BadInput is raised and nothing is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.estimate.model import configuration_sheet
from bongsu.energy.estimate.model.predict import OUTPUT_KINDS, predict_energy

METHOD = "measured-configurations 1"
UNIT_BY_KIND = {"text": "token", "image": "image", "video": "video"}


def estimate_file(source: str, target: str) -> int:
    """Writes the rows of the CSV file `source` with their estimates to the file `target`; returns the number of rows.

    The file is written under another name and renamed when it is complete. Raises as `add_estimates`.
    """
    table = add_estimates(source)
    written = Path(target).with_name(Path(target).name + ".part")
    write_csv(table, str(written))
    written.replace(target)
    return int(table.num_rows)


def add_estimates(source: str) -> pa.Table:
    """Returns the rows of the CSV file `source`, as text, with their estimates.

    New columns: energy_joules_per_token, ..._low, ..._high (and per image and video; empty for rows of another kind), `low` and
    `high` of the row's own kind, energy_boundary, energy_kind, energy_method. Raises Missing, BadInput.
    """
    if not Path(source).is_file():
        raise Missing(N_("There is no file “{path}”."), where=source, path=source)
    table = configuration_sheet.read_text_table(source)
    added = estimate_columns(table, source)
    taken = [name for name in added.column_names if name in table.column_names]
    if taken:
        raise BadInput(
            N_("The file already has the columns {columns}."),
            where=source,
            fix=N_("Remove them first; an estimate is not an input."),
            columns=", ".join(taken),
        )
    for name in added.column_names:
        table = table.append_column(name, added[name])
    return table


def write_csv(table: pa.Table, target: str | IO[bytes]) -> None:
    """Writes the table as CSV to a path or an open file."""
    pyarrow.csv.write_csv(table, target, pyarrow.csv.WriteOptions(quoting_style="needed"))


def estimate_columns(table: pa.Table, where: str) -> pa.Table:
    """Returns the columns that `add_estimates` adds, for a table of text columns."""
    predicted = predict_energy(configuration_sheet.make_sheet(table, where))
    added: dict[str, pa.Array[Any]] = {}
    for code, kind in enumerate(OUTPUT_KINDS):
        other = predicted.kind != code
        for end, values in (("", predicted.joule), ("_low", predicted.low), ("_high", predicted.high)):
            added[f"energy_joules_per_{UNIT_BY_KIND[kind]}{end}"] = pa.array(np.where(other, 0.0, values), mask=other)
    added |= {"low": pa.array(predicted.low), "high": pa.array(predicted.high)}
    for name, value in (("boundary", Boundary.CHIP), ("kind", Kind.MODELLED), ("method", METHOD)):
        added[f"energy_{name}"] = pa.repeat(str(value), table.num_rows)
    return pa.table(added)
