"""Runs a sample of mutants in copies of the repository, several at a time, and judges each by the tests chosen for it."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.mutants.choosing import STARTER, Recorded
from tools.mutants.planting import ROOT, Mutant, find_mutants

BUILD = ROOT / "build" / "mutants"
ROOMS = ("core", "desk", "store", "methods", "energy", "work", "commons", "publish", "people", "api", "web", "cli")
# The room `methods`: the files of this name, and the modules that hold the other formulas of the programmes.
METHODS = (
    "*/methods.py",
    "energy/estimate/model/boundary_factors.py",
    "energy/estimate/model/diffusion_energy.py",
    "energy/estimate/model/flop_energy.py",
    "energy/estimate/model/text_energy.py",
    "energy/estimate/model/model_inputs.py",
    "energy/estimate/model/predict.py",
    "energy/estimate/values/lognormal.py",
    "energy/estimate/values/operation_counts.py",
    "energy/estimate/values/quadrature.py",
    "energy/estimate/values/steps.py",
    "energy/intake/energy_sums.py",
    "energy/meter/gauge.py",
    "energy/meter/power_curve.py",
    "energy/scenario/projection.py",
    "work/employment.py",
    "work/exposure/agreement.py",
    "work/exposure/dissimilarity.py",
    "work/exposure/profile.py",
    "work/impact/distributions.py",
    "work/impact/estimators.py",
    "work/impact/fixed_effects.py",
    "commons/openness/*.py",
)
GRACE = 20.0  # seconds that a run may go on after the budget is spent
START_LIMIT = 60.0  # seconds of processor time that collecting may take
LIMIT, FACTOR = 30.0, 8.0  # a test may compute this many seconds, and this many times what it took when it was recorded


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: killed, stopped (it ran too long), survived, or unreached (no test runs its lines)."""

    mutant: Mutant
    outcome: str
    test: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether the tests noticed."""
        return self.outcome in ("killed", "stopped")


def files_of(room: str) -> list[Path]:
    """The Python files of a room."""
    patterns = METHODS if room == "methods" else (f"{room}/**/*.py",)
    found = {path for pattern in patterns for path in (ROOT / "bongsu").glob(pattern)}
    return sorted(path for path in found if "migrations" not in path.parts)


def draw_sample(room: str, count: int, seed: str) -> list[Mutant]:
    """`count` mutants of a room at places drawn with equal chance, one mutant at a place."""
    draw = random.Random(f"{seed} {room}")
    places: dict[tuple[str, int, int], list[Mutant]] = {}
    for path in files_of(room):
        for mutant in find_mutants(path):
            places.setdefault((mutant.file, mutant.start, mutant.end), []).append(mutant)
    drawn = draw.sample(sorted(places), min(count, len(places)))
    return [draw.choice(places[place]) for place in drawn]


def run_mutants(
    mutants: Sequence[Mutant], recorded: Recorded, workers: int = 2, budget: float | None = None
) -> Iterator[Verdict]:
    """Judge mutants as their tests end. After `budget` seconds no more are begun, and what still runs is soon ended."""
    end = time.monotonic() + (budget or float("inf"))
    copies = [_Copy(BUILD / f"copy{number}") for number in range(workers)]
    try:
        copies[0].keep_starter(recorded)
        unsteady: set[str] = set()
        waiting = list(mutants)
        while waiting:
            verdicts = list(_judge(waiting, recorded, copies, end, unsteady))
            killers = sorted({verdict.test for verdict in verdicts if verdict.test})
            failing = (
                _fail_without_mutant(killers, recorded, copies[0], float("inf") if budget is None else GRACE) - unsteady
            )
            unsteady |= failing
            yield from (verdict for verdict in verdicts if verdict.test not in failing)
            waiting = [verdict.mutant for verdict in verdicts if verdict.test in failing]
    finally:
        for copy in copies:
            copy.close()


def _judge(
    mutants: Iterable[Mutant], recorded: Recorded, copies: Sequence[_Copy], end: float, without: set[str]
) -> Iterator[Verdict]:
    todo: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    done: queue.SimpleQueue[Verdict | BaseException | None] = queue.SimpleQueue()
    choosing = threading.Lock()
    for mutant in mutants:
        todo.put(mutant)

    def work(copy: _Copy) -> None:
        try:
            while time.monotonic() < end:
                mutant = todo.get_nowait()
                with choosing:
                    chosen = recorded.choose(mutant, without)
                if not chosen.tests:
                    done.put(Verdict(mutant, "unreached"))
                    continue
                reply: dict[str, Any] = {"outcome": "passed"}
                for tests in (chosen.tests[: chosen.first], chosen.tests[chosen.first :]):
                    left = end - time.monotonic() + GRACE
                    if tests and reply["outcome"] == "passed":
                        reply = copy.run(mutant, tests, recorded, left=left, fresh_starter=chosen.changes_starter)
                    if reply["outcome"] == "stopped":  # once more: a fork can hang by a thread of its parent
                        reply = copy.run(mutant, tests, recorded, left=left, fresh_starter=chosen.changes_starter)
                if reply["outcome"] == "unfinished":
                    continue
                outcome = {"passed": "survived", "failed": "killed", "crashed": "killed"}.get(
                    reply["outcome"], "stopped"
                )
                done.put(Verdict(mutant, outcome, next(iter(reply["tests"]), "")))
        except queue.Empty:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            done.put(error)
        finally:
            done.put(None)

    for copy in copies:
        threading.Thread(target=work, args=(copy,), daemon=True).start()
    working = len(copies)
    while working:
        item = done.get()
        if isinstance(item, BaseException):
            raise item
        if item is None:
            working -= 1
        else:
            print(f"{item.outcome:9} {item.mutant.file}:{item.mutant.line} {item.mutant.after[:90]}", flush=True)
            yield item


def _fail_without_mutant(tests: Sequence[str], recorded: Recorded, copy: _Copy, left: float) -> set[str]:
    """Tests among these that fail in a copy as it is."""
    if not tests:
        return set()
    reply = copy.run(None, tests, recorded, left=left, all_tests=True)
    return set() if reply["outcome"] in ("passed", "unfinished") else set(reply["tests"])


class _Copy:
    """A copy of the repository with a server that runs tests in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starter = BUILD / "starter"
        shutil.rmtree(folder, ignore_errors=True)
        for name in _list_files():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
        environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        for name in ("BONGSU_DATA", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "CI"):
            environment.pop(name, None)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "bongsu"], cwd=folder, check=True)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tools.mutants.server"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        mutant: Mutant | None,
        tests: Sequence[str],
        recorded: Recorded,
        *,
        left: float = float("inf"),
        fresh_starter: bool = False,
        all_tests: bool = False,
        keep_starter: bool = False,
    ) -> dict[str, Any]:
        """Run tests with a mutant in place, for `left` seconds at most; `outcome` and the tests that failed."""
        task = {
            "tests": list(tests),
            "starter": None if fresh_starter or keep_starter or not self._starter.exists() else str(self._starter),
            "keep_starter": str(self._starter) if keep_starter else None,
            "all": all_tests,
            "left": min(left, 86400.0),
            "start_limit": START_LIMIT,
            "limits": {test: LIMIT + FACTOR * recorded.longest(test) for test in tests},
        }
        if not mutant:
            return self._ask(task)
        path = self._folder / mutant.file
        source = path.read_bytes()
        path.write_bytes(mutant.plant(source))
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()  # it would pass for current: same second, maybe the same size
        try:
            return self._ask(task)
        finally:
            path.write_bytes(source)

    def keep_starter(self, recorded: Recorded) -> None:
        """Build the starter node once, for the mutants that cannot change it."""
        shutil.rmtree(self._starter, ignore_errors=True)
        if tests := recorded.tests_using(STARTER):
            self.run(None, tests[:1], recorded, keep_starter=True)

    def _ask(self, task: dict[str, Any]) -> dict[str, Any]:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(task) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError(f"The server ended; see {self._folder / 'server.log'}")
        reply: dict[str, Any] = json.loads(answer)
        return reply

    def close(self) -> None:
        """End the server."""
        self._server.kill()
        self._server.wait()


def _list_files() -> list[str]:
    """What the tests need: the files that git knows or would add, and the compiled texts."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    known = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    texts = [str(path.relative_to(ROOT)) for path in (ROOT / "bongsu").rglob("*.mo")]
    return [name for name in [*known, *texts] if (ROOT / name).is_file()]


def commit_number() -> int:
    """A number drawn from the commit, the same on every machine."""
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    return int(hashlib.sha256(commit.encode()).hexdigest(), 16)
