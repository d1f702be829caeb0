"""Reads the data file of an own dataflow (CSV, XLSX, Parquet or SDMX-CSV). If a row is invalid, the whole file is
refused, and the error lists the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bongsu.core.cell_text import match_code, parse_number
from bongsu.core.error_text import describe_error
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, unknown_name
from bongsu.core.periods import read_period
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, VALUE
from bongsu.store.own_flows.flow_file import FlowDefinition, ReadOptions, WideColumns
from bongsu.store.tables.own_definitions import SDMX_COLUMNS
from bongsu.store.tables.table_files import TableOptions, read_table_file

MAX_GROUPS = 5  # problems listed in an error
MAX_RANGES = 12  # ranges of lines listed for one problem
_SDMX_ACTIONS = frozenset({"I", "A", "R", "M", ""})


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell: its line in the file (its row in a Parquet file), its column, and the error."""

    line: int
    column: str
    error: BongsuError


@dataclass(frozen=True)
class ProblemGroup:
    """The same problem in one column, and the lines that have it."""

    column: str
    error: BongsuError
    lines: tuple[int, ...]

    def format_lines(self) -> str:
        """Returns the lines as ranges: “2-26, 51”."""
        ranges: list[list[int]] = []
        for line in self.lines:
            if ranges and line <= ranges[-1][1] + 1:
                ranges[-1][1] = line
            else:
                ranges.append([line, line])
        shown = [f"{first}" if first == last else f"{first}-{last}" for first, last in ranges[:MAX_RANGES]]
        return ", ".join([*shown, *(["…"] if len(ranges) > MAX_RANGES else [])])


