"""The work programme's pages: percentile ranks, search in three languages, event studies with their conclusions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from bongsu.store.node import Node
from bongsu.work.pages.occupation_search import find_occupations
from bongsu.work.pages.percentile_ranks import PercentileRank, RankSpread, agreed_extremes, rank_spreads, widest_spreads

EXPOSURE, IMPACT = "/en/work/exposure/", "/en/work/impact/"


def of(node: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client()


@pytest.fixture
def client(starter: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the starter node, which it only reads."""
    return of(Node(starter), monkeypatch)


# --- percentile ranks


def test_percentile_ranks_by_hand() -> None:
    """Of four scores 1, 2, 2, 5 the ranks are 1, 2.5, 2.5, 4: percentiles 100 (rank - 0.5) / 4 = 12.5, 50, 50, 87.5."""
    rows = [
        {"INDEX": "X", "OCCUPATION": code, "INDICATOR": "EXPOSURE_SCORE", "OBS_VALUE": score, "COMMENT_OBS": None}
        for code, score in (("a", 1.0), ("b", 2.0), ("c", 2.0), ("d", 5.0), ("e", None))
    ]
    found = rank_spreads(rows)
    assert {code: one.ranks[0].rank for code, one in found.items()} == {"a": 12.5, "b": 50, "c": 50, "d": 87.5}


def test_finds_widest_spreads_and_agreed_extremes() -> None:
    def spread(code: str, *places: float) -> RankSpread:
        return RankSpread(
            code, tuple(PercentileRank(f"I{at}", 0.0, place, "", None) for at, place in enumerate(places))
        )

    found = {
        one.occupation: one
        for one in (
            spread("high", 90, 95, 92, 99, 91),
            spread("low", 1, 2, 3, 4, 5),
            spread("apart", 2, 98, 50, 50, 50),
            spread("few", 0, 100),  # scored by too few indices to compare
        )
    }
    assert [one.occupation for one in widest_spreads(found, 1)] == ["apart"]
    high, low = agreed_extremes(found, 1)
    assert (high[0].occupation, low[0].occupation) == ("high", "low")


@pytest.mark.parametrize(
    ("asked", "code", "guessed"),
    [
        ("2512", "2512", False),
        ("011", "0110", False),
        ("software developers", "2512", False),
        ("간호사", "2221", False),
        ("INFIRMIERS", "2221", False),
        ("chief happiness officer", "", True),
        ("machine learning engineer", "2", True),
    ],
)
def test_finds_occupations_by_code_name_and_title(asked: str, code: str, guessed: bool) -> None:
    found, title = find_occupations(asked)
    assert title is guessed
    assert any(one.startswith(code) for one in found)


def test_finds_nothing_for_empty_or_meaningless_text() -> None:
    assert find_occupations("  ") == ([], False)
    assert find_occupations("zzzzqq") == ([], True)
    assert find_occupations("x" * 100_000)[0] == []


# --- the pages


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_occupation_page_in_every_language(client: Client, language: str) -> None:
    name = {"en": "Software developers", "ko": "소프트웨어 개발자", "fr": "Concepteurs de logiciels"}[language]
    text = client.get(f"/{language}/work/exposure/?occupation=2512").content.decode()
    assert name in text
    assert text.count('<tr><th scope="row" class="index">') == 12  # six indices, and the table of correlations
    assert "{%" not in text
    assert "Exposed by" not in text or language == "en"


def test_page_shows_values_of_release(client: Client) -> None:
    """ILO 2025 against AIOE: 0.82 over 416; software developers are gradient 3 at 0.53."""
    text = client.get(EXPOSURE + "?occupation=2512").content.decode()
    assert re.search(r'0\.82<span class="of">0\.79–0\.84</span><span class="of">416</span>', text)
    assert "0.530" in text
    assert "Exposed: gradient 3" in text
    assert "/sdmx/data/dataflow/*/EXPOSURE_INDEX/+/*.2512.*" in text


def test_page_names_indices_without_score(client: Client) -> None:
    text = client.get(EXPOSURE + "?occupation=0110").content.decode()
    assert "No score by:" in text
    assert "Commissioned armed forces officers" in text


def test_search_on_page(client: Client) -> None:
    assert "?occupation=2221" in client.get(EXPOSURE, {"q": "nurs"}).content.decode()
    assert "may belong to" in client.get(EXPOSURE, {"q": "devops engineer"}).content.decode()
    assert "Nothing is guessed" in client.get(EXPOSURE, {"q": "zzzzqq"}).content.decode()


def test_refuses_invalid_addresses_and_escapes_text(client: Client) -> None:
    html = {"accept": "text/html"}
    assert client.get(EXPOSURE + "?occupation=110", headers=html).status_code == 404
    assert client.get(f"{IMPACT}none.svg", headers=html).status_code == 404
    assert client.get(f"{IMPACT}sweden-2022-12.pdf", headers=html).status_code == 404
    assert client.post(EXPOSURE).status_code in (403, 405)
    for name in ("q", "occupation"):
        assert b"<script>alert" not in client.get(EXPOSURE, {name: "<script>alert(1)</script>"}, headers=html).content


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_study_page_in_every_language(client: Client, language: str) -> None:
    text = client.get(f"/{language}/work/impact/").content.decode()
    may, may_not = {
        "en": ("What may be concluded", "The study does not show that AI is the cause"),
        "ko": ("말할 수 있는 것", "인공지능이 원인임을 보여 주지 않습니다"),
        "fr": ("Ce qu’on peut conclure", "L’étude ne montre pas que l’IA est la cause"),
    }[language]
    assert may in text
    assert may_not in text
    for number in ("-0.1131", "0.0296", "0.0519", "-0.1241") if language == "en" else ():
        assert number in text
    assert "{" not in re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)


@pytest.mark.parametrize(("form", "first"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("json", b"{")])
def test_plot_of_study_in_every_format(client: Client, form: str, first: bytes) -> None:
    answer = client.get(f"{IMPACT}sweden-2022-12.{form}")
    assert answer.status_code == 200
    assert answer.content.startswith(first)
    if form == "json":
        told = json.loads(answer.content)
        assert told["title"]["text"] == "Exposed against less exposed occupations"
        assert '"group": "young = 1"' in json.dumps(told)


def test_pages_of_empty_node_say_nothing_is_published(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    client = of(empty, monkeypatch)
    assert b"Nothing is published yet" in client.get(EXPOSURE).content
    assert b"No study is published yet" in client.get(IMPACT).content


def test_programme_page_links_to_pages(client: Client) -> None:
    text = client.get("/en/programmes/work/").content.decode()
    assert EXPOSURE in text
    assert IMPACT in text
