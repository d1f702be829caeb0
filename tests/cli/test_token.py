"""`bongsu token` and `bongsu take FILE` at the terminal: output, a token shown once, and refused input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.commands import run_command
from tests.web.served import make_node

SPECIMENS = Path(__file__).parents[1] / "specimens" / "intake"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "node"
    make_node(path)
    return path


def bongsu(*words, node):
    return run_command(node, *words)


def test_a_token_is_shown_once(folder):
    made = bongsu("token", "kaist", "--title", "KAIST", "--purpose", "cluster 1", node=folder)
    secret = made.stdout.splitlines()[0]
    assert secret.startswith("bongsu_")
    assert len(secret) > 40
    listed = bongsu("token", node=folder).stdout
    assert secret not in listed
    assert secret[:11] in listed
    assert "cluster 1" in listed
    assert secret not in (folder / "journal.jsonl").read_text()


def test_a_revoked_token_says_so(folder):
    secret = json.loads(bongsu("token", "snu", "--json", node=folder).stdout)["token"]
    assert bongsu("token", "--revoke", secret[:11], node=folder).returncode == 0
    assert bongsu("token", "--revoke", secret[:11], node=folder).returncode == 66  # no such token is in use


@pytest.mark.parametrize("name", ["KAIST", "a b", "../x", "-x"])
def test_names_that_are_invalid_in_addresses_are_refused(folder, name):
    assert bongsu("token", "--purpose", "x", "--", name, node=folder).returncode != 0


def test_files_of_meters_are_taken(folder):
    names = ["codecarbon-3.3.2.csv", "otlp-cumulative-3.pb.gz", "boamps-codecarbon-3.3.2.json"]
    files = [str(SPECIMENS / name) for name in names]
    first = bongsu("take", *files, "--organisation", "kaist", "--json", node=folder)
    assert [(row["format"], row["new"]) for row in json.loads(first.stdout)] == [
        ("codecarbon", True),
        ("otlp-protobuf", True),
        ("boamps", True),
    ]
    again = bongsu("take", *files, "--organisation", "kaist", "--json", node=folder)
    assert [row["new"] for row in json.loads(again.stdout)] == [False, False, False]


def test_what_was_taken_is_in_the_next_build(tmp_path):
    """init, take FILE, take, build, show, with no other step between."""
    node = tmp_path / "node"
    subprocess.run([sys.executable, "-m", "bongsu.cli", "init", str(node)], check=True)
    for words in (
        ("take", "--programme", "energy"),
        ("take", str(SPECIMENS / "otlp-cumulative-3.json"), "--organisation", "kaist"),
        ("build", "--programme", "energy"),
    ):
        assert bongsu(*words, node=node).returncode == 0
    shown = json.loads(bongsu("show", "METERED_ENERGY", "--json", node=node).stdout)
    observations = shown["observations"] if isinstance(shown, dict) else shown
    assert {row["FREQ"] for row in observations} == {"H", "D"}


def test_one_bad_file_refuses_all(folder):
    good = str(SPECIMENS / "codecarbon-2.1.4.csv")
    answer = bongsu("take", good, str(SPECIMENS / "README.md"), node=folder)
    assert answer.returncode == 65
    assert "README.md" in answer.stderr
    assert json.loads(bongsu("take", good, "--json", node=folder).stdout)[0]["new"] is True


def test_a_file_of_another_kind_is_refused(folder):
    answer = bongsu("take", str(SPECIMENS / "README.md"), node=folder)
    assert answer.returncode == 65
    assert "README.md" in answer.stderr
    assert bongsu("take", "no-such-file", node=folder).returncode == 66
