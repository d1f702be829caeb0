"""What custodians and askers do with a private holding at the terminal: declare it, ask, see what is left, give budgets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import main
from bongsu.store.node import Node
from tests.desk.private_town import MAPPING
from tests.desk.town import people, write

RULES = 'budget = "1"\nper_asker = 0.5\nper_question = 0.25'


class Terminal:
    """Runs commands on a node with one private holding."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.node = Node.create(folder / "node")

    def run(self, *words: str) -> tuple[int, Any]:
        status = main([*words, "--json", "--node", str(self.node.root)])
        out, err = self.capsys.readouterr()
        return status, json.loads(out or err.splitlines()[-1])

    def say(self, *words: str) -> str:
        assert main([*words, "--node", str(self.node.root)]) == 0
        out, err = self.capsys.readouterr()
        return out + err

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def ask(self, breakdown: str) -> str:
        return self.write("q.toml", f'holding = "town"\nbreakdown = {breakdown}\n[[statistics]]\nkind = "count"\n')


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    found = Terminal(tmp_path, capsys)
    data = write(tmp_path / "town.csv", people(60))
    mapping = found.write("m.toml", MAPPING.format(name="town", design="", rules=RULES))
    said = found.say("hold", "add", str(data), "--mapping", mapping)
    assert "Mode “private” cannot use REGION" in said
    return found


def test_budgets_at_the_terminal(terminal: Terminal) -> None:
    status, answer = terminal.run("desk", "ask", terminal.ask("[]"))
    assert status == 0
    assert (answer["privacy"]["cost"], answer["privacy"]["left"]) == ("0.25", "0.25")
    assert answer["cells"][0]["noise"] == pytest.approx(1.414)  # 1 / sqrt(2 x 0.25)
    text = terminal.say("desk", "ask", terminal.ask('["SEX"]'))
    assert "noise (standard deviation)" in text
    assert "Cost: 0.25 of rho (epsilon 3.967 at delta 1e-06)." in text  # 0.25 + 2 sqrt(0.25 x 13.8155)
    assert "Left for you: 0; for all askers: 0.5." in text
    assert "Weights are not used" in text
    status, refused = terminal.run("desk", "ask", terminal.ask('["OCCUPATION"]'))
    assert (status, refused["error"]["code"]) == (77, "refused")
    assert "no cost" in terminal.say("desk", "ask", terminal.ask("[]"))
    status, budget = terminal.run("desk", "budget", "town")
    [kim] = budget["askers"]
    assert kim == {"asker": kim["asker"], "budget": "0.5", "spent": "0.5", "left": "0"}
    assert budget["all"] == {"asker": "", "budget": "1", "spent": "0.5", "left": "0.5"}
    status, budget = terminal.run("desk", "allow", "town", kim["asker"], "3/4")
    assert budget["askers"][0] == kim | {"budget": "0.75", "left": "0.25"}
    assert terminal.run("desk", "ask", terminal.ask('["OCCUPATION"]'))[0] == 0
    assert terminal.run("desk", "allow", "town", kim["asker"], "2")[1]["error"]["code"] == "bad-input"
    assert "all askers" in terminal.say("desk", "budget", "town")
    [allowed] = [line for line in terminal.node.journal.lines() if line.event == "allowed"]
    assert allowed.detail["amount"] == "3/4"
    assert allowed.detail["by"].startswith("command ")


def test_the_number_of_records_is_not_listed(terminal: Terminal) -> None:
    assert terminal.run("hold", "list")[1][0]["rows"] is None
    _, shown = terminal.run("hold", "show", "town")
    assert shown["rows"] is None
    assert shown["policy"]["private"]["per_question"] == "0.25"
    text = terminal.say("hold", "show", "town")
    assert "60" not in text.replace("6000", "")
    assert "a question costs 0.25" in text


def test_a_budget_of_a_holding_without_one(terminal: Terminal, tmp_path: Path) -> None:
    plain = 'name = "plain"\n[concepts.SEX]\ncolumn = "sex"\n'
    data = write(tmp_path / "plain.csv", people(40, seed=9))
    assert terminal.run("hold", "add", str(data), "--mapping", terminal.write("p.toml", plain))[0] == 0
    status, wrong = terminal.run("desk", "budget", "plain")
    assert (status, wrong["error"]["code"]) == (65, "bad-input")
    histogram = 'holding = "plain"\n[[statistics]]\nkind = "histogram"\nof = "SEX"\n'
    assert terminal.run("desk", "ask", terminal.write("h.toml", histogram))[0] != 0


def test_bounds_of_an_unknown_concept_are_refused_when_a_holding_is_added(terminal: Terminal, tmp_path: Path) -> None:
    mapping = MAPPING.format(name="other", design="", rules=RULES).replace(
        "EARNINGS = [0, 6000]", "EARNING = [0, 6000]"
    )
    data = write(tmp_path / "other.csv", people(40, seed=8))
    status, wrong = terminal.run("hold", "add", str(data), "--mapping", terminal.write("o.toml", mapping))
    assert (status, wrong["error"]["code"]) == (64, "unknown-name")
    assert "EARNINGS" in json.dumps(wrong)
