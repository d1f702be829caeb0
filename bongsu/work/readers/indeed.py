"""Indeed Hiring Lab's AI tracker: the mean of a month's daily shares, and the number of days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bongsu.core.errors import N_, BadInput
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable, format_number, read_rows, require_headings


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns area, month, percent and days of the daily table with area, date and percent."""
    names, codes = (
        {column: heading for heading, column in source.file.read.columns.items()},
        source.file.read.codes["area"],
    )
    days: dict[tuple[str, str], list[float]] = defaultdict(list)
    for data in documents:
        for number, row in enumerate(read_rows(source, data), 2):
            require_headings(source, row)
            area, day, percent = (row[names[column]].strip() for column in ("area", "date", "percent"))
            try:
                days[codes.get(area, area), day[:7]].append(float(percent))
            except ValueError:
                where = f"{source.name}, row {number}"
                raise BadInput(N_("“{value}” is not a number."), where=where, value=percent[:40]) from None
    rows = (
        (*key, format_number(str(sum(values) / len(values)), 1.0, source.name), str(len(values)))
        for key, values in days.items()
    )
    return SourceTable(("area", "month", "percent", "days"), tuple(rows), {})
