"""Reads a node from Python: `bongsu.open("node")["GRID_INTENSITY"].pandas("REF_AREA=KOR")`. Nothing is written.

Every table has one row for each observation, with all columns of the dataflow, so that a value always has its unit, kind,
boundary, interval, vintage and source. `where` has the same grammar as --where on the command line (core/where.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.core.arguments import check_type
from bongsu.core.errors import N_, PartMissing, UnknownName, unknown_name
from bongsu.core.html_table import make_definition_html, make_table_html
from bongsu.core.languages import LANGUAGES
from bongsu.core.release import Manifest, Release
from bongsu.core.selection import Selection
from bongsu.core.structure import Structure
from bongsu.core.text import Text
from bongsu.store.languages.folders import install_languages
from bongsu.store.node import Node
from bongsu.store.query_engine import make_relation

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_SHOWN_ROWS = 10  # in a notebook
_WORDS = {
    "description": Text(en="Description", ko="설명", fr="Description"),
    "id": Text(en="Id", ko="Id", fr="Id"),
    "licences": Text(en="Licences", ko="이용 조건", fr="Licences"),
    "method": Text(en="Method", ko="방법", fr="Méthode"),
    "name": Text(en="Name", ko="이름", fr="Nom"),
    "observations": Text(en="Observations", ko="관측값", fr="Observations"),
    "release": Text(en="Release", ko="공표본", fr="Publication"),
    "sealed": Text(en="Sealed", ko="봉인", fr="Scellée"),
    "units": Text(en="Units", ko="단위", fr="Unités"),
    "vintages": Text(en="Vintages", ko="발표 시점", fr="Millésimes"),
    "withdrawn": Text(en="Withdrawn", ko="철회", fr="Retirée"),
}


class UnknownDataflow(UnknownName, KeyError):
    """A dataflow that the node does not have. It is also a KeyError, because NodeReader is a mapping."""


def open_node(folder: str | Path, *, language: str = "en") -> NodeReader:
    """Opens the node in `folder`. `language` (en, ko, fr, or an added one) is the language of names and labels.

    Raises TypeError, Missing if the folder is not a node, and UnknownName for another language.
    """
    check_type("folder", folder, str, os.PathLike)
    check_type("language", language, str)
    node = Node(Path(folder))
    install_languages(node.root)
    if language not in LANGUAGES:
        raise unknown_name(N_("language"), language, LANGUAGES)
    return NodeReader(node, language)


class NodeReader(Mapping[str, "DataflowReader"]):
    """A node: a mapping of its dataflows by id."""

    def __init__(self, node: Node, language: str) -> None:
        self._node = node
        self._language = language

    @property
    def name(self) -> str:
        """The name of the node's institution."""
        return self._node.name_in(self._language)

    def __getitem__(self, id_: str) -> DataflowReader:
        """Returns the dataflow with this id, ignoring case. Raises TypeError, UnknownDataflow with the nearest ids."""
        check_type("a dataflow's id", id_, str)
        if id_ not in self:
            near = unknown_name(N_("dataflow"), id_, self)
            error = UnknownDataflow(near.message, fix=near.fix)
            error.values = near.values
            raise error
        return DataflowReader(self._node, id_.upper(), self._language)

    def __iter__(self) -> Iterator[str]:
        return iter(self._node.releases.dataflows())

    def __len__(self) -> int:
        return len(self._node.releases.dataflows())

    def __contains__(self, id_: object) -> bool:
        return isinstance(id_, str) and id_.upper() in self._node.releases.dataflows()

    def __repr__(self) -> str:
        return f"<bongsu node “{self.name}”: {len(self)} dataflows>"

    def _repr_html_(self) -> str:
        rows = [(flow.id, flow.name, flow.current.number, flow.current.rows) for flow in self.values()]
        return make_table_html(self.name, _translate(("id", "name", "release", "observations"), self._language), rows)


