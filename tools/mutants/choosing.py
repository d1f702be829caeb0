"""Which tests may notice a mutant: those that run its lines, directly or through what a fixture or a cache has kept.

Reads what `make coverage` recorded. For a line that runs while its module is imported (a table, a default, a decorator)
they are the tests of the lines that mention the name it defines. Left out: `tests/house`, whose tests read the source
and would notice a mutant by its text; and tests that fail without a mutant.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import coverage

from tools.mutants.planting import ROOT, Mutant

# Beside the coverage, whose folder coverage itself takes from this variable too.
FOLDER = Path(os.environ.get("COVERAGE_FILE") or ROOT / "build" / "coverage" / "data").parent
STARTER = "fixture:tests:starter"
DEPTH = 3  # names that are defined by names that are defined by names
WORD = re.compile(r"[A-Za-z_]\w*")


def hash_sources() -> dict[str, str]:
    """The SHA-256 of each Python file of bongsu: a recording is of no use for a file that has changed."""
    paths = sorted((ROOT / "bongsu").rglob("*.py"))
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


FIRST = 3.0  # recorded seconds of the tests that run first, so that most mutants need no more test files to be imported


class Chosen(NamedTuple):
    """Test functions, the most likely to notice first, and whether the mutant changes the starter node of tests."""

    tests: list[str]
    changes_starter: bool
    first: int  # so many of the tests run first; the others only if these pass


class Recorded:
    """The coverage and the uses that `make coverage` recorded."""

    def __init__(self, folder: Path = FOLDER, longest: float = 45.0) -> None:
        """`longest`: recorded seconds of tests that one mutant may take; the first failure ends them."""
        self._longest = longest
        self._data = coverage.CoverageData(str(folder / "data"))
        self._data.read()
        self._users: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = {}
        self._failed: set[str] = set()
        self._sources_then: dict[str, str] = {}
        for path in folder.glob("uses.*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            for name, users in record["uses"].items():
                self._users[name].update(users)
            self._failed.update(record["failed"])
            self._sources_then = record["sources"]
            for name, seconds in record["seconds"].items():
                before = self.seconds.get(name, 0.0)  # its parameters may have run in several processes
                self.seconds[name] = before + seconds if name.startswith("tests/") else max(before, seconds)
        self._fixtures: dict[str, set[str]] = defaultdict(set)  # test -> the fixtures of wider scope that it uses
        for name, users in self._users.items():
            if name.startswith("fixture:"):
                for user in users:
                    self._fixtures[user].add(name)
        self._lines: dict[str, dict[int, list[str]]] = {}
        self._sources: dict[str, _Source] = {}

    def changed_files(self, mutants: Iterable[Mutant]) -> list[str]:
        """The files of these mutants that are not as they were recorded."""
        now = hash_sources()
        files = {mutant.file for mutant in mutants}
        return sorted(file for file in files if self._sources_then.get(file) != now[file])

    def tests_using(self, fixture: str) -> list[str]:
        """The test functions that use a fixture, shortest first."""
        return sorted(self._users[fixture] - self._failed, key=lambda test: self.seconds.get(test, 0.0))

    def longest(self, test: str) -> float:
        """The seconds that a test took, and those of all fixtures that it may be the first to use."""
        return self.seconds.get(test, 0.0) + sum(self.seconds.get(name, 0.0) for name in self._fixtures[test])

    def choose(self, mutant: Mutant, without: Iterable[str] = ()) -> Chosen:
        """The tests for a mutant, `without` those that fail in a copy that has none."""
        contexts = self._expand(self._contexts(mutant))
        room = mutant.file.split("/")[1]
        tests = [name for name in contexts if name.startswith("tests/") and not name.startswith("tests/house/")]
        tests = [name for name in tests if name not in self._failed and name not in without and _exists(name)]

        def likelihood(test: str) -> tuple[int, float]:
            folder = test.split("/")[1]
            return (0 if folder in (room, "golden") else 1, self.longest(test))

        chosen: list[str] = []
        built: set[str] = set()
        seconds, first = 0.0, 0
        for test in sorted(tests, key=likelihood):
            new = self._fixtures[test] - built
            seconds += self.seconds.get(test, 0.0) + sum(self.seconds.get(name, 0.0) for name in new)
            if chosen and seconds > self._longest:
                break
            chosen.append(test)
            built |= new
            if not first or (seconds <= FIRST and likelihood(test)[0] == 0):
                first = len(chosen)
        return Chosen(chosen, STARTER in contexts, first)

    def _expand(self, contexts: set[str]) -> set[str]:
        """With the users of fixtures and caches, and the users of these."""
        found: set[str] = set()
        waiting = list(contexts)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._users.get(name, ())
        return found

    def _contexts_of(self, file: str, lines: Iterable[int]) -> set[str]:
        if file not in self._lines:
            self._lines[file] = self._data.contexts_by_lineno(file)
        return {context for line in lines for context in self._lines[file].get(line, ())}

    def _contexts(self, mutant: Mutant) -> set[str]:
        source = self._source(mutant.file)
        found: set[str] = set()
        seen: set[tuple[str, str]] = set()
        waiting = [(mutant.file, mutant.line, mutant.last_line, DEPTH)]
        while waiting:
            file, first, last, depth = waiting.pop(0)
            source = self._source(file)
            contexts = self._contexts_of(file, source.statement(first, last))
            if not source.runs_at_import(first) and contexts - {""}:
                found |= contexts
            if not source.runs_at_import(first) and "" not in contexts:
                continue
            for name in source.names(first):
                if (file, name) not in seen and depth:
                    seen.add((file, name))
                    mentions = [place for place in self._mentions[name] if place != (file, first)]
                    waiting += [(other, line, line, depth - 1) for other, line in mentions]
        return found

    def _source(self, file: str) -> _Source:
        if file not in self._sources:
            self._sources[file] = _Source((ROOT / file).read_text(encoding="utf-8"))
        return self._sources[file]

    @cached_property
    def _mentions(self) -> dict[str, list[tuple[str, int]]]:
        """Where each name is mentioned, outside imports."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for path in sorted((ROOT / "bongsu").rglob("*.py")):
            file = str(path.relative_to(ROOT))
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if not line.lstrip().startswith(("from ", "import ", "#")):
                    for word in set(WORD.findall(line)):
                        found[word].append((file, number))
        return found


