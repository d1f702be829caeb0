"""Reads a file of microdata and converts its columns to concepts, as the mapping says.

pyarrow reads CSV and Parquet; pyreadstat reads Stata, SPSS and SAS. Codes are text: "25.0", which another program wrote as a
number, is the code "25", and leading zeros are restored to the width in the mapping. A value that the mapping does not have
becomes unknown and is counted in the report, which shows such a value only if many records have it. holdings.py stores the
result.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.mapping import Survey, Variable
from bongsu.store.tables.definitions import code_lists

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


def read_survey(path: Path, survey: Survey) -> tuple[pa.Table, tuple[ColumnReport, ...]]:
    """Returns the file as a table with a column for every concept and design column, and a report on each concept.

    Raises BadInput if the file cannot be read, or a weight is missing or negative, and UnknownName for a missing column.
    No error shows a value of a record.
    """
    import pyarrow as pa

    wanted = dict.fromkeys(survey.columns.values())
    raw = _read_columns(path, list(wanted), survey)
    if not raw.num_rows:
        raise BadInput(N_("The file has no records."), where=path.name)
    columns: dict[str, Any] = {}
    report = []
    for variable in survey.variables:
        columns[variable.concept], column_report = _read_concept(raw[variable.column], variable, path.name)
        report.append(column_report)
    for name, source in survey.design.columns.items():
        columns[name] = _parse_design_column(raw[source], name, f"{path.name}: {source}")
    return pa.table(columns), tuple(report)


def _read_columns(path: Path, wanted: list[str], survey: Survey) -> pa.Table:
    """Returns the wanted columns, as they are in the file."""
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
            return _read_csv(path, wanted, survey)
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


def _check_columns(found: list[str], wanted: list[str], name: str) -> None:
    for column in wanted:
        if column not in found:
            raise unknown_name(N_("column"), column, found, where=name)


def _read_csv(path: Path, wanted: list[str], survey: Survey) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    reading = csv.ReadOptions(encoding=survey.encoding)
    parsing = csv.ParseOptions(delimiter=survey.separator)
    with csv.open_csv(path, read_options=reading, parse_options=parsing) as opened:
        _check_columns(opened.schema.names, wanted, path.name)
    converting = csv.ConvertOptions(
        include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
    )
    return csv.read_csv(path, read_options=reading, parse_options=parsing, convert_options=converting)


def _read_parquet(path: Path, wanted: list[str]) -> pa.Table:
    from pyarrow import parquet

    _check_columns(parquet.read_schema(path).names, wanted, path.name)
    return parquet.read_table(path, columns=wanted)


def _read_statistical(path: Path, wanted: list[str]) -> pa.Table:
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
        _check_columns(about.column_names, wanted, path.name)
        data, _ = reader(str(path), usecols=wanted, output_format="dict")
    except pyreadstat.ReadstatError:
        raise ValueError from None
    return pa.table({name: pa.array(data[name], from_pandas=True) for name in wanted})


def _arrow_compute() -> Any:
    import pyarrow.compute

    return pyarrow.compute


def _trim_text(column: Values) -> Values:
    """Returns a column as trimmed text, with null for an empty text. An integer is written without a decimal point."""
    import pyarrow as pa

    pc = _arrow_compute()

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        if pa.types.is_dictionary(column.type):
            column = pc.cast(column, column.type.value_type)
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        column = pc.cast(column, pa.string())
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.replace_substring_regex(trimmed, r"^(-?[0-9]+)\.0*$", r"\1")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)


def _read_concept(column: Values, variable: Variable, name: str) -> tuple[Values, ColumnReport]:
    import pyarrow as pa

    pc = _arrow_compute()

    text = _trim_text(column)
    if variable.missing:
        text = pc.if_else(pc.is_in(text, pa.array(variable.missing, text.type)), pa.scalar(None, text.type), text)
    values = _parse_codes(text, variable, name) if variable.kind == "code" else _parse_measure(text, variable)
    unmatched = pc.and_(pc.is_valid(text), pc.is_null(values))
    many = [row for row in pc.value_counts(text.filter(unmatched)).to_pylist() if row["counts"] >= MIN_EXAMPLE_RECORDS]
    many.sort(key=lambda row: (-row["counts"], row["values"]))
    count = pc.sum(unmatched).as_py() or 0
    column_report = ColumnReport(
        variable.concept,
        variable.column,
        len(values) - values.null_count,
        text.null_count,
        count,
        tuple(row["values"] for row in many[:MAX_EXAMPLES]),
    )
    return values, column_report


def _parse_codes(text: Values, variable: Variable, name: str) -> Values:
    import pyarrow as pa

    pc = _arrow_compute()

    if variable.codes:
        recode = dict(variable.codes)
        found = pc.index_in(text, pa.array(recode.keys(), text.type))
        text = pc.take(pa.array(recode.values(), pa.string()), found)
    if variable.width:
        text = pc.utf8_lpad(text, variable.width, padding="0")
    text = pc.if_else(
        pc.starts_with(text, "_"), pa.scalar(None, text.type), text
    )  # codes such as _T and _U are reserved
    if variable.code_list:
        lists = code_lists()
        if variable.code_list not in lists:
            raise unknown_name(N_("code list"), variable.code_list, lists, where=f"{variable.concept}.code_list")
        known = pa.array([code.id for code in lists[variable.code_list]], text.type)
        text = pc.if_else(pc.is_in(text, known), text, pa.scalar(None, text.type))
    return pc.cast(text, pa.string())


def _parse_floats(text: Values) -> Values:
    """Parses numbers; null if the text is not a number."""
    import pyarrow as pa

    pc = _arrow_compute()

    number = pc.match_substring_regex(text, r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$")
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


def _parse_design_column(column: Values, name: str, where: str) -> Values:
    """Parses a design column. Raises BadInput with the number of missing or negative values and the line of the first."""
    import pyarrow as pa

    pc = _arrow_compute()

    text = _trim_text(column)
    if name in ("STRATUM", "CLUSTER", "CONTRIBUTOR"):
        _check_records(pc.is_valid(text), N_("{count} records have no value, the first in line {line}."), where)
        return pc.cast(text, pa.string())
    values = _parse_floats(text)
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
