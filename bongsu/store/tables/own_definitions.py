"""Concepts and code lists that a dataflow defines beside those of bongsu/definitions.

They stand in its TOML file under [concepts.NAME] and [code_lists.NAME]; the codes are in a CSV file beside it, with the columns
code, parent, en, ko and fr.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Struct

from bongsu.core.codes import Code, CodeList
from bongsu.core.document_shape import limit
from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.core.structure import Concept, Names, check_id
from bongsu.core.text import Text
from bongsu.store.tables.csv_lines import read_csv_lines
from bongsu.store.tables.definitions import code_lists, concepts

# Columns of SDMX-CSV that say which dataflow and action a row belongs to.
SDMX_COLUMNS = frozenset({"DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY", "OBS_KEY"})
_CODE = re.compile(r"[A-Za-z0-9_@$-]+")  # IDType of SDMX


class ConceptTable(Struct, forbid_unknown_fields=True):
    """A dimension that only this dataflow has."""

    name: Names
    definition: Names
    code_list: str = ""


class CodeListTable(Struct, forbid_unknown_fields=True):
    """A code list that only this dataflow has; its codes are in a CSV file."""

    name: Names
    file: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid name of a file of codes."),
            N_("Put the file beside this one and name it CL_NAME.csv."),
            pattern=r"^CL_[^/\\\0\n]*\.csv\Z",
        ),
    ]
    version: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid version."),
            N_("Write one to three numbers of at most four digits: 1.0."),
            pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,2}\Z",
        ),
    ] = "1.0"
    source: str = ""


def parse_definitions(
    concept_tables: Mapping[str, ConceptTable],
    list_tables: Mapping[str, CodeListTable],
    texts: Mapping[str, str],
    where: str,
) -> tuple[dict[str, Concept], dict[str, CodeList]]:
    """Returns the concepts and the code lists that the TOML file `where` defines. `texts` are the CSV files by name.

    Raises BadInput for a name that ships with Bongsu, Missing for a file, UnknownName for a code list.
    """
    for kind, names in (("concepts", concept_tables), ("code_lists", list_tables)):
        for name in names:
            check_id(name, f"{where}, {kind}")
    for name in concept_tables:
        if name in SDMX_COLUMNS:
            raise BadInput(
                N_("The concept “{name}” has the name of a column of SDMX-CSV."),
                where=f"{where}, concepts",
                fix=N_("Choose another name."),
                name=name,
            )
    folder = where.rpartition("/")[0]
    lists = {name: _parse_code_list(folder, name, one, texts) for name, one in list_tables.items()}
    found = {name: _parse_concept(name, one, {**code_lists(), **lists}, where) for name, one in concept_tables.items()}
    _check_names(lists, code_lists(), N_("code list"), where)
    _check_names(found, concepts(), N_("concept"), where)
    return found, lists


def _check_names(own: Mapping[str, object], shipped: Mapping[str, object], kind: str, where: str) -> None:
    for name in own:
        if name in shipped:
            raise BadInput(
                N_("The {kind} “{name}” ships with Bongsu and cannot be defined again."),
                where=where,
                fix=N_("Leave the definition out to use the shipped one, or choose another name."),
                kind=kind,
                name=name,
            )


def _parse_concept(name: str, one: ConceptTable, lists: Mapping[str, CodeList], where: str) -> Concept:
    place = f"{where}, concepts.{name}"
    if one.code_list and one.code_list not in lists:
        raise unknown_name(N_("code list"), one.code_list, lists, where=place)
    return Concept(name, Text.of(one.name, place), Text.of(one.definition, place), one.code_list)


def _parse_code_list(folder: str, name: str, one: CodeListTable, texts: Mapping[str, str]) -> CodeList:
    if one.file not in texts:
        raise Missing(
            N_("The file “{file}” of the code list {list} is missing."), where=f"{folder}/", file=one.file, list=name
        )
    where = f"{folder}/{one.file}"
    lines = read_csv_lines(texts[one.file], where)
    _, heading = next(lines, (1, []))
    if missing := sorted({"code", *TABLE_LANGUAGES} - set(heading)):
        raise BadInput(N_("The column {columns} is missing."), where=f"{where}, line 1", columns=", ".join(missing))
    codes = []
    for line, cells in lines:
        row, place = dict(zip(heading, cells, strict=True)), f"{where}, line {line}"
        if not row["code"]:
            raise BadInput(N_("The code is empty."), where=place)
        if not _CODE.fullmatch(row["code"]):
            raise BadInput(
                N_("“{code}” is not a valid code of SDMX."),
                where=place,
                fix=N_("Use letters without accents, digits, _, - and @. Names may have any letters."),
                code=row["code"],
            )
        codes.append(Code(row["code"], Text.from_row(row, where=place), row.get("parent") or None))
    try:
        return CodeList(name, one.version, Text.of(one.name, where), tuple(codes), one.source)
    except BadInput as error:
        error.where = error.where or where
        raise
