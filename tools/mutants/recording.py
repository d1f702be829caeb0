"""A pytest plugin that records which tests run which lines, through fixtures and caches too: -p tools.mutants.recording.

Coverage attributes a line to the test during which it ran. That misses tests that use what an earlier one has made: a
fixture of wider scope than one test, or the result of a function with `functools.cache`. Here such a fixture or function
is a context of its own, and a file beside the coverage says which tests use which. Lines that run while a module is
imported have the empty context; `tools.mutants.choosing` finds their tests by the names that they define.

Load it with `-p`, before anything imports bongsu: it replaces `functools.lru_cache` and `functools.cache`.
"""

from __future__ import annotations

import functools
import importlib.machinery
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import coverage
import pytest

from tools.mutants.choosing import FOLDER, hash_sources

_contexts = [""]  # the innermost is the last
_callers: dict[str, set[str]] = defaultdict(set)  # fixture or cached function -> the contexts that use it
_seconds: dict[str, float] = defaultdict(float)
_failed: set[str] = set()


def function_id(item: pytest.Item) -> str:
    """The node id of a test function, without its parameters."""
    return item.nodeid.split("[", 1)[0]


@contextmanager
def _context(name: str, *, subprocesses: bool = False) -> Iterator[None]:
    """Attribute the lines that run to `name`; those of Python subprocesses too if asked."""
    current = coverage.Coverage.current()
    if current is None:
        yield
        return
    before = os.environ.get("COVERAGE_PROCESS_CONFIG")
    if subprocesses and before is not None:
        current.config.context = name
        os.environ["COVERAGE_PROCESS_CONFIG"] = current.config.serialize()
        current.config.context = None
    _contexts.append(name)
    current.switch_context(name)
    try:
        yield
    finally:
        _contexts.pop()
        current.switch_context(_contexts[-1])
        if subprocesses and before is not None:
            os.environ["COVERAGE_PROCESS_CONFIG"] = before


def _record_cache(make: Callable[..., Any]) -> Callable[..., Any]:
    """`functools.lru_cache` that makes each cached function of bongsu a context of its own."""

    def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
        def decorate(function: Callable[..., Any]) -> Any:
            if not function.__module__.startswith("bongsu"):
                return make(maxsize, typed)(function)
            name = f"cache:{function.__module__}.{function.__qualname__}"

            @functools.wraps(function)
            def compute(*args: Any, **kwargs: Any) -> Any:
                with _context(name):
                    return function(*args, **kwargs)

            cached = make(maxsize, typed)(compute)

            @functools.wraps(function)
            def call(*args: Any, **kwargs: Any) -> Any:
                _callers[name].add(_contexts[-1])
                return cached(*args, **kwargs)

            for attribute in ("cache_clear", "cache_info", "cache_parameters"):
                setattr(call, attribute, getattr(cached, attribute))
            return call

        if callable(maxsize):
            function, maxsize = maxsize, 128
            return decorate(function)
        return decorate

    return lru_cache


functools.lru_cache = _record_cache(functools.lru_cache)
functools.cache = lambda function: functools.lru_cache(maxsize=None)(function)

_exec_module = importlib.machinery.SourceFileLoader.exec_module


def _record_import(loader: Any, module: ModuleType) -> None:
    if not module.__name__.startswith("bongsu"):
        return _exec_module(loader, module)
    with _context(""):
        return _exec_module(loader, module)


importlib.machinery.SourceFileLoader.exec_module = _record_import  # type: ignore[assignment,method-assign]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Attribute the lines to the test, and remember which wider fixtures it uses."""
    name = function_id(item)
    for definitions in getattr(item, "_fixtureinfo").name2fixturedefs.values():  # noqa: B009 - pytest has no public name
        for definition in definitions:
            if definition.scope != "function":
                _callers[f"fixture:{definition.baseid}:{definition.argname}"].add(name)
    del _contexts[1:]
    with _context(name, subprocesses=True):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    """Attribute the lines of a fixture of wider scope to the fixture."""
    if fixturedef.scope == "function":
        return (yield)
    name = f"fixture:{fixturedef.baseid}:{fixturedef.argname}"
    started = time.perf_counter()
    with _context(name, subprocesses=True):
        result = yield
    _seconds[name] = max(_seconds[name], time.perf_counter() - started)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how long a test takes, and whether it fails."""
    report = yield
    _seconds[function_id(item)] += report.duration
    if report.failed:
        _failed.add(function_id(item))
    return report


def pytest_sessionfinish() -> None:
    """Write what was remembered beside the coverage, one file for each process."""
    if current := coverage.Coverage.current():
        current.save()
    FOLDER.mkdir(parents=True, exist_ok=True)
    uses = {name: sorted(callers) for name, callers in _callers.items()}
    record = {"uses": uses, "seconds": _seconds, "failed": sorted(_failed), "sources": hash_sources()}
    (FOLDER / f"uses.{os.getpid()}.json").write_text(json.dumps(record), encoding="utf-8")
