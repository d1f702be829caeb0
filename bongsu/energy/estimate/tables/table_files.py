"""Reads the estimate's tables: CSV and TOML files in this folder, each row with its source, read once per process.

The registry of models and the electricity mixes are files of the installed `ecologits` package.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, PartMissing


def read_bytes(name: str) -> bytes:
    """Returns the bytes of the table `name`."""
    return files(__package__).joinpath(name).read_bytes()


@cache
def read_rows(name: str) -> tuple[dict[str, str], ...]:
    """Returns the rows of the CSV table `name`, as text."""
    return tuple(csv.DictReader(io.StringIO(read_bytes(name).decode())))


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Returns the TOML table `name`."""
    return tomllib.loads(read_bytes(name).decode())


@cache
def read_ecologits(name: str) -> Any:
    """Returns the JSON file `name` of the installed `ecologits` package (MPL-2.0) without importing the package."""
    spec = importlib.util.find_spec("ecologits")
    if spec is None or not spec.submodule_search_locations:
        raise PartMissing(
            N_("The registry of models and electricity mixes is not installed."),
            fix=N_('Install it: pip install "bongsu[node]".'),
        )
    return json.loads((Path(spec.submodule_search_locations[0]) / "data" / name).read_text(encoding="utf-8"))


@cache
def cite_ecologits(name: str) -> str:
    """Returns the citation of the `ecologits` file `name`: package, version, licence."""
    from importlib.metadata import version

    return f"ecologits {version('ecologits')}, data/{name} (MPL-2.0)"
