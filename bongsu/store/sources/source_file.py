"""The table of a source: where it lives, under which terms, how its file is read, and what must hold of it.

The sources of a programme are in its `sources.toml`, a table for each; those that an institution adds are in its node, one file
each: sources/NAME/source.toml. `sources.toml` in the node says what is different for the institution: mirrors, a proxy, sources
that are not asked. docs/sources.md is the manual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from bongsu.core.document_shape import FilledText, FiniteNumber, PositiveNumber, convert_document, limit
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.provenance import Origin
from bongsu.core.text_files import decode_text, parse_toml
from bongsu.store.fetching.fetcher import parse_address
from bongsu.store.node import Node
from bongsu.store.tables.programmes import programme_packages, read_toml

SOURCES_FILE = "sources.toml"
SOURCE_FILE = "source.toml"
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
OWN = "own"  # sources that the institution added itself

_NAME_MESSAGE = N_("“{value}” is not a valid name of a source.")
_Name = Annotated[str, limit(_NAME_MESSAGE, N_("Use small letters, digits and -."), pattern=r"^[a-z][a-z0-9-]*\Z")]
_Share = Annotated[float, Meta(ge=0, le=1)]


class ReadTable(Struct, forbid_unknown_fields=True):
    """How the publisher's table becomes ours: column by heading, cells kept, prefixes dropped, codes, factors."""

    columns: dict[str, str] = field(default_factory=dict)
    keep: dict[str, list[str]] = field(default_factory=dict)  # of a heading: cells of the rows that are kept
    prefix: dict[str, str] = field(
        default_factory=dict
    )  # of a column: what its cells begin with; other rows are dropped
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # of a column
    factor: dict[str, FiniteNumber] = field(default_factory=dict)  # of a column of numbers
    constants: dict[str, str] = field(default_factory=dict)
    drop_empty: list[str] = field(default_factory=list)  # columns: rows without a cell there are dropped
    delimiter: str = ","
    missing: list[str] = field(default_factory=list)  # texts that stand for no number
    repeated: Literal["refused", "first"] = "refused"  # of several rows with one key, the first


class Sum(Struct, forbid_unknown_fields=True):
    """The values of `value` of all codes of `column` but `total` sum to that of `total`, within the share `tolerance`."""

    column: str
    total: str
    value: str
    tolerance: PositiveNumber = 0.01
    without: list[str] = field(default_factory=list)  # codes that are totals themselves


class CheckTable(Struct, forbid_unknown_fields=True):
    """What must hold of the table: its key, bounds of its numbers, codes, units, sums, and how much may change."""

    keys: Annotated[list[str], Meta(min_length=1)]
    values: dict[str, tuple[FiniteNumber, FiniteNumber]] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)  # of a column: its codes, or one id of a code list
    units: dict[str, str] = field(default_factory=dict)  # of a heading of the publisher: the unit of every row
    sums: list[Sum] = field(default_factory=list)
    least: Annotated[int, Meta(ge=1)] = 1  # rows
    lost: _Share = 0.05  # share of the keys of the table before that may be gone
    changed: _Share = 0.2  # share of its values that may be different


class SourceFile(Struct, forbid_unknown_fields=True, kw_only=True):
    """The fields of a source."""

    title: FilledText
    publisher: FilledText
    licence: FilledText
    attribution: str = ""
    terms: str = ""  # what the publisher asks of who uses the data, beyond the licence, or the page that says it
    address: Annotated[list[FilledText], Meta(min_length=1)]
    format: FilledText
    seen: FilledText  # what of the format was at hand: a real file, or documentation alone
    every: Literal["day", "week", "month", "quarter", "year"]
    reader: str = "table"
    key: str = ""  # the name of the key in BONGSU_SOURCE_KEYS that takes the place of {key} in the address
    bearer: bool = False  # the key is sent as a header instead (Authorization: Bearer)
    megabytes: Annotated[int, Meta(ge=1, le=2048)] = 64
    read: ReadTable = field(default_factory=ReadTable)
    check: CheckTable
    flow: str = ""  # an own dataflow whose data file the table becomes


@dataclass(frozen=True)
class LivingSource:
    """A source: its name, which is that of its snapshots, the programme whose it is, and its table."""

    name: str
    programme: str
    file: SourceFile

    @property
    def origin(self) -> Origin:
        """The origin of its snapshots."""
        one = self.file
        address = one.address[0].partition("?")[0] if one.key else one.address[0]
        return Origin(one.publisher, one.title, address, one.licence, one.attribution or one.publisher)


class NodeSources(Struct, forbid_unknown_fields=True):
    """What an institution says of all sources (sources.toml of the node)."""

    mirrors: dict[str, str] = field(default_factory=dict)  # beginnings of addresses, and what takes their place
    off: list[str] = field(default_factory=list)  # sources that are not asked
    proxy: str = ""  # the address of an HTTP proxy
    private: bool = False  # whether mirrors may have addresses of a private network


def read_node_sources(node: Node) -> NodeSources:
    """Returns what the node's sources.toml says; the defaults if there is none. Raises BadInput."""
    path = node.root / SOURCES_FILE
    if not path.exists():
        return NodeSources()
    read = convert_document(
        parse_toml(decode_text(path.read_bytes(), SOURCES_FILE), SOURCES_FILE), NodeSources, SOURCES_FILE
    )
    for address in (*read.mirrors.values(), *filter(None, [read.proxy])):
        parse_address(address)
    return read


def list_sources(node: Node) -> dict[str, LivingSource]:
    """Returns every source by name: those of the programmes, then the institution's own. Raises BadInput with the file."""
    found: dict[str, LivingSource] = {}
    for programme, package in programme_packages().items():
        if (files(package) / SOURCES_FILE).is_file():
            tables, where = read_toml(package, SOURCES_FILE)
            for name, table in tables.items():
                found[name] = LivingSource(name, programme, parse_source(name, table, where))
    for path in sorted(node.root.glob(f"sources/*/{SOURCE_FILE}")):
        name, where = path.parent.name, f"sources/{path.parent.name}/{SOURCE_FILE}"
        if name in found:
            raise BadInput(N_("There is a source “{name}” already."), where=where, name=name)
        found[name] = LivingSource(
            name, OWN, parse_source(name, parse_toml(decode_text(path.read_bytes(), where), where), where)
        )
    return found


def find_source(node: Node, name: str) -> LivingSource:
    """Returns a source. Raises UnknownName."""
    known = list_sources(node)
    if name not in known:
        raise unknown_name(N_("source"), name, known)
    return known[name]


def parse_source(name: str, table: Mapping[str, object], where: str) -> SourceFile:
    """Returns the table of a source. Raises BadInput with the field."""
    place = f"{where}, {name}"
    convert_document(name, _Name, place)
    read: SourceFile = convert_document(dict(table), SourceFile, place)
    for address in read.address:
        parse_address(address.replace("{key}", "key"))
        if ("{key}" in address) != (bool(read.key) and not read.bearer) or (read.bearer and not read.key):
            raise BadInput(N_("A source has a key if {{key}} stands in its address, and only then."), where=place)
    return read
