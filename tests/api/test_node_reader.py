"""Tests of the Python interface: the manual's examples, all kinds of tables, and errors that suggest near names."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import bongsu
from bongsu.core.errors import BadInput, Missing, PartMissing, UnknownName
from bongsu.energy.estimate.values.value_text import format_significant
from bongsu.store.node import Node

MANUAL = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_examples_of_the_manual_run(starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node").symlink_to(starter)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", MANUAL, re.S):
        exec(block, names)


def test_every_public_name_is_in_the_manual() -> None:
    for name in set(bongsu.__all__) - {"__version__"}:
        assert f"bongsu.{name}" in MANUAL, name
        assert getattr(bongsu, name)
    with pytest.raises(AttributeError, match="opened"):
        bongsu.opened  # noqa: B018


def test_every_kind_of_table_has_the_same_observations(starter: Path) -> None:
    flow = bongsu.open(starter)["grid_mixes"]
    where = "REF_AREA=KOR,FRA; INDICATOR=CO2E_INTENSITY"
    expected = Node(starter).observations(Node(starter).releases.current("GRID_MIXES")).to_pylist()
    rows = flow.arrow(where).to_pylist()
    assert rows == [r for r in expected if r["REF_AREA"] in ("KOR", "FRA") and r["INDICATOR"] == "CO2E_INTENSITY"]
    assert len(rows) == 2
    frame = flow.pandas(where)
    assert frame.OBS_VALUE.tolist() == [row["OBS_VALUE"] for row in rows]
    assert frame.attrs["release"] == 1
    assert frame.attrs["licences"]
    assert flow.polars(where).to_dicts() == rows
    relation = flow.duckdb(where)
    assert relation.columns == list(rows[0])
    assert relation.fetchall() == [tuple(row.values()) for row in rows]
    assert flow.arrow().num_rows == flow.current.rows == len(expected)


def test_labels_are_names_in_the_language_of_the_node(starter: Path) -> None:
    for language, name in (("en", "South Korea"), ("ko", "대한민국"), ("fr", "Corée du Sud")):
        table = bongsu.open(starter, language=language)["GRID_INTENSITY"].arrow("REF_AREA=KOR", labels=True)
        assert set(table.column("REF_AREA_LABEL").to_pylist()) == {name}
        assert table.column_names.index("REF_AREA_LABEL") == table.column_names.index("REF_AREA") + 1


def test_withdrawn_releases_are_listed_and_not_current(node: Node) -> None:
    flow = bongsu.open(node.root)["GRID_INTENSITY"]
    assert flow.current.number == 1
    node.releases.withdraw("GRID_INTENSITY", 1, "wrong year")
    (release,) = bongsu.open(node.root)["GRID_INTENSITY"].releases
    assert release.withdrawn == "wrong year"
    assert "wrong year" in release._repr_html_()
    with pytest.raises(Exception, match="withdrawn"):
        _ = bongsu.open(node.root)["GRID_INTENSITY"].current


def test_a_day_chooses_the_release_and_a_repr_names_the_thing(starter: Path) -> None:
    node = bongsu.open(starter, language="ko")
    flow = node["GRID_INTENSITY"]
    assert flow.as_of("2999-12-31").number == flow.current.number == 1
    with pytest.raises(Missing):
        flow.as_of("2000-01-01")
    assert repr(node) == f"<bongsu node “{node.name}”: {len(node)} dataflows>"
    assert repr(flow) == f"<bongsu dataflow GRID_INTENSITY: {flow.name}>"
    assert flow.name == "연도별 전력의 탄소 집약도"


def test_tables_have_no_labels_unless_asked(starter: Path) -> None:
    flow = bongsu.open(starter)["GRID_INTENSITY"]
    assert flow.current.dataflow == flow.id == "GRID_INTENSITY"
    for reader in (flow, flow.current):
        for table in (reader.pandas(), reader.polars(), reader.duckdb()):
            assert not [name for name in table.columns if name.endswith("_LABEL")]
        assert not [name for name in reader.arrow().column_names if name.endswith("_LABEL")]


def test_a_notebook_shows_the_first_ten_observations(starter: Path) -> None:
    release = bongsu.open(starter)["GRID_INTENSITY"].current
    *_, table = release._repr_html_().split("<table")
    whole = release.arrow()
    _, *rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in table.split("<tr>")[1:]]  # after the heading
    assert [row[0] for row in rows] == whole.column(0).to_pylist()[:10]
    assert [row[1] for row in rows] == whole.column(1).to_pylist()[:10]
    assert whole.num_rows > 11


def test_errors_suggest_near_names(starter: Path) -> None:
    node = bongsu.open(starter)
    with pytest.raises(UnknownName, match="Did you mean GRID_INTENSITY"):
        node["GRID_INTENSTY"]
    assert node.get("GRID_INTENSTY") is None
    assert "grid_intensity" in node
    with pytest.raises(UnknownName, match="AREAS"):
        node["GRID_INTENSITY"].arrow("AREAS=KOR")
    with pytest.raises(UnknownName, match="KORR"):
        node["GRID_INTENSITY"].arrow("REF_AREA=KORR")
    with pytest.raises(BadInput, match="character"):
        node["GRID_INTENSITY"].arrow("REF_AREA KOR")
    with pytest.raises(UnknownName, match="de"):
        bongsu.open(starter, language="de")


def test_polars_is_optional(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(PartMissing, match="pip install polars"):
        bongsu.open(starter)["GRID_INTENSITY"].polars()


def test_a_notebook_shows_tables_and_escapes_texts(node: Node) -> None:
    text = (node.root / "node.toml").read_text(encoding="utf-8")
    (node.root / "node.toml").write_text(text.replace('name = "Test node"', 'name = "<script>"'), encoding="utf-8")
    shown = bongsu.open(node.root)._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "GRID_INTENSITY" in shown
    flow = bongsu.open(node.root, language="fr")["GRID_INTENSITY"]
    assert "Publication" in flow._repr_html_()
    assert "Millésimes" in flow.current._repr_html_()


def test_a_notebook_shows_an_estimate_in_any_language() -> None:
    estimated = bongsu.estimate.inference("gpt-4o", output_tokens=500)
    assert estimated._repr_html_() == estimated.to_html("en")
    for language, texts in {
        "en": ["<th>value</th>", "<td>energy for one token</td>", "<td>Facility</td>", "<td>Modelled</td>"],
        "ko": ["<th>값</th>", "<td>토큰 1개당 에너지</td>", "<td>시설</td>", "<td>모형</td>"],
        "fr": ["<th>valeur</th>", "<td>énergie par jeton</td>", "<td>Site</td>", "<td>Modélisée</td>"],
    }.items():
        shown = estimated.to_html(language)
        assert [text for text in texts if text not in shown] == []
    assert f"<td>{format_significant(estimated.energy.value or 0, 'fr')}</td>" in estimated.to_html("fr")
    with pytest.raises(UnknownName):
        estimated.to_html("de")


def test_importing_bongsu_loads_no_package_of_the_node() -> None:
    heavy = "{'duckdb', 'pyarrow', 'django', 'numpy', 'click'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, bongsu; print({heavy})"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_arguments_of_a_wrong_type_are_named(starter: Path, tmp_path: Path) -> None:
    node = bongsu.open(starter)
    flow = node["GRID_INTENSITY"]
    estimate = bongsu.estimate
    calls: list[tuple[str, Callable[[], object]]] = [
        *(("folder", partial(bongsu.open, one)) for one in (None, 3, b"node", [])),
        *(("language", partial(bongsu.open, starter, language=one)) for one in (None, 3, ["en"])),
        *(("id", partial(node.__getitem__, one)) for one in (None, 3, b"GRID_INTENSITY", ["GRID_INTENSITY"])),
        *(("number", partial(flow.release, one)) for one in (None, "1", 1.0, True)),
        *(("date", partial(flow.as_of, one)) for one in (None, 2024)),
        *(("where", partial(flow.arrow, one)) for one in (None, 3, ["REF_AREA=KOR"], {"REF_AREA": "KOR"}, b"")),
        ("labels", partial(flow.pandas, labels="yes")),
        ("connection", partial(flow.duckdb, connection="memory")),
        ("titles", partial(bongsu.code_titles, None)),
        ("title", partial(bongsu.code_titles, ["nurse", None])),
        ("top", partial(bongsu.code_titles, "nurse", top="3")),
        ("least", partial(bongsu.code_titles, "nurse", least="high")),
        ("framework", partial(bongsu.assess_openness, {}, None)),
        ("as_of", partial(bongsu.assess_openness, {}, "dpg", as_of=2024)),
        *(
            ("model", partial(made, 3))
            for made in (estimate.inference, estimate.training, estimate.image, estimate.video)
        ),
        ("country", partial(estimate.inference, "gpt-4o", country=410)),
        ("pue", partial(estimate.inference, "gpt-4o", pue="1.2")),
        ("output_tokens", partial(estimate.inference, "gpt-4o", output_tokens=None)),
        ("params", partial(estimate.training, params="8", tokens=15_000)),
    ]
    for name, call in calls:
        with pytest.raises(TypeError, match=f"{name} must be .*, not "):
            call()


def test_values_out_of_range_and_folders_that_are_no_node_are_refused(starter: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in (tmp_path, tmp_path / "file", tmp_path / "none"):
        with pytest.raises(Missing, match="not a node"):
            bongsu.open(place)
    for wrong in ({"top": 0}, {"top": -1}, {"least": 1.5}, {"least": float("nan")}):
        with pytest.raises(BadInput, match="must be"):
            bongsu.code_titles("nurse", **wrong)