def group_problems(problems: Iterable[Problem]) -> list[ProblemGroup]:
    """Returns one group for each column and message, by first line."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.column, str(problem.error)), []).append(problem)
    return [
        ProblemGroup(group[0].column, group[0].error, tuple(problem.line for problem in group))
        for group in groups.values()
    ]


@dataclass(frozen=True)
class DataFile:
    """The rows of a data file by column of the dataflow, its invalid cells, and the lines that `leave_out` excludes."""

    rows: list[dict[str, Any]]
    problems: list[Problem]
    left_out: list[int]


class _Cells(dict[str, str]):
    """The cells of a row, by heading, and the line on which the row ends."""

    line: int


def read_observations(definition: FlowDefinition, data: bytes) -> DataFile:
    """Reads a data file without invalid cells. Raises BadInput with the invalid lines."""
    found = read_data_file(definition, data)
    if not found.problems:
        return found
    groups = group_problems(found.problems)
    listed = "; ".join(
        f"{one.column}: {describe_error(one.error, str).what} ({one.format_lines()})" for one in groups[:MAX_GROUPS]
    )
    raise BadInput(
        N_("{count} cells are not valid: {listed}"),
        where=f"{definition.flow.id}/{definition.file.data}, line {found.problems[0].line}",
        fix=N_("Run “bongsu flow check {flow}” to list them all. Nothing was changed."),
        count=len(found.problems),
        listed=listed,
        flow=definition.flow.id,
    )


def read_data_file(definition: FlowDefinition, data: bytes) -> DataFile:
    """Reads a data file and checks every cell. Raises BadInput if the file cannot be read as a table."""
    found = DataFile([], [], [])
    first_lines: dict[tuple[str, ...], int] = {}
    keys = definition.flow.keys
    for cells in _unpivot(_map_columns(definition, data, found.left_out), definition.file.wide):
        row, wrong = _parse_row(definition, cells)
        found.problems.extend(wrong)
        if wrong:
            continue
        key = tuple(row[name] for name in keys)
        if key in first_lines:
            error = BadInput(N_("the same dimensions as in line {line}"), line=first_lines[key])
            found.problems.append(Problem(cells.line, ", ".join(keys), error))
        first_lines.setdefault(key, cells.line)
        found.rows.append(row)
    if not found.rows and not found.problems:
        raise BadInput(N_("The file has no rows."), where=f"{definition.flow.id}/{definition.file.data}")
    return found


def _read_cells(definition: FlowDefinition, data: bytes) -> Iterator[_Cells]:
    read = definition.file.read
    options = TableOptions(
        read.encoding,
        read.delimiter,
        read.sheet,
        N_("Check the delimiter under [read] in flow.toml, and the quotation marks of this line."),
        N_("Set “encoding” under [read] in flow.toml, for example cp949 or latin-1."),
    )
    name = definition.file.data
    headings, lines = read_table_file(data, name, f"{definition.flow.id}/{name}", options)
    for line, row in lines:
        cells = _Cells(zip(headings, row, strict=True))
        cells.line = line
        yield cells


def _map_columns(definition: FlowDefinition, data: bytes, left_out: list[int]) -> Iterator[_Cells]:
    """Yields the rows with the columns of the dataflow; `left_out` gets the lines that flow.toml excludes."""
    names: dict[str, str] = {}
    labels: set[str] = set()
    leave_out = definition.file.leave_out
    for number, cells in enumerate(_read_cells(definition, data)):
        if number == 0:
            names, labels = _name_columns(definition, cells)
        if any(cells[heading] in texts for heading, texts in leave_out.items()):
            left_out.append(cells.line)
            continue
        if cells.get("ACTION", "") not in _SDMX_ACTIONS:
            raise BadInput(
                N_("The action “{action}” is not supported: the file must have all observations."),
                where=f"{definition.flow.id}/{definition.file.data}, line {cells.line}",
                action=cells["ACTION"],
            )
        mapped = _Cells()
        mapped.line = cells.line
        for heading, name in names.items():
            cell = cells[heading]
            mapped[name] = cell.split(": ", 1)[0] if heading in labels else cell
        yield mapped


def _name_columns(definition: FlowDefinition, cells: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Returns the column of the dataflow for each heading, and the headings whose cells have the form “CODE: label”.

    Raises UnknownName or Missing.
    """
    flow, read = definition.flow, definition.file
    wide = read.wide.columns if read.wide else []
    where = f"{flow.id}/{read.data}, line 1"
    for place, headings in (("columns", read.columns), ("leave_out", read.leave_out), ("wide", wide)):
        for heading in headings:
            if heading not in cells:
                error = unknown_name(N_("column"), heading, cells, where=f"{flow.id}/flow.toml, {place}")
                error.fix = error.fix or N_("Write the heading as it stands in the file.")
                raise error
    names: dict[str, str] = {}
    labels: set[str] = set()
    sdmx = "STRUCTURE_ID" in cells or "DATAFLOW" in cells
    for heading in cells:
        name = read.columns.get(heading, heading)
        if sdmx and ": " in name:
            name = name.split(": ", 1)[0]
            labels.add(heading)
        if name == "" or (sdmx and name in SDMX_COLUMNS):
            continue
        if name not in flow.columns and heading not in wide:
            error = unknown_name(N_("column"), heading, [*flow.columns, *wide], where=where)
            error.fix = error.fix or N_(
                "Map it to a column of the dataflow, or to an empty text, under [columns] in flow.toml."
            )
            raise error
        names[heading] = name
    _check_sources(definition, names)
    given = {*names.values(), *read.constants, *((read.wide.dimension, VALUE) if read.wide else ())}
    if missing := [name for name in (*flow.keys, VALUE) if name not in given]:
        raise Missing(
            N_("The file has no column {columns}."),
            where=where,
            fix=N_(
                "In flow.toml, map a column to it under [columns], give it one value under [constants], "
                "or name columns for its codes under [wide]."
            ),
            columns=", ".join(missing),
        )
    return names, labels


