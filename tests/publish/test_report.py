"""Reports: figures equal the release, Korean is drawn with Hangul, the HTML loads nothing, invalid input is refused."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from bongsu.cli import main
from bongsu.store.node import Node
from bongsu.store.tables.definitions import iso_countries as iso_3166

LANGUAGES = {
    "ko": ("대한민국", "방법", "한눈에 보기"),
    "en": ("South Korea", "Methods", "At a glance"),
    "fr": ("Corée du Sud", "Méthodes", "En bref"),
}


@pytest.fixture(scope="module")
def reports(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report on Korea in each language, as HTML and PDF."""
    folder = tmp_path_factory.mktemp("reports")
    for language in LANGUAGES:
        html, pdf = folder / f"{language}.html", folder / f"{language}.pdf"
        words = [
            "publish",
            "report",
            "--country",
            "kor",
            "--language",
            language,
            "--html",
            str(html),
            "--pdf",
            str(pdf),
        ]
        assert main([*words, "--node", str(starter), "--json"]) == 0
    return folder


def text_of(pdf: Path) -> str:
    """Returns the text of a PDF, by pdftotext."""
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_in_the_language(reports: Path, language: str) -> None:
    text = text_of(reports / f"{language}.pdf")
    for word in LANGUAGES[language]:
        assert word in text
    assert "\ufffd" not in text
    told = subprocess.run(
        ["pdfinfo", str(reports / f"{language}.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"Tagged:\s+yes", told)
    assert re.search(r"Page size:.*A4", told)
    fonts = subprocess.run(["pdffonts", str(reports / f"{language}.pdf")], capture_output=True, text=True, check=True)
    named = [line for line in fonts.stdout.splitlines()[2:] if line]
    assert named
    assert all("NotoSansCJKkr" in line for line in named)  # no font is missing, and none is a system font


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_loads_nothing(reports: Path, language: str) -> None:
    text = (reports / f"{language}.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    for word in LANGUAGES[language]:
        assert word in text
    loaded = re.findall(r'(?:src|href)="(?!#)([^"]{0,40})', text)
    assert loaded
    assert all(address.startswith("data:image/svg+xml;base64,") for address in loaded)
    assert "url(" not in text
    assert all(len(alt) > 20 for alt in re.findall(r'<img [^>]*alt="([^"]*)"', text))


def test_figures_equal_the_release(reports: Path, starter: Path) -> None:
    node = Node(starter)
    rows = node.observations(node.releases.current("GRID_INTENSITY")).to_pylist()
    rows = [row for row in rows if row["TIME_PERIOD"] == "2024"]  # the newest year of Korea
    value = next(r["OBS_VALUE"] for r in rows if r["REF_AREA"] == "KOR")
    text = (reports / "en.html").read_text(encoding="utf-8")
    assert f'<td class="number">{value:.1f}</td>' in text
    for entry in node.releases.manifest(node.releases.current("GRID_INTENSITY")).inputs:
        assert entry.sha256 in text
        assert entry.origin.licence in text
    countries = {code.id for code in iso_3166()}
    carbon = sorted((r["OBS_VALUE"] for r in rows if r["REF_AREA"] in countries), reverse=True)
    assert f"ranks {carbon.index(value) + 1} of {len(carbon)} countries" in text


def test_the_same_releases_make_the_same_report(reports: Path, starter: Path, tmp_path: Path) -> None:
    for form in ("html", "pdf"):
        again = tmp_path / f"again.{form}"
        words = ["publish", "report", "--country", "KOR", "--language", "ko", f"--{form}", str(again)]
        assert main([*words, "--node", str(starter), "--json"]) == 0
        assert again.read_bytes() == (reports / f"ko.{form}").read_bytes()


def test_a_withdrawn_release_is_left_out(node_folder: Path, tmp_path: Path) -> None:
    Node(node_folder).releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    path = tmp_path / "r.html"
    words = ["publish", "report", "--country", "KOR", "--language", "en", "--html", str(path)]
    assert main([*words, "--node", str(node_folder), "--json"]) == 0
    assert "Carbon intensity of electricity by year" not in path.read_text(encoding="utf-8")


def test_invalid_input_is_refused(starter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    node = ["--node", str(starter), "--json"]
    assert main(["publish", "report", "--country", "XXX", "--language", "en", *node]) == 64
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "unknown-name"
    nowhere = str(tmp_path / "nowhere" / "r.pdf")
    assert main(["publish", "report", "--country", "KOR", "--pdf", nowhere, *node]) == 65
    assert not (tmp_path / "nowhere").exists()


def test_a_korean_chart_is_drawn_with_hangul(starter: Path) -> None:
    """A font without Hangul draws the same box for every letter, so two words of two letters must differ."""
    from bongsu.publish.formats.typesetting import svg_to_png

    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30"><text y="20" font-family="sans-serif">{}</text></svg>'
    assert svg_to_png(svg.format("전력")) != svg_to_png(svg.format("고용"))
    assert svg_to_png(svg.format("전력")).startswith(b"\x89PNG")


def test_long_texts_are_notes_and_bounds_are_in_the_cell_of_their_value(starter: Path, tmp_path: Path) -> None:
    path = tmp_path / "usa.html"
    words = ["publish", "report", "--country", "USA", "--language", "en", "--html", str(path), "--node", str(starter)]
    assert main([*words, "--json"]) == 0
    text = path.read_text(encoding="utf-8")
    assert re.search(r'<td class="number">649 \[521–843\]</td>', text)  # LBNL 2026: 649 TWh in 2030, 521 to 843
    assert '<td class="number">– [325–580]</td>' in text  # LBNL 2024 publishes a range without a central value
    assert "<li>LBNL, United States Data Center Energy Usage Report (2024)</li>" in text
    assert "<td>[1]</td>" in text
