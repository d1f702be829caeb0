"""Runs tests in a copy of the repository, each time in a fork of a process that has the heavy packages in memory.

One JSON line in (tests, starter, limits), one out (outcome, test). Bongsu itself is imported after the fork, so that every
run sees the files of the copy as they are. A fork that computes too long on one test, waits for something that never comes
or takes too much memory is killed. Limits are in processor time, so that a busy machine does not count as an error found.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil

PACKAGES = (
    "pytest",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "pyarrow.compute",
    "pyarrow.csv",
    "duckdb",
    "ibis",
    "ibis.backends.duckdb",
    "msgspec",
    "lxml.etree",
    "yaml",
    "hypothesis",
    "sqlglot",
    "rdflib",
    "altair",
    "highspy",
    "pysdmx.model",
    "pysdmx.io",
    "jsonschema",
    "django.test",
    "django.template",
    "django.urls",
    "django.core.management",
    "django.db",
    "django.http",
    "django.test.client",
    "babel.dates",
    "google.protobuf.message",
    "license_expression",
)
MEMORY = 6 * 2**30  # bytes
LOOK = 2.0  # seconds between two looks at the processor time
IDLE, IDLE_SHARE = 60.0, 0.04  # a test waits in vain if it computes less than this share of so many seconds


class Probe:
    """A pytest plugin that says which test begins and which one fails, and hands out the starter node as built before."""

    def __init__(self, out: int, starter: Path | None, keep_starter: Path | None) -> None:
        self._out = out
        self._starter = starter
        self._keep = keep_starter

    def _say(self, word: str, test: str) -> None:
        os.write(self._out, f"{word} {test.split('[', 1)[0]}\n".encode())

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say which test begins."""
        self._say("start", nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Say which test fails."""
        if report.failed:
            self._say("failed", report.nodeid)

    def pytest_collectreport(self, report: Any) -> None:
        """Say which file cannot be imported."""
        if report.failed:
            self._say("failed", report.nodeid)

    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        """The starter node: a copy of the one built before, where the mutant cannot change it."""
        if fixturedef.argname != "starter" or not self._starter:
            return None
        copy = request.getfixturevalue("tmp_path_factory").mktemp("starter") / "node"
        shutil.copytree(self._starter, copy)
        fixturedef.cached_result = (copy, fixturedef.cache_key(request), None)
        return copy

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        """Keep the starter node of this run for others."""
        if fixturedef.argname == "starter" and self._keep and fixturedef.cached_result and not self._keep.exists():
            shutil.copytree(fixturedef.cached_result[0], self._keep)


def _run_tests(task: dict[str, Any], out: int) -> int:
    import pytest
    from hypothesis import settings

    class Derandomized:
        """Hypothesis draws the same examples each time."""

        @pytest.hookimpl(trylast=True)
        def pytest_configure(self) -> None:
            settings.register_profile("mutants", settings.get_profile("bongsu"), derandomize=True, database=None)
            settings.load_profile("mutants")

    starter, keep = (Path(task[key]) if task.get(key) else None for key in ("starter", "keep_starter"))
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    if not task.get("all"):
        options.append("-x")
    return int(pytest.main([*options, *task["tests"]], plugins=[Derandomized(), Probe(out, starter, keep)]))


def _watch(pid: int, source: int, task: dict[str, Any]) -> dict[str, Any]:
    """Follow a fork until it ends or must be killed."""
    failed: list[str] = []
    running, text = "", ""
    patience = _Patience(pid, task["start_limit"])
    ended = status = 0
    end = time.monotonic() + task["left"]
    while not ended:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if select.select([source], [], [], 0 if ended else 0.05)[0]:
            text += os.read(source, 2**20).decode()
            *lines, text = text.split("\n")
            for line in lines:
                word, _, test = line.partition(" ")
                if word == "failed":
                    failed.append(test)
                else:
                    running, patience = test, _Patience(pid, task["limits"].get(test, 60.0))
        if not ended and time.monotonic() > end:
            _kill(pid)
            os.waitpid(pid, 0)
            return {"outcome": "unfinished", "tests": []}
        if not ended and (patience.is_over() or _memory(pid) > MEMORY):
            _kill(pid)
            os.waitpid(pid, 0)
            return {"outcome": "failed" if failed else "stopped", "tests": failed or [running]}
    code = os.waitstatus_to_exitcode(status)
    outcome = "passed" if code in (0, 5) else "failed" if code == 1 else "crashed"
    return {"outcome": outcome, "tests": failed or ([running] if code else [])}


class _Patience:
    """How long a test may go on: `limit` seconds of processor time, and so many seconds in a row with next to none."""

    def __init__(self, pid: int, limit: float) -> None:
        self._pid = pid
        self._limit = limit
        self._start: float | None = None
        self._next_look = time.monotonic() + LOOK
        self._idle_since, self._seconds_then = time.monotonic(), 0.0

    def is_over(self) -> bool:
        """Whether the fork has had its time; looks once in a few seconds."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + LOOK
        seconds = _processor_seconds(self._pid)
        if self._start is None:
            self._start = self._seconds_then = seconds
        if seconds - self._seconds_then > IDLE_SHARE * IDLE:
            self._idle_since, self._seconds_then = now, seconds
        return seconds - self._start > self._limit or now - self._idle_since > max(IDLE, self._limit)


def _processor_seconds(pid: int) -> float:
    """The processor time of a fork and of all that it started."""
    seconds = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                seconds += sum(process.cpu_times()[:4])  # user, system, and both of the children that have ended
    return seconds


def _kill(pid: int) -> None:
    """Kill a fork and all that it started, in sessions of their own too."""
    for process in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _memory(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def main() -> None:
    """Answer tasks from standard input until it closes."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(os.open("server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    os.dup2(1, 2)
    for package in PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError:
            continue  # a part that this machine lacks
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()
    for line in sys.stdin:
        task = json.loads(line)
        source, out = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.close(source)
            os.close(0)
            os.open(os.devnull, os.O_RDONLY)
            code = 3
            try:
                code = _run_tests(task, out)
            finally:
                sys.stdout.flush()
                os._exit(code)
        os.close(out)
        reply = _watch(pid, source, task)
        os.close(source)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # what the tests left behind
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