class _Source:
    """What a line of a file belongs to."""

    def __init__(self, text: str) -> None:
        self._around: dict[int, list[ast.stmt]] = defaultdict(list)  # line -> its statements, the outermost first
        for node in ast.walk(ast.parse(text)):  # parents come before their children
            if isinstance(node, ast.stmt):
                for line in range(_first_line(node), (node.end_lineno or node.lineno) + 1):
                    self._around[line].append(node)

    def runs_at_import(self, line: int) -> bool:
        """Whether no function body contains the line."""
        return not any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.body[0].lineno <= line
            for node in self._around[line]
        )

    def statement(self, first: int, last: int) -> Sequence[int]:
        """The lines of the innermost statement, or the lines given where it has statements of its own."""
        around = self._around[first]
        if around and not hasattr(around[-1], "body"):
            return range(around[-1].lineno, max(last, around[-1].end_lineno or 0) + 1)
        return range(around[-1].lineno if around else first, last + 1)

    def names(self, line: int) -> Iterator[str]:
        """The names that the statement around a line defines for others."""
        for node in self._around[line]:
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    yield name
                    if isinstance(node, ast.FunctionDef):
                        return
                case ast.Assign(targets=targets):
                    yield from (
                        found.id for target in targets for found in ast.walk(target) if isinstance(found, ast.Name)
                    )
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name


@cache
def _exists(test: str) -> bool:
    """Whether a test function is still there; pytest refuses to run at all if one is not."""
    file, *_, name = test.split("::")
    path = ROOT / file
    return path.exists() and f"def {name}(" in path.read_text(encoding="utf-8")


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])
