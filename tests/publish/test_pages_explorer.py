"""The explorer: parsing of choices, selection of charts, tables, and figures in each language."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, VALUE
from bongsu.publish.charts import explorer_query
from bongsu.publish.charts.chart_selection import ChartSelection, select_chart
from bongsu.publish.formats import figures, html_tables, periods
from bongsu.publish.pages import code_snippets, explorer_page
from bongsu.store.node import Node


@pytest.fixture(scope="module")
def node(starter: Path) -> Node:
    """The starter node, only read."""
    return Node(starter)


def asked(
    node: Node, flow: str, query: str
) -> tuple[explorer_query.Choice, tuple[explorer_query.Row, ...], ChartSelection]:
    release = node.releases.current(flow)
    structure = node.releases.structure(release)
    choice = explorer_query.read_choice(structure, parse_qs(query), "en")
    rows = explorer_query.select_rows(node, release, choice.selection)
    return choice, rows, select_chart(structure, choice, rows)


def test_the_default_choice_is_the_first_chart(node: Node) -> None:
    choice, rows, selected = asked(node, "GRID_INTENSITY", "")
    assert choice.is_default
    assert {row["INDICATOR"] for row in rows} == {"CO2E_INTENSITY"}
    assert selected.chart is not None
    assert selected.chart.id == "carbon"
    assert {row["REF_AREA"] for row in selected.rows} == {"WORLD", "CHN", "DEU", "FRA", "IND", "USA"}
    assert len(selected.rows) == 6 * 25
    assert asked(node, "GRID_INTENSITY", "size=narrow")[0].is_default  # the same picture on a phone


def test_codes_are_given_by_id_or_by_name(node: Node) -> None:
    for query in ("REF_AREA=KOR&REF_AREA=FRA", "REF_AREA=south korea&REF_AREA=France"):
        choice, rows, _ = asked(node, "GRID_INTENSITY", query)
        assert choice.codes_of("REF_AREA") == ("KOR", "FRA")
        assert {row["REF_AREA"] for row in rows} == {"KOR", "FRA"}
    with pytest.raises(UnknownName, match="Did you mean KOR"):
        asked(node, "GRID_INTENSITY", "REF_AREA=KORR")


def test_periods_are_bounds(node: Node) -> None:
    _, rows, selected = asked(node, "AI_POSTINGS", "REF_AREA=USA&start=2025-01&end=2025-12")
    assert [row[TIME] for row in rows] == [f"2025-{month:02}" for month in range(1, 13)]
    assert selected.chart is not None
    assert (selected.chart.mark, selected.chart.x) == ("line", TIME)


def test_vintages_get_panels_of_their_own(node: Node) -> None:
    _, _, selected = asked(node, "DATACENTRE_ELECTRICITY", "PUBLISHER=IEA&REF_AREA=WORLD")
    assert selected.chart is not None
    assert selected.chart.facet == "VINTAGE"
    _, _, same = asked(node, "DATACENTRE_ELECTRICITY", "PUBLISHER=IEA&REF_AREA=WORLD&color=VINTAGE&panels=SCENARIO")
    assert same.chart is not None
    assert (same.chart.color, same.chart.facet) == ("VINTAGE", "SCENARIO")


def test_units_are_never_on_one_axis(node: Node) -> None:
    _, rows, selected = asked(node, "GRID_MIXES", "REF_AREA=KOR&REF_AREA=FRA")
    assert {row["UNIT_MEASURE"] for row in rows} == {"g CO2e/kWh", "L/kWh"}
    assert selected.chart is not None
    assert selected.chart.facet == "INDICATOR"


def test_mixed_units_without_an_indicator_are_not_drawn(node: Node) -> None:
    structure = node.releases.structure(node.releases.current("GRID_MIXES"))
    choice, rows, whole = asked(node, "GRID_MIXES", "INDICATOR=CO2E_INTENSITY&REF_AREA=KOR&REF_AREA=FRA")
    assert whole.chart is not None
    mixed = [{**row, "UNIT_MEASURE": "L/kWh"} if row["REF_AREA"] == "FRA" else row for row in rows]
    found = select_chart(structure, choice, mixed)
    assert (found.chart, found.open_dimensions) == (None, ("REF_AREA",))


def test_overlapping_observations_are_not_drawn(node: Node) -> None:
    _, _, selected = asked(node, "DATACENTRE_ELECTRICITY", "all=1")
    assert selected.chart is None
    assert "PUBLISHER" in selected.open_dimensions


def test_flagged_values_are_only_in_the_table(node: Node) -> None:
    _, rows, selected = asked(node, "GRID_MIXES", "REF_AREA=CAF&REF_AREA=KOR&INDICATOR=CO2E_INTENSITY")
    assert {row["REF_AREA"] for row in rows} == {"CAF", "KOR"}
    assert {row["REF_AREA"] for row in selected.rows} == {"KOR"}


@settings(max_examples=30)
@given(data=st.data())
def test_marks_never_overlap(node: Node, data: st.DataObject) -> None:
    flow = data.draw(st.sampled_from(node.releases.dataflows()))
    release = node.releases.current(flow)
    structure = node.releases.structure(release)
    fields: list[str] = ["all=1"]
    for key in structure.dataflow.keys:
        used = explorer_query.codes_in_use(node, release, key)
        if key != TIME:
            fields += [f"{key}={code}" for code in data.draw(st.lists(st.sampled_from(used), max_size=3))]
    for wish in ("color", "panels"):
        fields.append(f"{wish}={data.draw(st.sampled_from(('', *structure.dataflow.keys)))}")
    choice, rows, selected = asked(node, flow, "&".join(fields))
    if selected.chart is None:
        assert selected.open_dimensions or not [row for row in rows if row["OBS_STATUS"] != "V"]
        return
    chart = selected.chart
    axes = [c for c in (chart.x, chart.y, chart.color, chart.facet) if c and c not in NUMERIC_COLUMNS]
    assert len({tuple(row[c] for c in axes) for row in selected.rows}) == len(selected.rows)
    panels = {(row.get(chart.facet), row["UNIT_MEASURE"]) for row in selected.rows}
    assert len(panels) == len({panel for panel, _ in panels})  # one unit per panel
    again = explorer_query.read_choice(structure, parse_qs(choice.query()), "en")
    assert again.selection == choice.selection


_FIELDS = st.sampled_from(
    ("REF_AREA", "ENTRY", "INDICATOR", "TIME_PERIOD", "start", "end", "color", "panels", "page", "all")
)
_VALUES = st.one_of(
    st.text(max_size=12), st.sampled_from(("KOR", "2024", "2024-05", "1", "VINTAGE", "\0", "*", "'; --"))
)


@settings(max_examples=60)
@example("EXPOSURE_BY_COUNTRY", {"TIME_PERIOD": ["\0"]})  # a free dimension of a release too large to be read whole
@given(
    flow=st.sampled_from(("GRID_INTENSITY", "AI_POSTINGS", "COMMONS_CATALOGUE", "EXPOSURE_BY_COUNTRY")),
    fields=st.dictionaries(_FIELDS, st.lists(_VALUES, min_size=1, max_size=2), max_size=4),
)
def test_every_choice_is_answered_or_refused(node: Node, flow: str, fields: dict[str, list[str]]) -> None:
    release = node.releases.current(flow)
    structure = node.releases.structure(release)
    try:
        choice = explorer_query.read_choice(structure, fields, "ko")
    except BadInput:
        return
    rows = explorer_query.select_rows(node, release, choice.selection)
    found = select_chart(structure, choice, rows)
    assert found.chart is None or found.rows


def test_a_table_lists_shared_values_once(node: Node) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    structure = node.releases.structure(release)
    _, rows, _ = asked(node, "DATACENTRE_ELECTRICITY", "PUBLISHER=LBNL&VINTAGE=2024")
    html = html_tables.observation_table(structure, rows, "fr", "Essai & <b>")
    assert "Essai &amp; &lt;b&gt;" in html
    assert "Unité\N{NO-BREAK SPACE}: TWh" in html
    assert html.count("<tr>") == len(rows) + 1
    assert '<td class="number">–</td>' in html  # a range without a value: no midpoint is computed


def test_a_charts_table_has_its_colours_as_columns(node: Node) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    structure = node.releases.structure(release)
    chart = structure.dataflow.charts[0]
    _, rows, _ = asked(node, "DATACENTRE_ELECTRICITY", "PUBLISHER=IEA&REF_AREA=WORLD")
    html = html_tables.chart_table(structure, chart, rows, "ko", "표")
    assert html.count('<th scope="col" class="number">') == len({row["SCENARIO"] for row in rows})
    assert '<th scope="row">2030</th><td class="number">945</td>' in html


# --- figures in each language


@pytest.mark.parametrize(
    ("value", "en", "ko", "fr"),
    [
        (1234.5, "1,234.5", "1,234.5", "1\u202f234,5"),
        (0.32294, "0.3229", "0.3229", "0,3229"),
        (59_300_000.0, "59,300,000", "59,300,000", "59\u202f300\u202f000"),
        (0.0, "0", "0", "0"),
        (-4.75, "-4.75", "-4.75", "-4,75"),
        (None, "–", "–", "–"),
    ],
)
def test_numbers(value: float | None, en: str, ko: str, fr: str) -> None:
    if value == 1234.5:
        en, ko, fr = "1,234", "1,234", "1\u202f234"  # four significant digits; halves are rounded to even
    assert [figures.format_number(value, language) for language in ("en", "ko", "fr")] == [en, ko, fr]


@pytest.mark.parametrize(
    ("period", "start", "en", "ko", "fr"),
    [
        ("2024", "2024-01-01T00:00:00Z", "2024", "2024", "2024"),
        ("2024-05", "2024-05-01T00:00:00Z", "May 2024", "2024년 5월", "mai 2024"),
        ("2024-Q3", "2024-07-01T00:00:00Z", "Q3 2024", "2024년 3분기", "T3 2024"),
        ("2024-05-31", "2024-05-31T00:00:00Z", "May 31, 2024", "2024. 5. 31.", "31 mai 2024"),
        ("soon", "", "soon", "soon", "soon"),
        ("2024-13", "", "2024-13", "2024-13", "2024-13"),
    ],
)
def test_periods(period: str, start: str, en: str, ko: str, fr: str) -> None:
    assert periods.period_start(period) == start
    assert [periods.format_period(period, language) for language in ("en", "ko", "fr")] == [en, ko, fr]


def test_days() -> None:
    written = [periods.format_day("2026-11-25T08:00:00Z", language) for language in ("en", "ko", "fr")]
    assert written == ["25 November 2026", "2026년 11월 25일", "25 novembre 2026"]


@pytest.mark.parametrize("text", ["2024-13", "24", "2024-1", "now", "2024-05-32"])
def test_a_wrong_period_is_refused(node: Node, text: str) -> None:
    with pytest.raises(BadInput, match="is not a valid period"):
        asked(node, "AI_POSTINGS", f"start={text}")


def test_few_codes_are_boxes_and_many_are_typed_with_suggestions(node: Node) -> None:
    """Of many codes only the chosen ones are boxes."""
    release = node.releases.current("GRID_MIXES")
    choice = explorer_query.read_choice(node.releases.structure(release), parse_qs("REF_AREA=KOR"), "en")
    controls = {one.id: one for one in explorer_page.explorer_context(node, release, choice, "en")["controls"]}
    assert [(code, ticked) for code, _, ticked in controls["REF_AREA"].boxes] == [("KOR", True)]
    assert "France" in controls["REF_AREA"].offers
    few = next(one for one in controls.values() if one.codes < 10)
    assert (len(few.boxes), few.offers) == (few.codes, "")


def test_every_tool_gets_the_same_address(node: Node) -> None:
    release = node.releases.current("AI_POSTINGS")
    flow = node.releases.structure(release).dataflow
    choice, _, _ = asked(node, "AI_POSTINGS", "REF_AREA=USA&start=2025-01")
    where = code_snippets.sdmx_csv_address("http://node", "TEST", flow, choice.selection)
    assert where == (
        "http://node/sdmx/data/dataflow/TEST/AI_POSTINGS/+/*"
        "?c%5BREF_AREA%5D=USA&c%5BTIME_PERIOD%5D=ge%3A2025-01&format=csv"
    )
    for use in code_snippets.list_snippets(where, flow):
        assert f'"{where}"' in use.lines
        assert VALUE in use.lines or use.tool == "R"


@pytest.mark.parametrize(
    "query", ["all=1", "REF_AREA=KOR&REF_AREA=FRA", "SEX=F&start=2020&end=2024", "REF_AREA=KEN&SEX=_T"]
)
def test_only_the_rows_of_a_page_are_read(node: Node, query: str) -> None:
    release = node.releases.current("EXPOSURE_BY_COUNTRY")
    assert release.rows > explorer_query.MAX_ROWS
    choice, rows, _ = asked(node, "EXPOSURE_BY_COUNTRY", query)
    whole = node.observations(release, choice.selection).to_pylist()
    assert list(rows) == whole[: explorer_query.MAX_ROWS + 1]
