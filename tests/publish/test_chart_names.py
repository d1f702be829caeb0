"""Names of dimensions and codes with characters that mean something in Vega's expressions are drawn."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest

from bongsu.core.codes import Code, CodeList
from bongsu.core.structure import Chart, Concept, Structure
from bongsu.core.text import Text
from bongsu.publish.charts import specifications
from bongsu.publish.charts.chart_theme import tooltip_title
from bongsu.publish.charts.render_worker import render_picture
from bongsu.store.releases.observations import to_table
from bongsu.store.tables.definitions import code_lists
from tests.store.drafts import flow, rows

NAMES = (
    'Firms, "small"',
    "Part\\whole",
    'A \\" b',
    "ends with \\",
    "U.S. firms",
    "size[0]",
    "it's ]",
    "two\nlines",
    "a\u2028b",
    "{x} ${y} `z`",
)


def structure(name: str) -> Structure:
    """A dataflow with a dimension, and codes, of this name."""
    codes = CodeList("CL_SIZE", "1", Text("Sizes"), (Code("S", Text(name)), Code("L", Text(f"{name} 2"))))
    made = flow()
    size = Concept("SIZE", Text(name), Text(name), "CL_SIZE")
    return Structure(replace(made, dimensions=(*made.dimensions, size)), (codes, code_lists()["CL_KIND"]))


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_with_any_name_is_drawn(name: str) -> None:
    described = structure(name)
    shown = to_table(
        described.dataflow, [{**row, "SIZE": size} for row, size in zip(rows(4), "SLSL", strict=True)]
    ).to_pylist()
    charts = [
        Chart("a", Text(name), "bar", "SIZE", "OBS_VALUE", color="SIZE"),
        Chart("b", Text(name), "bar", "OBS_VALUE", "REF_AREA", color="SIZE"),
        Chart("c", Text(name), "line", "TIME_PERIOD", "OBS_VALUE", color="SIZE", facet="SIZE"),
        Chart("d", Text(name), "dot", "OBS_VALUE", "SIZE"),
    ]
    for chart in charts:
        drawn = render_picture(specifications.chart_specification(described, chart, shown, "en"), "svg").decode()
        assert " ".join(name.split()) in " ".join(html.unescape(drawn).split()), chart.id


def test_a_title_of_a_tooltip_is_escaped() -> None:
    assert [tooltip_title(name) for name in NAMES[:4]] == [
        'Firms, "small"',
        "Part\\\\whole",
        'A \\\\" b',
        "ends with \\\\",
    ]
    assert tooltip_title("two\n lines") == "two lines"