class DataflowReader:
    """A dataflow of a node. Its tables have the observations of the current release."""

    def __init__(self, node: Node, id_: str, language: str) -> None:
        self._node = node
        self._language = language
        self.id = id_

    @property
    def current(self) -> ReleaseReader:
        """The newest release that is not withdrawn. Raises Missing if all are."""
        return ReleaseReader(self._node, self._node.releases.current(self.id), self._language)

    @property
    def releases(self) -> list[ReleaseReader]:
        """All releases, oldest first, withdrawn ones included."""
        return [ReleaseReader(self._node, release, self._language) for release in self._node.releases.all(self.id)]

    def release(self, number: int) -> ReleaseReader:
        """Returns the release with this number. Raises TypeError or Missing."""
        check_type("number", number, int)
        return ReleaseReader(self._node, self._node.releases.get(self.id, number), self._language)

    def as_of(self, date: str) -> ReleaseReader:
        """Returns the release that was current at the end of a day (YYYY-MM-DD). Raises TypeError, BadInput or Missing."""
        check_type("date", date, str)
        return ReleaseReader(self._node, self._node.releases.current(self.id, date), self._language)

    @property
    def structure(self) -> Structure:
        """Dimensions, attributes, units, and the code lists that the current release uses."""
        return self.current.structure

    @property
    def name(self) -> str:
        """The dataflow's name."""
        return self.structure.dataflow.name.to(self._language)

    @property
    def description(self) -> str:
        """What the dataflow measures."""
        return self.structure.dataflow.description.to(self._language)

    def arrow(self, where: str = "", *, labels: bool = False) -> pa.Table:
        """Returns the observations of the current release as an Arrow table; see ReleaseReader.arrow."""
        return self.current.arrow(where, labels=labels)

    def pandas(self, where: str = "", *, labels: bool = False) -> pd.DataFrame:
        """Returns the observations of the current release as a pandas data frame; see ReleaseReader.pandas."""
        return self.current.pandas(where, labels=labels)

    def polars(self, where: str = "", *, labels: bool = False) -> pl.DataFrame:
        """Returns the observations of the current release as a polars data frame; see ReleaseReader.polars."""
        return self.current.polars(where, labels=labels)

    def duckdb(
        self, where: str = "", *, labels: bool = False, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Returns the observations of the current release as a DuckDB relation; see ReleaseReader.duckdb."""
        return self.current.duckdb(where, labels=labels, connection=connection)

    def __repr__(self) -> str:
        return f"<bongsu dataflow {self.id}: {self.name}>"

    def _repr_html_(self) -> str:
        rows = [(one.number, one.sealed_at, one.rows, one.withdrawn) for one in self.releases]
        heading = _translate(("release", "sealed", "observations", "withdrawn"), self._language)
        title, facts = f"{self.id}: {self.name}", [(_WORDS["description"].to(self._language), self.description)]
        return make_definition_html(title, facts) + make_table_html("", heading, rows)


class ReleaseReader:
    """A sealed release. Its files are verified when they are read."""

    def __init__(self, node: Node, release: Release, language: str) -> None:
        self._node = node
        self._release = release
        self._language = language

    @property
    def dataflow(self) -> str:
        """The id of the dataflow."""
        return self._release.dataflow

    @property
    def number(self) -> int:
        """The number of the release in its dataflow."""
        return self._release.number

    @property
    def sealed_at(self) -> str:
        """When the release was sealed (UTC)."""
        return self._release.sealed_at

    @property
    def rows(self) -> int:
        """The number of observations."""
        return self._release.rows

    @property
    def withdrawn(self) -> str:
        """Why the release was withdrawn; empty if it was not."""
        return self._release.withdrawal.reason if self._release.withdrawal else ""

    @cached_property
    def structure(self) -> Structure:
        """Dimensions, attributes, units and code lists."""
        return self._node.releases.structure(self._release)

    @cached_property
    def manifest(self) -> Manifest:
        """Inputs with their hashes, licences and vintages; method; code version; checks."""
        return self._node.releases.manifest(self._release)

    def arrow(self, where: str = "", *, labels: bool = False) -> pa.Table:
        """Returns the observations as an Arrow table, sorted by the dimensions.

        `labels` adds a column of names after each column of codes. Raises TypeError, UnknownName for an unknown dimension or
        code, BadInput for an invalid condition, and Damaged if a file has changed.
        """
        check_type("where", where, str)
        check_type("labels", labels, bool)
        selection = Selection.parse(self.structure.dataflow, [where] if where else [])
        selection.check_codes(self.structure)
        table = self._node.observations(self._release, selection)
        return self._add_labels(table) if labels else table

    def pandas(self, where: str = "", *, labels: bool = False) -> pd.DataFrame:
        """Returns the observations as a pandas data frame; `attrs` has the dataflow, release, licences and vintages."""
        frame: pd.DataFrame = self.arrow(where, labels=labels).to_pandas()
        frame.attrs.update(
            dataflow=self.dataflow,
            release=self.number,
            licences=list(self.manifest.licences),
            vintages=list(self.manifest.vintages),
        )
        return frame

    def polars(self, where: str = "", *, labels: bool = False) -> pl.DataFrame:
        """Returns the observations as a polars data frame. Raises PartMissing if polars is not installed."""
        try:
            import polars as pl
        except ModuleNotFoundError:
            raise PartMissing(N_("polars is not installed."), fix=N_("Install it: pip install polars.")) from None
        frame = pl.from_arrow(self.arrow(where, labels=labels))
        assert isinstance(frame, pl.DataFrame)  # a Series only for an Arrow array
        return frame

    def duckdb(
        self, where: str = "", *, labels: bool = False, connection: duckdb.DuckDBPyConnection | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Returns the observations as a DuckDB relation, of `connection` or of a new one in memory. Raises TypeError."""
        return make_relation(self.arrow(where, labels=labels), connection)

    def _add_labels(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa

        structure = self.structure
        for concept in (*structure.dataflow.dimensions, *structure.dataflow.attributes):
            codes = structure.code_list(concept.code_list) if concept.code_list else None
            if codes is None:
                continue
            cells = table.column(concept.id).to_pylist()
            names = [None if cell is None else codes.name_of(cell, self._language) for cell in cells]
            at = table.column_names.index(concept.id) + 1
            table = table.add_column(at, f"{concept.id}_LABEL", pa.array(names, pa.string()))
        return table

    def __repr__(self) -> str:
        return f"<bongsu release {self._release.name}: {self.rows} observations, sealed {self.sealed_at}>"

    def _repr_html_(self) -> str:
        flow, manifest = self.structure.dataflow, self.manifest
        facts = [
            ("sealed", self.sealed_at),
            ("observations", str(self.rows)),
            ("units", ", ".join(flow.units)),
            ("method", flow.method),
            ("licences", ", ".join(manifest.licences)),
            ("vintages", ", ".join(manifest.vintages)),
            *([("withdrawn", self.withdrawn)] if self.withdrawn else []),
        ]
        head = self.arrow().slice(0, _SHOWN_ROWS)
        rows = [tuple(row.values()) for row in head.to_pylist()]
        title = f"{self._release.name}: {flow.name.to(self._language)}"
        named = [(_WORDS[name].to(self._language), text) for name, text in facts]
        return make_definition_html(title, named) + make_table_html("", tuple(head.column_names), rows)


def _translate(words: Sequence[str], language: str) -> list[str]:
    return [_WORDS[word].to(language) for word in words]
