"""`bongsu campaign` on a ledger: opens, quotes, changes, stops, and refuses to close before the days for refunds are over."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.credits.spring import SPRING
from tests.web.commands import run_command
from tests.web.served import make_node


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "node"
    make_node(path)
    return path


def bongsu(*words: str, node: Path) -> subprocess.CompletedProcess[str]:
    return run_command(node, *words)


def ask(folder: Path, *words: str) -> Any:
    done = bongsu(*words, "--json", node=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_campaign_is_opened_quoted_changed_and_stopped(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "spring.toml"
    file.write_text(SPRING)
    for words in (
        "unit KRW",
        "open w:kim KRW --lots",
        "open m:312 KRW",
        "post issue:KRW w:kim 100000",
    ):
        assert bongsu("credits", *words.split(), node=folder).returncode == 0
    assert ask(folder, "campaign", "open", str(file))["campaign"] == "spring-2027"
    assert bongsu("campaign", "open", str(file), node=folder).returncode == 65  # it exists already
    assert ask(folder, "campaign", "members", "markets", "--add", "m:312")["accounts"] == ["m:312"]
    assert ask(folder, "campaign", "members") == {"markets": 1}
    quote = ("campaign", "quote", "spring-2027", "w:kim", "52000", "--at", "2027-03-06T12:00:00+09:00")
    (payback,) = ask(folder, *quote, "--merchant", "m:312")["paybacks"]
    assert (payback["amount"], payback["why"]) == ("6000", ["From 50,000 won on, 6,000 won comes back."])
    said = bongsu(*quote, node=folder).stdout
    assert "6,000 won" in said.splitlines()[0]
    assert bongsu(*quote[:4], "520000", *quote[5:], node=folder).returncode == 65  # more than is in the wallet
    file.write_text(SPRING.replace("total = 90000000", "total = 91000000"))
    changed = ask(folder, "campaign", "change", "spring-2027", str(file), "--why", "more money")
    assert (changed["edition"], changed["budgets"][0]["left"]) == (2, "91000000")
    assert ask(folder, "credits", "balance", "campaign:spring-2027")["posted"] == "91000000"
    report = bongsu("campaign", "report", "spring-2027", node=folder).stdout
    assert "Spring payback" in report
    assert "91,000,000 won" in report
    assert ask(folder, "campaign", "stop", "spring-2027", "--why", "enough")["state"] == "stopped"
    assert [one["state"] for one in ask(folder, "campaign", "list")] == ["stopped"]
    assert bongsu("campaign", "close", "spring-2027", node=folder).returncode == 65  # refunds still count
    assert ask(folder, "credits", "verify")[0]["breaches"] == []
    found = ask(folder, "credits", "takings", "m:312", "--month", "2027-03")
    assert (found["month"], found["zone"], found["total"]["received"]) == ("2027-03", "Asia/Seoul", "0")
    assert bongsu("credits", "takings", "m:312", "--csv", node=folder).stdout.startswith("day,unit,payments,")
    assert bongsu("credits", "takings", "w:kim", "--month", "march", node=folder).returncode != 0
