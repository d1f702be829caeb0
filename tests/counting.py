"""Counts work, where a test must not depend on how fast or how busy the machine is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any


def count_calls(function: Callable[[], object]) -> int:
    """How many functions, Python's and C's, are called in this thread while `function` runs."""
    counted = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return counted


_opened: list[Path] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "open" and isinstance(arguments[0], str | Path):
        _opened.append(Path(arguments[0]))


sys.addaudithook(_note)  # stays until the process ends, and does nothing between calls


def list_opened(root: Path, function: Callable[[], object]) -> list[Path]:
    """Which files below `root` Python opens while `function` runs, in any thread."""
    global _opened
    _opened = []
    try:
        function()
        return [path for path in _opened if path.is_relative_to(root)]
    finally:
        _opened = None
