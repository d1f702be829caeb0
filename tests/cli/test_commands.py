"""The command line as a whole: help of every verb and action, conditions, nearest names, completion, and what is refused."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bongsu.cli import VERBS, Bongsu, load_command, main
from bongsu.cli.commands import ActionGroup, Argument, Command, Option, describe_parameter, spread_conditions
from bongsu.cli.terminal import Terminal, format_definitions, format_table, wrap_text
from bongsu.publish.bulk_files import list_bulk_files
from bongsu.store.node import Node


def list_commands() -> Iterator[tuple[list[str], Command | ActionGroup]]:
    """Yields (words, command) for every verb and every action."""
    for verb in VERBS:
        command = load_command(verb)
        yield [verb.name], command
        for action in command.commands.values() if isinstance(command, ActionGroup) else ():
            assert isinstance(action, Command)
            yield [verb.name, str(action.name)], action


COMMANDS = list(list_commands())


def parse(words: list[str]) -> click.Context:
    """Parses the words of a command without running it."""
    context = Bongsu().make_context("bongsu", words)
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context


def _show_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as done:
        main([*words, "--help"])
    assert done.value.code == 0, words
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_help_explains_every_parameter_and_has_examples(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONGSU_LANGUAGE", language)
    for words, command in COMMANDS:
        shown = _show_help(words, capsys)
        flat = " ".join(shown.split())
        for parameter in command.params:
            assert isinstance(parameter, Option | Argument)
            text = describe_parameter(parameter)
            assert text, words
            assert " ".join(text.split()) in flat, words
        assert command.examples, words
        for example in command.examples:
            assert f"bongsu {words[0]}" in example, words
            assert f"\n  {example}\n" in shown, words
        if language != "en":
            assert not re.search(r"(usage: |options|arguments|examples):?$", shown.split("\n\n")[1]), words


def test_every_example_is_understood() -> None:
    for words, command in COMMANDS:
        for example in command.examples:
            for part in re.findall(r"bongsu (?:[^|>)\"]|\"[^\"]*\")*", example):
                context = parse(shlex.split(part)[1:])
                assert context.command.name in part, words


@pytest.mark.parametrize(
    "words",
    [
        ["--where", "AREA=USA", "year=2030", "DATACENTRE_ELECTRICITY"],
        ["DATACENTRE_ELECTRICITY", "--where", "AREA=USA", "--where", "year=2030"],
        ["--where=AREA=USA", "TIME_PERIOD>=2030", "TIME_PERIOD<=2030", "DATACENTRE_ELECTRICITY"],
        ["--where", "AREA=USA; year=2030", "datacentre_electricity"],
    ],
)
def test_conditions_can_precede_the_dataflow(
    starter: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", *words, "--json", "--node", str(starter)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["dataflow"] == "DATACENTRE_ELECTRICITY"
    assert {(row["REF_AREA"], row["TIME_PERIOD"]) for row in shown["observations"]} == {("USA", "2030")}


@pytest.mark.parametrize(
    ("words", "spread"),
    [
        (["A", "--where", "x=1", "y=2", "B"], ["A", "--where", "x=1", "--where", "y=2", "B"]),
        (["--where=x=1", "y=2"], ["--where=x=1", "--where", "y=2"]),
        (["--where", "nothing", "y=2"], ["--where", "nothing", "--where", "y=2"]),
        (["--where", "x=1", "B", "y=2"], ["--where", "x=1", "B", "y=2"]),
        (["--where", "x=1", "--", "y=2"], ["--where", "x=1", "--", "y=2"]),
        (["--name", "x=1"], ["--name", "x=1"]),
    ],
)
def test_where_takes_every_condition_that_follows(words: list[str], spread: list[str]) -> None:
    assert spread_conditions(words) == spread


REFUSED: list[tuple[list[str], int, str]] = [
    (["show", "GRID_INTENSITY", "AREA=KOR"], 64, "takes no further argument “AREA=KOR”"),
    (["show", "GRID_INTENSITY", "NOTHING"], 64, "takes no further argument “NOTHING”"),
    (["show", "--where", "AREA=KOR"], 65, "name of a dataflow"),
    (["show", "GRID_INTENSITY", "--where", "AREA==KOR"], 65, "at character 5"),
    (["show", "--wher", "AREA=KOR"], 64, "Did you mean --where"),
    (["show", "--release"], 64, "--release needs a value"),
    (["show", "--csv=yes"], 64, "--csv takes no value"),
    (["commons", "serach"], 64, "Did you mean search"),
    (["commons"], 64, "needs an action: assess, add"),
    (["commons", "--json"], 64, "needs an action: assess, add"),
    (["commons", "assess", "x.yml", "--framework", "mot"], 64, "Did you mean mof?"),
    (["commons", "search", "--where", "kind=modle"], 64, "Did you mean model"),
    (["commons", "search", "--where", "knid=model"], 64, "Did you mean kind"),
    (["commons", "search", "--where", "kind"], 65, "at character 5"),
    (["commons", "search", "--where", "year>=2024"], 65, "only = is allowed"),
    (["commons", "decide", "a", "b"], 64, "--same"),
    (["desk", "publish", "survey", "--area", "KOR", "--period", "2024", "--where", "AGE=>15"], 65, "at character 5"),
    (["build", "--flow", "GRID_INTENSTY"], 64, "Did you mean GRID_INTENSITY"),
    (["--verison"], 64, "Did you mean --version"),
]


@pytest.mark.parametrize(("words", "status", "said"), REFUSED, ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_invalid_words_are_refused(
    starter: Path,
    words: list[str],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BONGSU_NODE", str(starter))
    assert main(words) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_common_options_can_precede_an_action(starter: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["commons", "--node", str(starter), "--json", "search", "--limit", "1"]) == 0
    before = capsys.readouterr().out
    assert main(["commons", "search", "--limit", "1", "--json", "--node", str(starter)]) == 0
    assert before == capsys.readouterr().out
    assert len(json.loads(before)["entries"]) == 1


def test_one_dataflow_is_built_and_its_inputs_are_named(node_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--flow", "datacentre_emissions", "--json", "--node", str(node_folder)]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["dataflow"], row["new"]) == ("DATACENTRE_EMISSIONS", False)
    assert "GRID_INTENSITY" in {each["name"] for each in row["inputs"]}
    assert main(["build", "--flow", "DATACENTRE_EMISSIONS", "--node", str(node_folder)]) == 0
    assert "GRID_INTENSITY" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert f"_BONGSU_COMPLETE={shell}_complete" in capsys.readouterr().out


def complete(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Returns the completions that bash receives at the end of `words`."""
    monkeypatch.setenv("_BONGSU_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    assert main([]) == 0
    return [line.partition(",")[2] for line in capsys.readouterr().out.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("bongsu wi", ["withdraw"]),
        ("bongsu commons de", ["decide"]),
        ("bongsu show --wh", ["--where"]),
        ("bongsu show GRID", ["GRID_INTENSITY", "GRID_MIXES"]),
        ("bongsu show GRID_INTENSITY --where REF", ["REF_AREA="]),
        ("bongsu show GRID_INTENSITY --where REF_AREA = FRA,KO", ["FRA,KOR"]),
        ("bongsu show GRID_INTENSITY --where = REF_AREA = KO", ["KOR"]),
        ("bongsu commons assess --framework = osaid", ["osaid"]),
        ("bongsu build --programme e", ["energy"]),
        ("bongsu build --flow GRID", ["GRID_INTENSITY", "GRID_MIXES"]),
        ("bongsu completion f", ["fish"]),
        ("bongsu commons assess --framework o", ["osai", "osaid"]),
        ("bongsu show NOTHING --where REF", []),
    ],
)
def test_completion(
    starter: Path, words: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BONGSU_NODE", str(starter))
    assert complete(words, monkeypatch, capsys) == offered


def test_nothing_is_completed_from_a_folder_that_is_not_a_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BONGSU_NODE", str(tmp_path))
    assert complete("bongsu show ", monkeypatch, capsys) == []


def test_importing_bongsu_changes_nothing_for_the_process() -> None:
    code = (
        "import argparse; before = dict(vars(argparse)); import bongsu, bongsu.cli; bongsu.meter; "
        "assert dict(vars(argparse)) == before; argparse.ArgumentParser(prog='p').parse_args(['--x'])"
    )
    environment = {**os.environ, "BONGSU_LANGUAGE": "ko"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: p [-h]\np: error: unrecognized arguments: --x\n")


def test_the_meter_does_not_import_click() -> None:
    code = "import sys, bongsu; bongsu.meter().start().stop(); print('click' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"


def test_starting_the_meter_loads_no_other_verb() -> None:
    code = (
        "import sys, bongsu.cli; bongsu.cli.main(['meter', '--quiet', '--', 'true']); "
        "print([name for name in sys.modules if name.startswith(('bongsu.cli.', 'bongsu.store', 'argparse', 'difflib'))])"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert loaded == f"{['bongsu.cli.language', 'bongsu.cli.terminal', 'bongsu.cli.commands', 'bongsu.cli.meter']}\n"


def test_every_release_of_the_node_is_offered(
    starter: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BONGSU_NODE", str(starter))
    assert set(complete("bongsu show ", monkeypatch, capsys)) == set(Node(starter).releases.dataflows())


def test_columns_are_right_for_korean() -> None:
    rows = [("이름", "가 나 다 라 마 바"), ("a-name-wider-than-the-column", "text")]
    assert format_definitions(rows, indent=2, column=8) == (
        "  이름    가 나 다 라 마 바\n  a-name-wider-than-the-column\n          text"
    )
    assert wrap_text("가나 다라 마바", width=9) == "가나 다라\n마바"
    assert wrap_text("한단어가너비보다길다", width=4) == "한단어가너비보다길다"


def test_two_spaces_are_between_a_name_and_its_text() -> None:
    for letters in range(1, 30):
        name = "n" * letters
        shown = format_definitions([(name, "text")], indent=2, column=24)
        assert shown in (f"  {name.ljust(24)}text", f"  {name}\n{' ' * 26}text")
        assert ("\n" in shown) is (letters > 22)


def test_the_usage_of_a_group_names_an_action_and_of_the_command_a_verb(capsys: pytest.CaptureFixture[str]) -> None:
    for words, word in ((["--help"], "VERB"), (["flow", "--help"], "ACTION")):
        with pytest.raises(SystemExit):
            main(words)
        usage = capsys.readouterr().out.partition("\n\n")[0]
        assert re.findall(r"[A-Z]{2,}", usage) == [word]


def test_a_table_shows_six_significant_digits() -> None:
    assert format_table(("value",), [(1412.857142857143,), (0.0225,), (1234567.0,)]).split()[2:] == [
        "1,412.86",
        "0.0225",
        "1.23457e+06",
    ]


@pytest.mark.parametrize(
    ("words", "folders"),
    [
        (["doctor", "--json"], ["first"]),
        (["language", "check", "es"], ["first"]),
        (["--help"], ["first"]),
        (["doctor", "--json", "--node", "second"], ["first", "second"]),
    ],
)
def test_languages_are_loaded_once_for_each_node(
    words: list[str], folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    for module in ("bongsu.cli", "bongsu.cli.commands"):
        monkeypatch.setattr(f"{module}.load_languages", lambda folder: loaded.append(str(folder)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BONGSU_NODE", "first")
    with contextlib.suppress(SystemExit):
        main(words)
    assert loaded == folders


@pytest.mark.parametrize(
    "words",
    [
        ["work", "code", "none.csv", "--column", "TITLE"],
        ["work", "code", "none.parquet", "--column", "TITLE"],
        ["form", "label", "--input", "none.toml"],
        ["desk", "ask", "none.toml"],
        ["commons", "assess", "none.yml", "--framework", "mof"],
        ["take", "none.json"],
    ],
)
def test_a_missing_file_is_named_in_one_way(
    words: list[str], starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BONGSU_NODE", str(starter))
    file = next(word for word in words if word.startswith("none."))
    assert main(words) == 66
    assert f"There is no file “{file}”." in capsys.readouterr().err
    (tmp_path / file).mkdir()
    assert main(words) == 65
    assert f"“{file}” cannot be opened" in capsys.readouterr().err


def test_a_full_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bongsu.cli.load_languages", fail)
    assert main(["doctor"]) == 65
    assert "No space left on device" in capsys.readouterr().err


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Returns True."""
        return True


def test_progress_bar_fills_with_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-four marks: a quarter of the steps are 6, all are 24; nothing to do is done."""
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with Terminal().stage("Reading", 4) as step:
        step()
        step(3)
    with Terminal().stage("Nothing", 0):
        pass
    bars = re.findall(r"\[(█*)(·*)\] (\d/\d)", screen.getvalue())
    assert [(len(full), len(empty), count) for full, empty, count in bars] == [
        (0, 24, "0/4"),
        (6, 18, "1/4"),
        (24, 0, "4/4"),
        (24, 0, "0/0"),
    ]


def test_progress_passes_an_error_on(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)

    def fail() -> None:
        with Terminal().stage("Reading", 2) as step:
            step()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert screen.getvalue().endswith("1/2\n")


def test_bulk_files_are_counted(node_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`bongsu publish files` counts the files of every release and their bytes; every release is a step."""
    assert main(["publish", "files", "--json", "--node", str(node_folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    node = Node(node_folder)
    releases = len(node.releases.all())
    files = [file for release in node.releases.all() for file in list_bulk_files(node, release)]
    assert found == {"files": len(files), "releases": releases, "bytes": sum(file.size for file in files)}
    written = sum(path.stat().st_size for path in (node_folder / "files").rglob("*") if path.is_file())
    assert 0 < written <= found["bytes"]
    assert main(["publish", "files", "--node", str(node_folder)]) == 0
    assert f"{releases}/{releases}" in capsys.readouterr().err
