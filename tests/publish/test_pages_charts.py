"""Charts and maps: drawn values, captions, localised numbers, and contrast on light and dark backgrounds."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bongsu.core.selection import Selection
from bongsu.publish.charts import chart_theme, maps, specifications
from bongsu.publish.charts.chart_caption import caption_of_rows
from bongsu.store.node import Node
from bongsu.store.tables.definitions import area_outlines, code_lists


@pytest.fixture(scope="module")
def node(starter: Path) -> Node:
    """The starter node, only read."""
    return Node(starter)


@pytest.fixture
def client(node: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client()


def test_charts_draw_the_values_of_the_release(client: Client, node: Node) -> None:
    for flow in node.releases.dataflows():
        release = node.releases.current(flow)
        for chart in node.releases.structure(release).dataflow.charts:
            base = f"/charts/{flow}/{release.number}/{chart.id}"
            spec = json.loads(client.get(f"{base}.ko.json").content)
            rows = specifications.chart_rows(node, release, chart)
            assert [row["OBS_VALUE"] for row in spec["data"]["values"]] == [row["OBS_VALUE"] for row in rows], base
            taken = list(csv.DictReader(io.StringIO(client.get(f"{base}.ko.csv").content.decode())))
            assert [float(r["OBS_VALUE"]) for r in taken if r["OBS_VALUE"]] == [
                row["OBS_VALUE"] for row in rows if row["OBS_VALUE"] is not None
            ]


def test_pictures_are_svg_and_png(client: Client) -> None:
    for chart in ("GRID_INTENSITY/1/carbon", "DATACENTRE_ELECTRICITY/1/world", "GRID_INTENSITY/1/map"):
        svg = client.get(
            f"/charts/{chart}.ko.svg?INDICATOR=CO2E_INTENSITY" if "map" in chart else f"/charts/{chart}.ko.svg"
        )
        assert svg.content.startswith(b"<svg")
        assert b"prefers-color-scheme:dark" in svg.content
    narrow = client.get("/charts/DATACENTRE_ELECTRICITY/1/world.en.svg?size=narrow").content
    assert int(re.search(rb'width="(\d+)', narrow)[1]) < 400  # type: ignore[index]
    assert client.get("/charts/GRID_INTENSITY/1/carbon.en.png").content.startswith(b"\x89PNG")


def test_vintages_are_drawn_in_separate_panels(client: Client) -> None:
    spec = json.loads(client.get("/charts/DATACENTRE_ELECTRICITY/1/world.en.json").content)
    assert spec["facet"]["field"] == "VINTAGE"
    assert "data" not in spec["spec"]  # a layer with data of its own would draw every vintage in each panel
    usa = json.loads(client.get("/charts/DATACENTRE_ELECTRICITY/1/usa.en.json").content)
    assert "LOWER_BOUND" in json.dumps(usa["spec"])  # intervals are drawn, not hidden


def test_flagged_values_are_not_drawn_as_normal(client: Client) -> None:
    spec = json.loads(client.get("/charts/GRID_INTENSITY/1/carbon.en.json").content)
    assert min(row["OBS_VALUE"] for row in spec["data"]["values"]) >= 5


def test_bars_are_grouped_and_not_stacked(node: Node) -> None:
    release = node.releases.current("EXPOSURE_BY_COUNTRY")
    chart = specifications.find_chart(node.releases.structure(release), "sexes")
    spec = specifications.release_specification(node, release, chart, "en")
    bars = next(layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "bar")
    assert bars["encoding"]["yOffset"]["field"] == "SEX"


def test_years_have_the_same_position_in_every_time_zone(node: Node) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    chart = specifications.find_chart(node.releases.structure(release), "world")
    spec = specifications.release_specification(node, release, chart, "en")
    assert {row["PERIOD_START"][4:] for row in spec["data"]["values"]} == {"-01-01T00:00:00Z"}
    assert spec["spec"]["layer"][0]["encoding"]["x"]["scale"] == {"type": "utc"}


def test_the_caption_of_a_chart_comes_from_its_rows(node: Node) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    structure = node.releases.structure(release)
    rows = specifications.chart_rows(node, release, specifications.find_chart(structure, "world"))
    told = caption_of_rows(structure, rows, "fr")
    assert told.unit == "térawattheures"
    assert told.boundary == "Site"
    assert told.kind == "Déclarée, Modélisée"
    assert told.vintage == "2025, 2026"
    assert "IEA, Energy and AI (April 2025)" in told.sources


def test_modelled_values_are_drawn_hollow(node: Node) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    structure = node.releases.structure(release)
    chart = specifications.find_chart(structure, "world")
    spec = specifications.release_specification(node, release, chart, "en")
    points = [layer for layer in spec["spec"]["layer"] if layer["mark"]["type"] == "point"]
    assert [(p["mark"]["filled"], p["transform"][0]["filter"]) for p in points] == [
        (True, "datum.made === false"),
        (False, "datum.made === true"),
    ]
    made = {(row["VINTAGE"], row["PERIOD_START"][:4]): row["made"] for row in spec["data"]["values"]}
    assert made["2025", "2024"] is False
    assert made["2025", "2030"] is True


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_numbers_in_a_chart_are_localised(node: Node, language: str) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    spec = specifications.release_specification(
        node, release, specifications.find_chart(node.releases.structure(release), "world"), language
    )
    decimal = {"en": ".", "ko": ".", "fr": ","}[language]
    assert spec["config"]["locale"]["number"]["decimal"] == decimal
    assert client_scenarios(spec) >= {{"en": "Base case", "ko": "기준", "fr": "Cas de base"}[language]}


def client_scenarios(spec: dict[str, Any]) -> set[str]:
    return {row["SCENARIO"] for row in spec["data"]["values"]}


# --- the map


def test_outlines_have_known_codes() -> None:
    names = code_lists()["CL_AREA"]
    assert len(area_outlines()) == 175
    assert not [code for code in area_outlines() if code not in names]
    for code, polygons in area_outlines().items():
        for ring in (ring for polygon in polygons for ring in polygon):
            assert ring[0] == ring[-1], code
            assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
    seoul = [126.98, 37.57]
    assert _inside(seoul, area_outlines()["KOR"])
    assert not _inside(seoul, area_outlines()["PRK"])
    assert _inside([36.82, -1.29], area_outlines()["KEN"])  # Nairobi


def test_outer_rings_run_clockwise() -> None:
    """With y pointing up; otherwise d3 fills the rest of the globe."""
    for code, polygons in area_outlines().items():
        for polygon in polygons:
            ring = polygon[0]
            area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
            assert area < 0, code


def _inside(point: list[float], polygons: Any) -> bool:
    """Returns whether a ray to the east crosses the outlines an odd number of times."""
    x, y = point
    crossings = 0
    for polygon in polygons:
        ring = polygon[0]
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
    return crossings % 2 == 1


def test_a_map_names_countries_in_the_readers_language(client: Client, node: Node) -> None:
    spec = json.loads(client.get("/charts/GRID_MIXES/1/map.ko.json?INDICATOR=CO2E_INTENSITY").content)
    found = {feature["id"]: feature["properties"] for feature in spec["data"]["values"]}
    assert found["KOR"] == {"name": "대한민국", "value": 417.06, "written": "417.1 g CO2e/kWh"}
    assert found["CAF"]["value"] is None  # flagged for review: never drawn as if it were normal
    assert "ATA" not in found
    release = node.releases.current("GRID_MIXES")
    rows = node.observations(release, Selection((("INDICATOR", ("CO2E_INTENSITY",)),))).to_pylist()
    values = {row["REF_AREA"]: row["OBS_VALUE"] for row in rows if row["OBS_STATUS"] == "A"}
    assert {code: p["value"] for code, p in found.items() if p["value"] is not None} == {
        code: value for code, value in values.items() if code in found
    }


def test_a_map_shows_the_newest_year_of_each_country(client: Client) -> None:
    """Without a choice too: the first chart shows seven countries, the map all of them."""
    for query in ("", "?all=1"):
        spec = json.loads(client.get(f"/charts/GRID_INTENSITY/1/map.en.json{query}").content)
        found = {feature["id"]: feature["properties"] for feature in spec["data"]["values"]}
        assert found["KOR"] == {"name": "South Korea", "value": 414.2726, "written": "414.3 g CO2e/kWh (2024)"}
        assert found["AFG"]["written"] == "123.7 g CO2e/kWh (2023)"
        assert found["CAF"]["value"] is None  # its newest value is flagged; one of 2012 is not of today
        assert "Newest value of each area, 2009 to 2024" in " ".join(spec["title"]["subtitle"])


def test_a_map_needs_one_value_an_area(client: Client) -> None:
    response = client.get("/charts/GRID_MIXES/1/map.en.svg?all=1", headers={"accept": "application/json"})
    assert response.status_code == 404
    assert "exactly one value per area" in response.json()["error"]["message"]


def test_class_breaks_are_quintiles() -> None:
    assert maps.class_breaks([float(n) for n in range(1, 101)]) == [20, 40, 60, 80]
    assert maps.class_breaks([1234.0, 2345.0, 3456.0, 4567.0, 5678.0]) == [1200, 2300, 3500, 4600]
    assert maps.class_breaks([7.0, 7.0, 7.0]) == [7]
    assert maps.class_breaks([]) == []


# --- colours


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's checker


@pytest.mark.parametrize("paper", [0, 1], ids=["light", "dark"])
def test_every_colour_has_enough_contrast(paper: int) -> None:
    for pair in chart_theme.SERIES_COLOURS:
        assert contrast(pair[paper], chart_theme.PAPER[paper]) >= 3, pair  # WCAG 1.4.11
    for pair in (chart_theme.INK, chart_theme.MUTED):
        assert contrast(pair[paper], chart_theme.PAPER[paper]) >= 4.5, pair  # WCAG 1.4.3
    lights = [luminance(pair[paper]) for pair in chart_theme.MAP_COLOURS]
    assert lights in (sorted(lights), sorted(lights, reverse=True))  # from low to high, also in grey


def test_a_picture_has_dark_colours() -> None:
    svg = chart_theme.add_dark_style(
        f'<svg width="9"><path fill="{chart_theme.SERIES_COLOURS[0][0]}"/><text fill="{chart_theme.INK[0]}">x</text></svg>'
    )
    style = svg[svg.index("<style>") : svg.index("</style>")]
    assert "@media screen and (prefers-color-scheme:dark)" in style
    assert f'[fill="{chart_theme.INK[0]}"]{{fill:{chart_theme.INK[1]}}}' in style
    assert f'[fill="{chart_theme.SERIES_COLOURS[0][0]}"]{{fill:{chart_theme.SERIES_COLOURS[0][1]}}}' in style
    assert chart_theme.SERIES_COLOURS[1][1] not in style  # only colours that occur in the picture


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_a_chart_is_drawn_in_the_colours_of_the_light_scheme(node: Node, language: str) -> None:
    """A style replaces them on a dark background; a colour of the dark scheme would stay as it is."""
    dark = {pair[1] for pair in (chart_theme.PAPER, chart_theme.INK, chart_theme.MUTED, chart_theme.LINE, chart_theme.NO_DATA,
                                 *chart_theme.SERIES_COLOURS, *chart_theme.MAP_COLOURS)}  # fmt: skip
    light = {pair[0] for pair in chart_theme.MAP_COLOURS}  # one colour of the map is of both schemes
    for flow in node.releases.dataflows():
        release = node.releases.current(flow)
        for chart in node.releases.structure(release).dataflow.charts:
            text = json.dumps(specifications.release_specification(node, release, chart, language))
            assert not set(re.findall(r"#[0-9a-f]{6}", text)) & (dark - light), (flow, chart.id)


def test_a_legend_is_two_columns_wide_on_a_phone_and_four_elsewhere(node: Node) -> None:
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    chart = specifications.find_chart(node.releases.structure(release), "world")
    for size, columns in (("narrow", 2), ("wide", 4)):
        spec = specifications.release_specification(node, release, chart, "en", size)
        found = re.findall(r'"legend": {[^}]*"columns": (\d)', json.dumps(spec))
        assert set(found) == {str(columns)}, size


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_style_sheet_colours_have_enough_contrast(scheme: str) -> None:
    sheet = (Path(chart_theme.__file__).parents[2] / "web/static/bongsu/style.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", part)) for part in sheet.split("/* base */")[0].split("@media")
    )
    token = {**light, **(dark if scheme == "dark" else {})}
    for text in ("ink", "quiet", "link", "beacon", "good", "energy", "work", "commons"):
        for ground in ("paper", "ground"):
            assert contrast(token[text], token[ground]) >= 4.5, (text, ground)
    assert contrast(token["on-night"], token["night"]) >= 7
    assert contrast(token["edge"], token["paper"]) >= 3  # the border of a field
    assert token["paper"] == chart_theme.PAPER[scheme == "dark"]
    rest = sheet.split("/* base */")[1]
    written = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", rest)) - {"#ffffff", "#000000"}
    assert not written  # style sheet colours only; pictures and print have a white background


def test_lines_are_as_wide_as_asked_in_every_script() -> None:
    """Thirty Latin letters or fifteen Korean ones; no line is shorter than a few words need."""
    latin, korean = chart_theme.wrap_text("lorem ipsum " * 20, 30), chart_theme.wrap_text("가나 다라마 " * 20, 30)
    assert max(map(len, latin)) in range(24, 31)
    assert max(map(len, korean)) in range(11, 20)
    assert len(latin) > 5
    assert len(korean) > 5
    assert chart_theme.wrap_text("", 30) == []


def test_an_axis_names_its_unit_unless_it_has_none() -> None:
    assert specifications._with_unit("Emissions", "Mt CO2e") == "Emissions (Mt CO2e)"
    assert specifications._with_unit("Share", "1") == "Share"
