"""Functions whose modules are imported when they are called: a command that calls none of them starts sooner."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def import_late(module: str, name: str) -> Callable[..., Any]:
    """Returns a function that imports the module and calls the function with this name there."""

    def call(*arguments: Any, **named: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **named)

    return call
