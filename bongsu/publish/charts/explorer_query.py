"""A reader's choice in the explorer, read from the query string: codes, periods, and how to draw them.

The form's fields are the ids of dimensions, so an address can be written by hand and shared: ?REF_AREA=KOR&start=2024.
Without a choice, the page shows the selection of the dataflow's first chart. Left out: which chart can be drawn
(chart_selection.py) and the page (explorer_page.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import AREA, TIME, Concept, Structure, place_home
from bongsu.publish.formats import periods
from bongsu.store.node import Node
from bongsu.store.releases.series import select_first_and_last

if TYPE_CHECKING:
    import ibis.expr.types as ir

Row = dict[str, Any]
MAX_ROWS = 5_000  # maximum rows read for a page; the files contain all
MAX_QUERY = 4_000  # characters
RESERVED_PARAMETERS = (
    "start",
    "end",
    "color",
    "panels",
    "page",
    "all",
    "size",
    "home",
)  # fields that are not dimensions


@dataclass(frozen=True)
class Choice:
    """What a reader chose of a dataflow. `is_default`: the query string is empty; `home` is then the institution's country."""

    selection: Selection
    color: str = ""
    panels: str = ""
    page: int = 1
    is_default: bool = False
    home: str = ""

    def codes_of(self, key: str) -> tuple[str, ...]:
        """Returns the codes chosen in a dimension; empty means all."""
        return dict(self.selection.codes).get(key, ())

    @property
    def map_selection(self) -> Selection:
        """What the map shows: the choice; of a choice that nobody made, all areas and periods, not just the chart's."""
        if not self.is_default:
            return self.selection
        return Selection(tuple((key, codes) for key, codes in self.selection.codes if key not in (AREA, TIME)))

    def query(self, **changes: Sequence[str]) -> str:
        """Returns the choice as a query string, with some dimensions changed."""
        codes = {**dict(self.selection.codes), **changes}
        fields = [(key, code) for key, chosen in codes.items() for code in chosen]
        fields += [("start", self.selection.start), ("end", self.selection.end)]
        fields += [("color", self.color), ("panels", self.panels)]
        return urlencode([field for field in fields if field[1]]) or "all=1"


def read_choice(structure: Structure, query: Mapping[str, list[str]], language: str, home: str = "") -> Choice:
    """Reads the choice from the fields of a query string. A code is given by its id or by its name in `language`.

    Raises UnknownName for an unknown field or code, BadInput for an invalid period or page.
    """
    flow = structure.dataflow
    if sum(len(name) + len(value) for name, values in query.items() for value in values) > MAX_QUERY:
        raise BadInput(
            N_("The address is too long."), fix=N_("Choose fewer codes. If no code is chosen, all are included.")
        )
    fields = {name: [value.strip() for value in values if value.strip()] for name, values in query.items()}
    for name in fields:
        if name not in flow.keys and name not in RESERVED_PARAMETERS:
            raise unknown_name(N_("dimension"), name[:80], flow.keys, where=flow.id)
    if not any(values for name, values in fields.items() if name not in ("size", "home")):
        return _default_choice(structure, home)
    codes = []
    for dimension in flow.dimensions:
        if chosen := fields.get(dimension.id):
            found = dict.fromkeys(_code(structure, dimension, value, language) for value in chosen)
            codes.append((dimension.id, tuple(found)))
    start, end = (_period(fields.get(name)) for name in ("start", "end"))
    if (start or end) and TIME not in flow.keys:
        raise unknown_name(N_("dimension"), TIME, flow.keys, where=flow.id)
    color, panels = (_dimension(structure, fields.get(name)) for name in ("color", "panels"))
    return Choice(Selection(tuple(codes), start, end), color, panels, _page(fields.get("page")))


def _default_choice(structure: Structure, home: str) -> Choice:
    chart = next(iter(structure.dataflow.charts), None)
    if chart is None:
        return Choice(Selection(()), is_default=True)
    where = tuple((key, codes) for key, codes in place_home(chart.where, home) if key in structure.dataflow.keys)
    return Choice(Selection(where), chart.color, chart.facet, is_default=True, home=home)


def _code(structure: Structure, dimension: Concept, value: str, language: str) -> str:
    codes = structure.code_list(dimension.code_list) if dimension.code_list else None
    if codes is None and not value.isprintable():  # no code has a control character, and SQL cannot hold all of them
        raise unknown_name(dimension.name.to(language), value[:80], (), where=dimension.id)
    if codes is None or value in codes:
        return value[:200]
    wanted = value.casefold()
    for code in codes:
        if wanted in (code.id.casefold(), code.name.to(language).casefold()):
            return code.id
    raise unknown_name(dimension.name.to(language), value[:80], [code.id for code in codes], where=dimension.id)


def _period(values: list[str] | None) -> str:
    text = values[0] if values else ""
    if text and not periods.period_start(text):
        raise BadInput(
            N_("“{text}” is not a valid period."), where=TIME, fix=N_("Write 2024 or 2024-05."), text=text[:40]
        )
    return text


def _dimension(structure: Structure, values: list[str] | None) -> str:
    if not values:
        return ""
    if values[0] not in structure.dataflow.keys:
        raise unknown_name(N_("dimension"), values[0][:80], structure.dataflow.keys)
    return values[0]


def _page(values: list[str] | None) -> int:
    text = values[0] if values else "1"
    if not text.isdecimal() or not 0 < int(text[:9]) <= MAX_ROWS:
        raise BadInput(N_("“{text}” is not a valid page number."), where="page", text=text[:40])
    return int(text)


@lru_cache(maxsize=8)  # an entry can take 15 MB
def select_rows(node: Node, release: Release, selection: Selection) -> tuple[Row, ...]:
    """Returns the first MOST_ROWS + 1 observations of a selection; cached, because a release never changes."""
    if release.rows <= MAX_ROWS:
        return tuple(node.observations(release, selection).to_pylist())
    keys = node.releases.structure(release).dataflow.keys
    table = _filter_table(node, release, selection)
    return tuple(node.engine.run(table.order_by(keys).limit(MAX_ROWS + 1)).to_pylist())


@lru_cache(maxsize=8)
def select_newest_rows(node: Node, release: Release, selection: Selection) -> tuple[Row, ...]:
    """Returns the newest observation of every series of a selection, at most MAX_ROWS + 1; without TIME_PERIOD, all."""
    keys = node.releases.structure(release).dataflow.keys
    if TIME not in keys:
        return select_rows(node, release, selection)
    series = [key for key in keys if key != TIME]
    newest = select_first_and_last(_filter_table(node, release, selection), series, TIME, 0, 1)
    return tuple(node.engine.run(newest.order_by(keys).limit(MAX_ROWS + 1)).to_pylist())


def _filter_table(node: Node, release: Release, selection: Selection) -> ir.Table:
    table = node.table(release)
    for key, codes in selection.codes:
        table = table.filter(table[key].isin(codes))
    if selection.start:
        table = table.filter(table[TIME] >= selection.start)
    if selection.end:
        table = table.filter(table[TIME] <= selection.end)
    return table


@lru_cache(maxsize=512)
def codes_in_use(node: Node, release: Release, key: str) -> tuple[str, ...]:
    """Lists the codes that a release uses in a dimension, in order."""
    used = node.engine.run(node.table(release).select(key).distinct())
    return tuple(sorted(str(code) for code in used.column(key).to_pylist()))
