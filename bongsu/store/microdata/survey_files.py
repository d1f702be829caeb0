"""Reads a file of microdata and converts its columns to concepts, as the mapping says.

pyarrow reads CSV and Parquet; pyreadstat reads Stata, SPSS and SAS. Codes, periods and numbers are understood as in every file
(core/cell_text.py, core/periods.py). A value that the mapping does not have becomes unknown and is counted in the report, which
shows such a value only if many records have it; if more than a share of a column does not match, the file is refused.
holdings.py stores the result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.core.cell_text import SPACES, normalise_code, normalise_text, number_pattern, pad_codes
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.mapping import FileShape, Survey, Variable
from bongsu.core.periods import read_period
from bongsu.core.structure import TIME
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.occupation_lists import count_isco88
from bongsu.store.tables.parquet_tables import check_column_types
from bongsu.store.tables.spreadsheets import format_cell
from bongsu.store.tables.table_files import check_distinct

if TYPE_CHECKING:
    import pyarrow as pa

Values = Any  # a pyarrow.ChunkedArray; the stubs of pyarrow.compute do not say that its functions return one too
FILE_SUFFIXES = (".csv", ".parquet", ".dta", ".sav", ".zsav", ".por", ".sas7bdat", ".xpt")
MIN_EXAMPLE_RECORDS = 10  # the report shows a value that at least this many records have
MAX_EXAMPLES = 8


@dataclass(frozen=True)
class ColumnReport:
    """The report on a concept: the numbers of records with a value, without an answer, and with a value that did not match.

    `examples` are values that did not match, each shared by at least MIN_EXAMPLE_RECORDS records.
    """

    concept: str
    column: str
    matched: int
    missing: int
    unmatched: int
    examples: tuple[str, ...] = ()
    short: int = 0  # records with a code of fewer digits than the mapping's width, which is kept
    isco88: int = 0  # records with a code that ISCO-88 has and ISCO-08, which the mapping names, has not


def read_survey(path: Path, survey: Survey) -> tuple[pa.Table, tuple[ColumnReport, ...]]:
    """Returns the file as a table with a column for every concept and design column, and a report on each concept.

    Raises BadInput if the file cannot be read, a weight is missing or negative, or more than the mapping's share of a column
    does not match, and UnknownName for a missing column. No error shows a value of a record.
    """
    import pyarrow as pa

    wanted = dict.fromkeys(survey.columns.values())
    raw = _read_columns(path, list(wanted), survey)
    if not raw.num_rows:
        raise BadInput(N_("The file has no records."), where=path.name)
    columns: dict[str, Any] = {}
    report = []
    for variable in survey.variables:
        columns[variable.concept], column_report = _read_concept(raw[variable.column], variable, survey, path.name)
        _check_matched(column_report, survey, path.name)
        report.append(column_report)
    for name, source in survey.design.columns.items():
        columns[name] = _parse_design_column(raw[source], name, survey, f"{path.name}: {source}")
    return pa.table(columns), tuple(report)


def _check_matched(column: ColumnReport, survey: Survey, name: str) -> None:
    """Raises BadInput if more than a share of the answers of a column did not match."""
    if column.unmatched > survey.file.most_unmatched * (column.matched + column.unmatched):
        raise BadInput(
            N_("{unmatched} of {all} values of “{column}” do not match the mapping of {concept}."),
            where=name,
            fix=N_(
                "Check “codes” and “missing” of the concept, and “decimal” and “thousands” in the table [file], or allow the "
                "loss there with “most_unmatched”. Nothing was stored."
            ),
            unmatched=column.unmatched,
            all=column.matched + column.unmatched,
            column=column.column,
            concept=column.concept,
        )


def count_duplicates(path: Path, survey: Survey) -> int:
    """Returns how many records of a file equal an earlier one in every column, read by the mapping or not."""
    import numpy as np

    if path.suffix.lower() == ".csv":
        with path.open("rb") as lines:
            next(lines, None)
            hashes = np.fromiter((hash(line.rstrip(b"\r\n")) for line in lines), dtype=np.int64)
        return len(hashes) - len(np.unique(hashes))
    table = _read_columns(path, None, survey)
    simple = [name for name in table.column_names if not _is_nested(table[name].type)]
    return int(table.num_rows - table.select(simple).group_by(simple).aggregate([]).num_rows)


def _is_nested(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_nested(kind))


def _read_columns(path: Path, wanted: list[str] | None, survey: Survey) -> pa.Table:
    """Returns the wanted columns (None: all), as they are in the file."""
    if not path.is_file():
        raise BadInput(N_("There is no file “{name}”."), name=path.name)
    suffix = path.suffix.lower()
    if suffix not in FILE_SUFFIXES:
        raise BadInput(
            N_("The file type of “{name}” is not supported."),
            fix=N_("Supported file types: {suffixes}."),
            name=path.name,
            suffixes=", ".join(FILE_SUFFIXES),
        )
    import pyarrow as pa

    try:
        if suffix == ".csv":
            return _read_csv(path, wanted or [], survey)
        if suffix == ".parquet":
            return _read_parquet(path, wanted)
        return _read_statistical(path, wanted)
    except (pa.ArrowException, OSError, ValueError, UnicodeError):
        # The messages of the readers may quote the file, which is confidential.
        raise BadInput(
            N_("“{name}” cannot be read as {format}."),
            fix=N_("Check the file, and “encoding” and “separator” in the mapping's table [file]."),
            name=path.name,
            format=suffix,
        ) from None


def _match_columns(found: list[str], wanted: list[str] | None, name: str) -> dict[str, str]:
    """Returns the heading of the file for each wanted column. Raises UnknownName, or BadInput for one that occurs twice."""
    named = [normalise_text(heading) for heading in found]
    if wanted is None:
        return dict(zip(found, found, strict=True))
    for column in wanted:
        if column not in named:
            raise unknown_name(N_("column"), column, named, where=name)
    check_distinct([heading for heading in named if heading in wanted], name)
    return {column: found[named.index(column)] for column in wanted}


def _read_csv(path: Path, wanted: list[str], survey: Survey) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    reading = csv.ReadOptions(encoding=survey.file.encoding)
    parsing = csv.ParseOptions(delimiter=survey.file.separator, newlines_in_values=True)
    with csv.open_csv(path, read_options=reading, parse_options=parsing) as opened:
        headings = _match_columns(opened.schema.names, wanted, path.name)
    converting = csv.ConvertOptions(
        include_columns=list(headings.values()),
        column_types=dict.fromkeys(headings.values(), pa.string()),
        strings_can_be_null=False,
    )
    table = csv.read_csv(path, read_options=reading, parse_options=parsing, convert_options=converting)
    return table.rename_columns(list(headings))


def _read_parquet(path: Path, wanted: list[str] | None) -> pa.Table:
    from pyarrow import parquet

    schema = parquet.read_schema(path)
    headings = _match_columns(schema.names, wanted, path.name)
    if wanted is not None:
        check_column_types(schema, list(headings.values()), path.name)
    return parquet.read_table(path, columns=list(headings.values())).rename_columns(list(headings))


def _read_statistical(path: Path, wanted: list[str] | None) -> pa.Table:
    import pyarrow as pa
    import pyreadstat

    readers = {
        ".dta": pyreadstat.read_dta,
        ".sas7bdat": pyreadstat.read_sas7bdat,
        ".xpt": pyreadstat.read_xport,
        ".por": pyreadstat.read_por,
    }
    reader: Any = readers.get(path.suffix.lower(), pyreadstat.read_sav)
    try:
        _, about = reader(str(path), metadataonly=True, output_format="dict")
        headings = _match_columns(about.column_names, wanted, path.name)
        data, _ = reader(str(path), usecols=list(headings.values()), output_format="dict")
    except pyreadstat.ReadstatError:
        raise ValueError from None
    return pa.table({name: pa.array(data[heading], from_pandas=True) for name, heading in headings.items()})


def _arrow_compute() -> Any:
    import pyarrow.compute

    return pyarrow.compute


def _map_distinct(column: Values, change: Callable[[list[str]], Mapping[str, str | None]]) -> Values:
    """Returns a column of text with every distinct value changed; `change` maps them, to None for no value."""
    import pyarrow as pa

    pc = _arrow_compute()

    distinct = [text for text in column.unique().to_pylist() if text is not None]
    changed = change(distinct)
    places = pc.index_in(column, pa.array(distinct, column.type))
    return pc.take(pa.array([changed[text] for text in distinct], pa.string()), places)


def _read_codes(column: Values) -> Values:
    """Returns a column of any simple type as normalised codes, with null for an empty one."""
    import pyarrow as pa

    pc = _arrow_compute()

    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_temporal(column.type):
        distinct = column.unique()
        texts = pa.array([format_cell(value) for value in distinct.to_pylist()], pa.string())
        column = pc.take(texts, pc.index_in(column, distinct))
    elif not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        column = pc.cast(column, pa.string())
    return _map_distinct(column, lambda texts: {text: normalise_code(text) or None for text in texts})


def _read_number_texts(column: Values, file: FileShape) -> Values:
    """Returns a column as trimmed text in which numbers have a decimal point, no separators and no “.0”; null for an empty one.

    By Arrow's own functions: a column of amounts has as many distinct values as records.
    """
    import pyarrow as pa

    pc = _arrow_compute()

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return _read_codes(column)
    text = pc.utf8_trim_whitespace(column)
    plain = text
    for sign in (*SPACES, " ", *filter(None, [file.thousands])):
        plain = pc.replace_substring(plain, sign, "")
    plain = pc.replace_substring_regex(pc.replace_substring(plain, file.decimal, "."), r"^(-?[0-9]+)\.0*$", r"\1")
    number = pc.match_substring_regex(text, number_pattern(file.decimal, file.thousands))
    # A number in another notation than the file's, such as 1.5 where a comma is the decimal sign, must not be taken for one.
    other = pc.match_substring_regex(text, number_pattern())
    text = pc.if_else(number, plain, pc.if_else(other, pc.binary_join_element_wise("?", text, ""), text))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)


def _read_concept(column: Values, variable: Variable, survey: Survey, name: str) -> tuple[Values, ColumnReport]:
    import pyarrow as pa

    pc = _arrow_compute()

    text = _read_codes(column) if variable.kind == "code" else _read_number_texts(column, survey.file)
    if variable.missing:
        missing = pa.chunked_array([pa.array(variable.missing, text.type)])
        missing = missing if variable.kind == "code" else _read_number_texts(missing, survey.file)
        text = pc.if_else(pc.is_in(text, missing.combine_chunks()), pa.scalar(None, text.type), text)
    values = _parse_codes(text, variable, name) if variable.kind == "code" else _parse_measure(text, variable)
    unmatched = pc.and_(pc.is_valid(text), pc.is_null(values))
    many = [row for row in pc.value_counts(text.filter(unmatched)).to_pylist() if row["counts"] >= MIN_EXAMPLE_RECORDS]
    many.sort(key=lambda row: (-row["counts"], row["values"]))
    short, isco88 = _count_dubious(text, values, variable, f"{name}: {variable.column}")
    column_report = ColumnReport(
        variable.concept,
        variable.column,
        len(values) - values.null_count,
        text.null_count,
        pc.sum(unmatched).as_py() or 0,
        tuple(row["values"] for row in many[:MAX_EXAMPLES]),
        short,
        isco88,
    )
    return values, column_report


def _known_codes(variable: Variable) -> Collection[str]:
    """Returns the code list of a concept; that of ISCO-08 if only its name is given; none for another."""
    named = "CL_ISCO08" if variable.system.upper().startswith("ISCO-08") else ""
    wanted = variable.code_list or named
    lists = code_lists()
    if wanted and wanted not in lists:
        raise unknown_name(N_("code list"), wanted, lists, where=f"{variable.concept}.code_list")
    return {code.id for code in lists[wanted]} if wanted else ()


def _count_dubious(text: Values, values: Values, variable: Variable, where: str) -> tuple[int, int]:
    """Returns the numbers of records with a code shorter than the width, and with one that only ISCO-88 has.

    Raises BadInput if a column that is declared ISCO-08 is ISCO-88.
    """
    pc = _arrow_compute()

    if variable.kind != "code":
        return 0, 0
    short = pc.sum(pc.less(pc.utf8_length(values), variable.width)).as_py() or 0 if variable.width else 0
    if variable.codes or not (variable.code_list == "CL_ISCO08" or variable.system.upper().startswith("ISCO-08")):
        return short, 0
    counts = {row["values"]: row["counts"] for row in pc.value_counts(text.drop_null()).to_pylist()}
    return short, count_isco88(counts, where)


def _parse_codes(text: Values, variable: Variable, name: str) -> Values:
    import pyarrow as pa

    pc = _arrow_compute()

    known = _known_codes(variable)
    if variable.codes:
        recode = dict(variable.codes)
        text = _map_distinct(text, lambda codes: {code: recode.get(code) for code in codes})
    elif variable.concept == TIME:
        text = _map_distinct(text, lambda periods: {period: _spell_period(period) for period in periods})
    if variable.width:
        text = _map_distinct(text, lambda codes: dict(pad_codes(codes, variable.width, known)))
    # Codes such as _T and _U are reserved.
    text = pc.if_else(pc.starts_with(text, "_"), pa.scalar(None, text.type), text)
    if variable.code_list:
        listed = pa.array(sorted(known), text.type)
        text = pc.if_else(pc.is_in(text, listed), text, pa.scalar(None, text.type))
    return pc.cast(text, pa.string())


def _spell_period(text: str) -> str | None:
    try:
        return read_period(text)
    except BadInput:
        return None


def _parse_floats(text: Values) -> Values:
    """Parses numbers that `_read_number_texts` has written; null if the text is not a number."""
    import pyarrow as pa

    pc = _arrow_compute()

    number = pc.match_substring_regex(text, number_pattern())
    return pc.cast(pc.if_else(number, text, pa.scalar(None, text.type)), pa.float64())


def _parse_measure(text: Values, variable: Variable) -> Values:
    import pyarrow as pa

    pc = _arrow_compute()

    values = _parse_floats(text)
    valid: Any = pc.is_finite(values)
    if variable.low is not None:
        valid = pc.and_(valid, pc.greater_equal(values, variable.low))
    if variable.high is not None:
        valid = pc.and_(valid, pc.less_equal(values, variable.high))
    if variable.kind == "integer":
        valid = pc.and_(valid, pc.equal(values, pc.floor(values)))
    values = pc.if_else(valid, values, pa.scalar(None, pa.float64()))
    return pc.cast(values, pa.int64()) if variable.kind == "integer" else values


def _parse_design_column(column: Values, name: str, survey: Survey, where: str) -> Values:
    """Parses a design column. Raises BadInput with the number of missing or negative values and the line of the first."""
    import pyarrow as pa

    pc = _arrow_compute()

    if name in ("STRATUM", "CLUSTER", "CONTRIBUTOR"):
        text = _read_codes(column)
        _check_records(pc.is_valid(text), N_("{count} records have no value, the first in line {line}."), where)
        return pc.cast(text, pa.string())
    values = _parse_floats(_read_number_texts(column, survey.file))
    valid: Any = pc.fill_null(pc.is_finite(values), False)
    if not name.startswith("REPLICATE_"):
        valid = pc.fill_null(pc.and_(valid, pc.greater_equal(values, 0.0)), False)
    if name == "FREQUENCY":
        valid = pc.fill_null(pc.and_(valid, pc.equal(values, pc.floor(values))), False)
    _check_records(valid, N_("{count} records have a missing or negative number, the first in line {line}."), where)
    return pc.cast(values, pa.int64()) if name == "FREQUENCY" else values


def _check_records(valid: Values, message: str, where: str) -> None:
    pc = _arrow_compute()

    wrong = pc.invert(valid)
    count = pc.sum(wrong).as_py() or 0
    if count:
        line = pc.index(wrong, value=True).as_py() + 2  # the first line has the column names
        raise BadInput(message, where=where, fix=N_("Nothing was stored."), count=count, line=line)