def _check_sources(definition: FlowDefinition, names: Mapping[str, str]) -> None:
    """Raises BadInput if a column of the dataflow has two sources: headings, a constant, or the headings under [wide]."""
    read = definition.file
    sources: dict[str, list[str]] = {}
    for heading, name in names.items():
        if read.wide is None or heading not in read.wide.columns:
            sources.setdefault(name, []).append(f"“{heading}”")
    for name in read.constants:
        sources.setdefault(name, []).append("[constants]")
    for name in (read.wide.dimension, VALUE) if read.wide else ():
        sources.setdefault(name, []).append("[wide]")
    for name, found in sources.items():
        if len(found) > 1:
            raise BadInput(
                N_("The column {name} has more than one source: {sources}."),
                where=f"{definition.flow.id}/flow.toml",
                fix=N_("Keep one of them; under [columns], map other headings to an empty text."),
                name=name,
                sources=", ".join(found),
            )


def _unpivot(rows: Iterator[_Cells], wide: WideColumns | None) -> Iterator[_Cells]:
    """Makes a row from each column in `wide`; an empty cell gives no row."""
    if wide is None:
        yield from rows
        return
    for cells in rows:
        shared = {name: cell for name, cell in cells.items() if name not in wide.columns}
        for heading in wide.columns:
            if cells[heading]:
                one = _Cells({**shared, wide.dimension: heading, VALUE: cells[heading]})
                one.line = cells.line
                yield one


def _parse_row(definition: FlowDefinition, cells: _Cells) -> tuple[dict[str, Any], list[Problem]]:
    flow, read = definition.flow, definition.file
    row: dict[str, Any] = {"KIND": read.kind, "VINTAGE": read.source.vintage, "SOURCE": read.source.title}
    problems, status = [], ""
    for name, given in {**read.constants, **cells}.items():
        cell = read.codes.get(name, {}).get(given, given)
        if name == VALUE and given in read.statuses:
            status, cell = read.statuses[given], ""
        try:
            value = (
                _parse_cell_number(cell, read.read) if name in NUMERIC_COLUMNS else _parse_code(definition, name, cell)
            )
        except BongsuError as error:
            problems.append(Problem(cells.line, name, error))
            continue
        if value is not None:
            row[name] = value
        elif name in flow.keys:
            problems.append(Problem(cells.line, name, BadInput(N_("the cell is empty"))))
    value, low, high = (row.get(name) for name in NUMERIC_COLUMNS)
    if status:
        row["OBS_STATUS"] = status
    elif value is None:
        row.setdefault("OBS_STATUS", "M")
    if not _is_ordered(low, value, high):
        outside = BadInput(
            N_("the value {value} is not between the bounds {low} and {high}"), value=value, low=low, high=high
        )
        problems.append(Problem(cells.line, VALUE, outside))
    if low is not None or high is not None:
        row.setdefault("INTERVAL_TYPE", "RANGE")
    if len(flow.units) > 1 and not row.get("UNIT_MEASURE"):
        problems.append(Problem(cells.line, "UNIT_MEASURE", BadInput(N_("the cell is empty"))))
    return row, problems


def _is_ordered(*numbers: float | None) -> bool:
    """Returns whether the numbers, without None, are in ascending order."""
    given = [number for number in numbers if number is not None]
    return given == sorted(given)


def _parse_cell_number(cell: str, read: ReadOptions) -> float | None:
    """Parses a number; None for an empty cell. Raises BadInput."""
    if not cell:
        return None
    value = parse_number(cell, read.decimal, read.thousands)
    if value is None:
        mark = not any(character.isdecimal() for character in cell)
        fix = N_("If it marks a missing or confidential value, name it under [statuses] in flow.toml.") if mark else ""
        raise BadInput(N_("“{value}” is not a number."), fix=fix, value=cell[:40])
    return value


def _parse_code(definition: FlowDefinition, column: str, cell: str) -> str | None:
    """Returns a code as its list has it, a period in its one spelling, or a text; None for an empty cell.

    Raises UnknownName or BadInput.
    """
    if not cell:
        return None
    known = definition.known_codes(column)
    code = read_period(cell, moments=True) if column == TIME else match_code(cell, known) if known else cell
    definition.check_code(column, code)
    return code
