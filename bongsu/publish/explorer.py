"""A reader's choice of a dataflow, read from the query of an address: which codes, which periods, how to draw them.

The form's fields are the dimensions' own ids, so an address can be written by hand, kept and sent: ?REF_AREA=KOR&start=2024.
Without a choice the reader sees what the dataflow's first chart shows. A chart is drawn only where its axes, colours and
panels tell every observation from every other; otherwise the reader is told what to choose, and nothing is summed,
averaged or drawn over. Left out: HTML (pages.py) and the looks (charts.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from bongsu.core.errors import N_, BadInput, unknown
from bongsu.core.question import Selection
from bongsu.core.release import Release
from bongsu.core.structure import TIME, VALUE, Chart, Concept, Structure
from bongsu.core.text import LANGUAGES, Text
from bongsu.publish import charts, periods
from bongsu.store.node import Node

Row = dict[str, Any]
MOST_ROWS = 5_000  # read for one page; the files hold all
MOST_QUERY = 4_000  # letters
_SERIES, _BARS, _PANELS = 8, 40, 12  # drawn at most
_FLAGGED = "V"  # published for review; never drawn as if it were normal
OWN = ("start", "end", "color", "panels", "page", "all", "size")  # fields beside the dimensions


@dataclass(frozen=True)
class Choice:
    """What a reader chose of a dataflow. `untouched` where the address says nothing."""

    selection: Selection
    color: str = ""
    panels: str = ""
    page: int = 1
    untouched: bool = False

    def chosen(self, key: str) -> tuple[str, ...]:
        """The codes chosen in a dimension; none for all."""
        return dict(self.selection.codes).get(key, ())

    def query(self, **changes: Sequence[str]) -> str:
        """The choice as the query of an address, with some dimensions changed."""
        codes = {**dict(self.selection.codes), **changes}
        fields = [(key, code) for key, chosen in codes.items() for code in chosen]
        fields += [("start", self.selection.start), ("end", self.selection.end)]
        fields += [("color", self.color), ("panels", self.panels)]
        return urlencode([field for field in fields if field[1]]) or "all=1"


def read(structure: Structure, query: Mapping[str, list[str]], language: str) -> Choice:
    """The choice in the fields of a query. A code is taken by its id or by its name in `language`.

    Raises UnknownName for a field or a code that the dataflow does not have, BadInput for a wrong period or page.
    """
    flow = structure.dataflow
    if sum(len(name) + len(value) for name, values in query.items() for value in values) > MOST_QUERY:
        raise BadInput(N_("The address is too long."), fix=N_("Choose fewer codes; none means all."))
    fields = {name: [value.strip() for value in values if value.strip()] for name, values in query.items()}
    for name in fields:
        if name not in flow.keys and name not in OWN:
            raise unknown(N_("dimension"), name[:80], flow.keys, where=flow.id)
    if not any(values for name, values in fields.items() if name != "size"):
        return _first(structure)
    codes = []
    for dimension in flow.dimensions:
        if chosen := fields.get(dimension.id):
            found = dict.fromkeys(_code(structure, dimension, value, language) for value in chosen)
            codes.append((dimension.id, tuple(found)))
    start, end = (_period(fields.get(name)) for name in ("start", "end"))
    color, panels = (_dimension(structure, fields.get(name)) for name in ("color", "panels"))
    return Choice(Selection(tuple(codes), start, end), color, panels, _page(fields.get("page")))


def _first(structure: Structure) -> Choice:
    chart = next(iter(structure.dataflow.charts), None)
    where = tuple((key, codes) for key, codes in chart.where if key in structure.dataflow.keys) if chart else ()
    return Choice(Selection(where), chart.color if chart else "", chart.facet if chart else "", untouched=True)


def _code(structure: Structure, dimension: Concept, value: str, language: str) -> str:
    codes = structure.code_list(dimension.code_list) if dimension.code_list else None
    if codes is None or value in codes:
        return value[:200]
    wanted = value.casefold()
    for code in codes:
        if wanted in (code.id.casefold(), code.name.to(language).casefold()):
            return code.id
    raise unknown(dimension.name.to(language), value[:80], [code.id for code in codes], where=dimension.id)


def _period(values: list[str] | None) -> str:
    text = values[0] if values else ""
    if text and not periods.start(text):
        raise BadInput(N_("“{text}” is no period."), where=TIME, fix=N_("Write 2024 or 2024-05."), text=text[:40])
    return text


def _dimension(structure: Structure, values: list[str] | None) -> str:
    if not values:
        return ""
    if values[0] not in structure.dataflow.keys:
        raise unknown(N_("dimension"), values[0][:80], structure.dataflow.keys)
    return values[0]


def _page(values: list[str] | None) -> int:
    text = values[0] if values else "1"
    if not text.isdecimal() or not 0 < int(text[:9]) <= MOST_ROWS:
        raise BadInput(N_("“{text}” is no page number."), where="page", text=text[:40])
    return int(text)


@lru_cache(maxsize=8)  # each may hold 15 MB
def rows(node: Node, release: Release, selection: Selection) -> tuple[Row, ...]:
    """The first MOST_ROWS + 1 observations that the selection keeps; a release never changes, so they are kept too."""
    found: list[Row] = []
    for batch in node.stream(release, selection):
        found += islice(batch.to_pylist(), MOST_ROWS + 1 - len(found))
        if len(found) > MOST_ROWS:
            break
    return tuple(found)


@lru_cache(maxsize=512)
def codes_in_use(node: Node, release: Release, key: str) -> tuple[str, ...]:
    """The codes that a release has in a dimension, in order."""
    used = node.engine.run(node.table(release).select(key).distinct())
    return tuple(sorted(str(code) for code in used.column(key).to_pylist()))


def varying(structure: Structure, shown: Sequence[Row]) -> dict[str, int]:
    """The dimensions in which the observations differ, and by how many codes."""
    counts = {key: len({row[key] for row in shown}) for key in structure.dataflow.keys}
    return {key: count for key, count in counts.items() if count > 1}


@dataclass(frozen=True)
class Drawable:
    """A chart of a choice and the observations it draws; or no chart, and the dimensions of which to choose one code.

    `left_out` counts the series or bars for which there was no room.
    """

    chart: Chart | None
    rows: tuple[Row, ...] = ()
    left_out: int = 0
    choose: tuple[str, ...] = ()


def drawable(structure: Structure, choice: Choice, shown: Sequence[Row]) -> Drawable:
    """How the observations of a choice can be drawn: over time as lines, else as bars."""
    shown = tuple(row for row in shown if row["OBS_STATUS"] != _FLAGGED)
    if not shown:
        return Drawable(None)
    if choice.untouched and structure.dataflow.charts:
        own = structure.dataflow.charts[0]
        top = tuple(charts.largest(shown, own.top))
        return Drawable(own, top, len(shown) - len(top))
    free = varying(structure, shown)
    apart = "INDICATOR" if len({row["UNIT_MEASURE"] for row in shown}) > 1 else ""  # several units need panels
    places = [key for key in free if key != apart] or [key for key in structure.dataflow.keys if key != apart]
    along = TIME if TIME in free else max(places, key=lambda key: free.get(key, 0))
    others = [key for key in free if key != along]
    vintages = "VINTAGE" if "VINTAGE" in others else ""
    panels = _pick(others, "" if apart else choice.panels, free, _PANELS, apart or vintages)
    others = [key for key in others if key != panels]
    color = _pick(others, choice.color, free, 10_000, max(others, key=lambda key: free[key], default=""))
    others = [key for key in others if key != color]
    if not panels and others:
        panels = _pick(others, "", free, _PANELS, min(others, key=lambda key: free[key]))
        others = [key for key in others if key != panels]
    if others or not _tells_apart(shown, along, color, panels):
        return Drawable(None, choose=tuple(others) or tuple(key for key in free if key not in (along, color)))
    across = along != TIME
    x, y = (VALUE, along) if across else (along, VALUE)
    chart = Chart("explore", _title(structure, shown), "bar" if across else "line", x, y, color, panels)
    kept = _largest(shown, along if across and free.get(along, 0) > _BARS else "", _BARS)
    kept = _largest(kept, color if free.get(color, 0) > _SERIES else "", _SERIES)
    left_out = len({(row[along], row.get(color)) if across else row.get(color) for row in shown})
    left_out -= len({(row[along], row.get(color)) if across else row.get(color) for row in kept})
    return Drawable(chart, kept, left_out)


def _pick(others: Sequence[str], wished: str, free: Mapping[str, int], most: int, otherwise: str) -> str:
    if wished in others and free[wished] <= most:
        return wished
    return otherwise if otherwise in others and free[otherwise] <= most else ""


def _tells_apart(shown: Sequence[Row], along: str, color: str, panels: str) -> bool:
    keys = {tuple(row.get(key) for key in (along, color, panels)) for row in shown}
    units = {(row.get(panels), row["UNIT_MEASURE"]) for row in shown}
    return len(keys) == len(shown) and len(units) == len({panel for panel, _ in units})


def _largest(shown: tuple[Row, ...], key: str, most: int) -> tuple[Row, ...]:
    """The observations of the `most` codes of `key` whose newest values are the largest; all of them without a key."""
    if not key:
        return shown
    newest: dict[str, float] = {}
    for row in sorted(shown, key=lambda row: row.get(TIME, "")):
        if row[VALUE] is not None:
            newest[row[key]] = row[VALUE]
    kept = set(sorted(newest, key=lambda code: -newest[code])[:most])
    return tuple(row for row in shown if row[key] in kept)


def constants(structure: Structure, shown: Sequence[Row], language: str) -> list[tuple[str, str]]:
    """(dimension, name) of what all observations share, in the reader's language."""
    free = varying(structure, shown)
    first = shown[0] if shown else {}
    return [
        (dimension.name.to(language), periods.written(name, language) if dimension.id == TIME else name)
        for dimension in structure.dataflow.dimensions
        if first and dimension.id not in free
        for name in [structure.name_of(dimension.id, first[dimension.id], language)]
    ]


