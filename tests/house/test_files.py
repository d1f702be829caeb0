"""Rules for files: a docstring first, a limited length, and no mention of this machine or of registries."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import bongsu

ROOT = Path(__file__).parents[2]
FILES = sorted(path for path in (ROOT / "bongsu").rglob("*.py") if "migrations" not in path.parts)
LONGEST = 420  # maximum number of lines


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


# Of each file, not a test per file: a thousand tests of a millisecond took longer to announce than to run.
SOURCES = {_id(path): path.read_text(encoding="utf-8") for path in FILES}


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(source) for name, source in SOURCES.items()}


def test_a_file_begins_with_a_docstring(trees: dict[str, ast.Module]) -> None:
    assert not [name for name, tree in trees.items() if not ast.get_docstring(tree)], "say first what the file is for"


def test_files_are_short_and_named_by_their_subject() -> None:
    assert not [name for name, source in SOURCES.items() if len(source.splitlines()) > LONGEST], "split it by subject"
    assert not [name for name in SOURCES if Path(name).stem in ("utils", "helpers", "common")], "name it by its subject"


def _is_public(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not any(getattr(mark, "id", "") == "overload" for mark in node.decorator_list)
    )


def test_everything_public_has_a_docstring(trees: dict[str, ast.Module]) -> None:
    assert not [
        f"{name}: {node.name}"
        for name, tree in trees.items()
        for node in tree.body
        if _is_public(node) and not ast.get_docstring(node)
    ]


def test_no_request_below_the_views() -> None:
    below = [path for path in FILES if path.relative_to(ROOT / "bongsu").parts[0] in ("core", "store", "desk", "cli")]
    below += [path for path in FILES if "energy" in path.parts and path.stem not in ("views", "urls")]
    assert not [_id(path) for path in below if "HttpRequest" in path.read_text(encoding="utf-8")]


def test_settings_are_read_in_one_place() -> None:
    # The terminal needs its node and its language before there are settings; the meter runs where there is no node.
    allowed = {
        "bongsu/web/settings.py",
        "bongsu/cli/__init__.py",
        "bongsu/cli/commands.py",
        "bongsu/cli/language.py",
        "bongsu/web/django_setup.py",
        "bongsu/cli/serve.py",
        "bongsu/cli/doctor.py",
    }
    readers = [
        _id(path)
        for path in FILES
        if re.search(r"\benviron\b.{0,40}BONGSU_", path.read_text(encoding="utf-8"), re.S)
        and "energy/meter" not in _id(path)
    ]
    assert set(readers) <= allowed | {"bongsu/cli/meter.py"}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_text_names_registries_or_local_paths() -> None:
    words = [
        "file" + "s.pythonhosted",
        "py" + "pi.org",
        "registry.npm" + "js",
        "deb." + "debian",
        "/wor" + "k/main",
        "/wor" + "k/shared",
    ]
    found = []
    for path in tracked():
        if path.suffix in (".parquet", ".png", ".bin", ".gz"):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{_id(path)}: {word}" for word in words if word in text]
    assert not found


def test_the_version_is_the_changelogs_first_heading() -> None:
    from importlib.metadata import version

    heading = re.search(r"(?m)^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert heading
    assert heading.group(1) == version("bongsu") == bongsu.__version__


def test_the_light_install_stays_light() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    light = project["dependencies"]
    assert {re.split(r"[^\w-]", name)[0] for name in light} == {
        "click",
        "nvidia-ml-py",
        "psutil",
    }  # these need no further package


# Files of other programs that texts of ours name, and those of the example in CONTRIBUTING.
FOREIGN_FILES = {"train.py", "emissions_tracker.py", "file.py", "metric.py", "llm.py"} | {
    "grid_carbon_change.py",
    "test_grid_carbon_change.py",
}


def test_a_file_that_a_text_names_exists() -> None:
    paths = [path for path in tracked() if path.suffix in (".py", ".md", ".toml", ".csv") and "docs" not in path.parts]
    names = {path.name for path in tracked()} | FOREIGN_FILES
    missing = [
        f"{_id(path)}: {name}"
        for path in [*paths, *(ROOT / "docs" / "methods").glob("*.md"), ROOT / "docs" / "tour.md"]
        if "tests" not in path.parts
        for name in re.findall(r"(?<![\w.-])(\w+\.py)\b", path.read_text(encoding="utf-8"))
        if name not in names
    ]
    assert not missing


def _ends_with_dollar(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).endswith("$")


def _find_loose_patterns(tree: ast.Module) -> Iterator[str]:
    texts, names = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg == "pattern" and _ends_with_dollar(node.value):
            yield ast.unparse(node)
    loose = [text for text in texts if r"\d" in text.replace(r"\W\d", "")]
    yield from (text for text in loose if text != ast.get_docstring(tree))
    if "isnumeric" in names or ("isdigit" in names and "isascii" not in names):
        yield "isdecimal, or isascii too"


def test_digits_in_patterns_are_those_of_ascii(trees: dict[str, ast.Module]) -> None:
    r"""In Python \d matches ２ and ٢ too, isdigit is true of ², and $ matches before a line break at the end."""
    assert not [f"{name}: {text}" for name, tree in trees.items() for text in _find_loose_patterns(tree)]


@pytest.mark.parametrize(
    "source",
    [r'"""Doc."""; re.compile(r"\d+")', 'compile(pattern="x$")', "text.isnumeric()", "text.isdigit()"],
)
def test_a_loose_pattern_is_found(source: str) -> None:
    assert list(_find_loose_patterns(ast.parse(source)))


def test_other_patterns_are_not_called_loose() -> None:
    source = 're.compile("[0-9]"); compile(pattern="x"); text.isdigit() and text.isascii(); text.isdecimal()'
    assert not list(_find_loose_patterns(ast.parse(source)))
