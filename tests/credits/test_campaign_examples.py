"""The campaigns that ship as examples, and `bongsu campaign check` and `example`, as people use them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bongsu.cli import main
from bongsu.credits.rules.check import check_campaign
from bongsu.credits.rules.document import CampaignFile, Struct, parse_campaign
from bongsu.credits.rules.examples import list_examples, read_example, read_example_text
from bongsu.credits.rules.words import explain_campaign
from bongsu.credits.unit_table import known_units
from tests.credits.spring import SPRING, read_spring

EXAMPLES = list_examples()


def test_there_is_an_example_of_every_kind() -> None:
    campaigns = [read_example(name) for name in EXAMPLES]
    assert len(campaigns) == 6
    assert {campaign.back.kind for campaign in campaigns} == {"steps", "rate", "increase"}
    assert {campaign.unit.kind for campaign in campaigns} == {"money", "compute"}
    assert any(campaign.groups for campaign in campaigns)
    assert any(campaign.group_budgets for campaign in campaigns)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_holds_and_says_where_it_is_from(name: str) -> None:
    campaign = read_example(name)
    assert campaign.id == name
    assert check_campaign(campaign) == []
    assert campaign.note
    invented = "invented example" in campaign.note["en"]
    assert bool(campaign.source) != invented
    assert all(source.startswith("https://") for source in campaign.source)
    for language in ("en", "ko", "fr"):
        assert campaign.note[language] in explain_campaign(campaign, str, language)


def test_a_check_explains_the_rules_in_the_language_of_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "spring.toml"
    file.write_text(SPRING, encoding="utf-8")
    monkeypatch.setenv("BONGSU_LANGUAGE", "ko")
    assert main(["campaign", "check", str(file)]) == 0
    out = capsys.readouterr().out
    assert "봄 페이백" in out
    assert "30,000원부터 3,000원" in out
    assert "모순이 없습니다." in out


def test_a_check_names_every_contradiction_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "spring.toml"
    file.write_text(SPRING.replace("[50000, 6000]", "[50000, 2000]").replace("06-30", "04-01"), encoding="utf-8")
    assert main(["campaign", "check", str(file), "--json"]) == 65
    checked = json.loads(capsys.readouterr().out)
    assert checked["holds"] is False
    assert [(one["level"], one["field"]) for one in checked["findings"]] == [
        ("error", "back.steps[1]"),
        ("warning", "credit.until"),
    ]
    assert main(["campaign", "check", str(file)]) == 65
    assert "The steps fall: from 50,000 won, 2,000 won is less than 3,000 won." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "UTF-8"),
        (b"format = ", "TOML"),
        (b"[" * 100_000, "TOML"),
        (b"x = " + b"1" * 5_000, "TOML"),
        (b"", "“format”"),
        (SPRING.replace("2027-03-05", "2027-02-30").encode(), "2027-02-30"),
        (SPRING.replace('unit = "KRW"', 'unit = "KRW"\nunits = 1').encode(), "units"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "spring.toml"
    file.write_bytes(content)
    assert main(["campaign", "check", str(file)]) in (64, 65)
    error = capsys.readouterr().err
    assert "spring.toml" in error
    assert said in error


def test_examples_are_listed_and_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["campaign", "example", "--json"]) == 0
    assert [one["example"] for one in json.loads(capsys.readouterr().out)] == EXAMPLES
    assert main(["campaign", "example", "gyeonggi-2025"]) == 0
    printed = capsys.readouterr().out
    assert printed == read_example_text("gyeonggi-2025")
    (tmp_path / "mine.toml").write_text(printed, encoding="utf-8")
    assert main(["campaign", "check", str(tmp_path / "mine.toml")]) == 0
    assert main(["campaign", "example", "gyeongi-2025"]) == 64
    assert "gyeonggi-2025" in capsys.readouterr().err


def test_the_manual_has_every_field_and_example() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "campaigns.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", manual, re.S)
    assert example is not None
    assert parse_campaign(example[1], known_units()) == read_spring()
    named = set(re.findall(r"`([a-zA-Z_.]+)`", manual))
    assert {field for field in _list_fields(CampaignFile) if field not in named} == set()
    assert all(f"| `{name}` |" in manual for name in EXAMPLES)


def _list_fields(table: type[msgspec.Struct], path: str = "") -> Iterator[str]:
    """Yields the fields of a table and of those within it, such as base.least."""
    for field in msgspec.structs.fields(table):
        name = f"{path}{field.encode_name}"
        inner = table.__annotations__[field.name].removesuffix(" = None")
        tables = [one for one in Struct.__subclasses__() if one.__name__ in inner]
        if name == "group":
            yield "group.NAME.back"
        elif tables:
            yield from _list_fields(tables[0], f"{name}.")
        else:
            yield name