def _title(structure: Structure, shown: Sequence[Row]) -> Text:
    """The dataflow's name and what all observations share, apart from codes that mean “all”."""
    free = varying(structure, shown)
    shared = [key for key in structure.dataflow.keys if key not in free and shown[0][key] not in ("_T", "_Z")]

    def to(language: str) -> str:
        names = [structure.name_of(key, shown[0][key], language) for key in shared]
        return ": ".join(
            [structure.dataflow.name.to(language), ", ".join(names)]
            if names
            else [structure.dataflow.name.to(language)]
        )

    return Text(**{language: to(language) for language in LANGUAGES})


def mapped(structure: Structure, shown: Sequence[Row]) -> tuple[Row, ...]:
    """The newest value of each area among the observations; flagged ones left out. Still many where more than time varies."""
    newest: dict[tuple[Any, ...], Row] = {}
    keys = [key for key in structure.dataflow.keys if key != TIME]
    for row in sorted(shown, key=lambda row: row.get(TIME, "")):
        if row["OBS_STATUS"] != _FLAGGED:
            newest[tuple(row[key] for key in keys)] = row
    return tuple(newest.values())


def map_title(structure: Structure, shown: Sequence[Row]) -> Text:
    """The title of a map of `shown`."""
    return _title(structure, shown)


def one_map(structure: Structure, choice: Choice, shown: Sequence[Row]) -> Choice:
    """The choice with one code in every dimension but area and time, so that a map can be drawn."""
    free = varying(structure, shown)
    chosen = dict(choice.selection.codes)
    for key in free:
        if key not in ("REF_AREA", TIME):
            chosen[key] = (shown[0][key],)
    return replace(choice, selection=replace(choice.selection, codes=tuple(chosen.items())), untouched=False)
