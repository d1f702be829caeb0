"""A fourth language is one folder: Spanish headings put in place by the command, and seen on every surface. No file of the
tree names Spanish; what the folder does not translate is English."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPECIMEN = ROOT / "tests" / "specimens" / "languages" / "es"
XML = "{http://www.w3.org/XML/1998/namespace}lang"
HOME, FLOW, CODES = "/es/", "/es/flows/GRID_INTENSITY/", "/sdmx/structure/codelist/TEST/CL_AREA/+?format=json"
SDMX = "/sdmx/structure/dataflow/TEST/GRID_INTENSITY/+"
ADDRESSES = (
    HOME, FLOW, f"{SDMX}?format=json es", f"{SDMX} es", "/sdmx/structure/codelist/*/CL_AREA/+?format=json es", "/catalogue.ttl",
    "/catalogue/1.ttl", "/sitemap.xml", "/feeds/es.atom", "/openapi.json", "/charts/GRID_INTENSITY/1/explore.es.json",
    "/ de,es;q=0.8", "/pt/", "/es/countries/KOR/", "/sdmx/data/dataflow/TEST/GRID_INTENSITY/+/KOR.*?format=json es",
)  # fmt: skip


def run_python(node: Path, *words: str, language: str = "") -> str:
    variables = {**os.environ, "BONGSU_NODE": str(node), "BONGSU_LANGUAGE": "", "LC_ALL": language}
    done = subprocess.run(
        [sys.executable, *words], env=variables, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_bongsu(node: Path, *words: str, language: str = "") -> str:
    return run_python(node, "-m", "bongsu.cli", *words, language=language)


@pytest.fixture(scope="module")
def spanish(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node with the specimen, completed and compiled by the command."""
    node = tmp_path_factory.mktemp("spanish") / "node"
    shutil.copytree(starter, node)
    shutil.copytree(SPECIMEN, node / "languages" / "es")
    run_bongsu(node, "language", "new", "es")
    run_bongsu(node, "language", "compile", "es")
    return node


@pytest.fixture(scope="module")
def answers(spanish: Path) -> dict[str, str]:
    """The body of each of ADDRESSES, "" if it was not found."""
    found = json.loads(run_python(spanish, "-m", "tests.publish.read_addresses", *ADDRESSES))
    return {address: body if status == 200 else f"status {status}" for address, (status, body) in found.items()}


def test_pages_have_spanish_headings_and_english_elsewhere(answers: dict[str, str]) -> None:
    home = answers[HOME]
    assert '<html lang="es">' in home
    assert "Lo que la IA consume, lo que cambia en el trabajo" in home  # a text of the interface
    assert "Energía" in home
    assert "Flujos de datos" in home
    assert "Intensidad de carbono de la electricidad por año" in answers[FLOW]
    assert "How much greenhouse gas is emitted" in answers[FLOW]  # not translated


def test_a_plural_without_translation_is_english(answers: dict[str, str]) -> None:
    assert "The observations of this node on Corea del Sur, from" in answers["/es/countries/KOR/"]


def test_the_menu_has_the_language_by_its_own_name(answers: dict[str, str]) -> None:
    assert 'hreflang="es" aria-current="true">Español</a>' in answers[HOME]
    assert [name in answers[HOME] for name in ("English", "한국어", "Français")] == [True] * 3
    assert answers["/pt/"] == "status 404"


def test_sdmx_has_spanish_names_where_they_are_given(answers: dict[str, str]) -> None:
    flow = json.loads(answers[f"{SDMX}?format=json es"])["data"]["dataflows"][0]
    assert flow["name"] == flow["names"]["es"] == "Intensidad de carbono de la electricidad por año"
    assert set(flow["descriptions"]) == {"en", "ko", "fr"}
    assert flow["description"] == flow["descriptions"]["en"]
    data = json.loads(answers["/sdmx/data/dataflow/TEST/GRID_INTENSITY/+/KOR.*?format=json es"])
    assert data["meta"]["contentLanguages"] == ["es", "en", "ko", "fr"]
    dimensions = data["data"]["structures"][0]["dimensions"]
    area = next(one for part in dimensions.values() for one in part if one["id"] == "REF_AREA")
    assert (area["name"], area["values"][0]["name"]) == ("Área", "Corea del Sur")
    named = {one.get(XML): one.text for one in ET.fromstring(answers[f"{SDMX} es"]).iter() if one.tag.endswith("}Name")}
    assert named["es"] == "Intensidad de carbono de la electricidad por año"
    areas = json.loads(answers["/sdmx/structure/codelist/*/CL_AREA/+?format=json es"])["data"]["codelists"][0]["codes"]
    assert {code["id"]: code["name"] for code in areas}[
        "KOR"
    ] == "Corea del Sur"  # Unicode CLDR's, as for other languages


def test_catalogue_sitemap_feed_and_charts_follow(answers: dict[str, str]) -> None:
    assert '"Intensidad de carbono de la electricidad por año"@es' in answers["/catalogue/1.ttl"]
    assert "/es/flows/GRID_INTENSITY/" in answers["/sitemap.xml"]
    assert 'hreflang="es"' in answers["/sitemap.xml"]
    assert "publicación 1" in answers["/feeds/es.atom"]
    assert '"es"' in answers["/openapi.json"]
    chart = json.loads(answers["/charts/GRID_INTENSITY/1/explore.es.json"])
    assert chart["config"]["locale"]["number"]["decimal"] == ","


def test_the_command_line_speaks_it(spanish: Path) -> None:
    printed = run_bongsu(spanish, "--help", language="es_ES.UTF-8")
    assert "Crear un nodo en una carpeta." in printed
    assert "verbos:" in printed
    assert "Print observations of a dataflow." in printed  # not translated
    shown = run_bongsu(spanish, "show", "GRID_INTENSITY", "--where", "REF_AREA=KOR", language="es_ES.UTF-8")
    assert "Corea del Sur" in shown
    assert "Intensidad de carbono" in shown
    there = run_bongsu(Path("no-node"), "show", "GRID_INTENSITY", "--node", str(spanish), language="es")
    assert "Intensidad de carbono" in there
    assert "Intensity" not in run_bongsu(spanish, "show", "GRID_INTENSITY", language="es").partition("\n")[0]


def test_check_counts_and_lists_what_is_missing(spanish: Path) -> None:
    report = json.loads(run_bongsu(spanish, "language", "check", "es", "--json"))
    assert report["names"]["translated"] > 15
    assert report["django"]["translated"] > 30
    assert report["names"]["all"] == report["names"]["translated"] + len(report["names"]["missing"])
    assert "teravatios hora" not in report["names"]["missing"]
    assert "gigawatt hours" in report["names"]["missing"]
    assert not report["django"]["wrong"]
    assert not report["names"]["wrong"]
    assert "names.po: gigawatt hours" in run_bongsu(spanish, "language", "check", "es", "--list")


def test_reports_and_python_follow(spanish: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    run_bongsu(spanish, "publish", "report", "--country", "KOR", "--language", "es", "--html", str(report))
    assert '<html lang="es">' in report.read_text(encoding="utf-8")
    assert "Intensidad de carbono de la electricidad por año" in report.read_text(encoding="utf-8")
    code = "import sys, bongsu; print(bongsu.open(sys.argv[1], language='es')['GRID_INTENSITY'].name)"
    assert run_python(Path("no-node"), "-c", code, str(spanish)) == "Intensidad de carbono de la electricidad por año\n"
