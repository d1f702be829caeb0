"""Looks up models by name: their size, architecture and precision.

Three sources, in this order: the project's table of open models (models.csv), the registry of the installed `ecologits`
package (closed models with sizes as ranges), and sizes in the name itself ("235B-A22B", "FP8"). `get_model` raises
UnknownName, with the nearest names, for any other name; a sheet integrates over the prior of the size instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from bongsu.core.errors import N_, UnknownName, unknown_name
from bongsu.energy.estimate.tables import table_files

# "30B", "1.7B", "8x22B" as separate words; "A3B" are the active parameters
_TOTAL = re.compile(r"(?<![A-Za-z0-9.])(?:([0-9]+)x)?([0-9]+(?:\.[0-9]+)?)[bB](?![A-Za-z0-9])")
_ACTIVE = re.compile(r"(?<![A-Za-z0-9])[aA]([0-9]+(?:\.[0-9]+)?)[bB](?![A-Za-z0-9])")
_PRECISION = re.compile(r"(?<![A-Za-z0-9])(fp8|mxfp4|nvfp4|int8|int4|bf16|fp16)(?![A-Za-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class ModelEntry:
    """A model: its name, who serves or made it, total and active parameters in 1e9 as (low, high), and the source.

    `architecture` is "dense", "moe" or "hybrid"; `precision` is None if it is not published.
    """

    name: str
    provider: str
    total: tuple[float, float]
    active: tuple[float, float]
    architecture: str
    precision: str | None
    source: str


@cache
def models() -> dict[str, ModelEntry]:
    """Returns every known model by its name in lower case, its aliases, and its name without the organisation."""
    known: dict[str, ModelEntry] = {}
    short: dict[str, ModelEntry] = {}
    for model, names in (*_own_models(), *_registry_models()):
        for name in names:
            known.setdefault(name.casefold(), model)
            short.setdefault(name.casefold().rsplit("/", 1)[-1], model)
    return short | known


def get_model(name: str) -> ModelEntry:
    """Returns the model called `name`. Raises UnknownName with the nearest names."""
    found = find_model(name)
    if found is None:
        raise _suggest_size(unknown_name(N_("model"), name, {entry.name for entry in models().values()}))
    return found


def unknown_diffusion_error(name: str) -> UnknownName:
    """Returns the error for an image or video model that is not in the table."""
    known = {row["id"] for row in table_files.read_rows("diffusion_models.csv")}
    return _suggest_size(unknown_name(N_("image or video model"), name, known, where="model"))


def _suggest_size(error: UnknownName) -> UnknownName:
    """Adds a fix to an error that has no similar names: give the size instead."""
    error.fix = error.fix or N_("If the model is not listed, give its parameters in billions.")
    return error


@cache
def find_model(name: str) -> ModelEntry | None:
    """Returns the model called `name` from the tables, or from the size in the name; None if it has neither."""
    folded = name.strip().casefold()
    if not folded:
        return None
    known = models()
    entry = known.get(folded) or known.get(folded.rsplit("/", 1)[-1])
    return entry or _parse_model_name(name)


def parse_registry(data: Any, source: str) -> list[tuple[ModelEntry, list[str]]]:
    """Returns the models of an `ecologits` registry file in its order, each with all its names. `source` cites the file."""
    aliases: dict[tuple[str, str], list[str]] = {}
    for row in data["aliases"]:
        aliases.setdefault((row["provider"], row["alias"]), []).append(row["name"])
    entries = []
    for row in data["models"]:
        size = row["architecture"]["parameters"]
        mixture = row["architecture"]["type"] == "moe"
        total = _parse_range(size["total"] if mixture else size)
        active = _parse_range(size["active"] if mixture else size)
        entry = ModelEntry(
            row["name"],
            row["provider"],
            total,
            (min(active[0], total[0]), min(active[1], total[1])),
            "moe" if mixture else "dense",
            _parse_precision(row["name"]),
            "; ".join([source, *(row["sources"] or [])]),
        )
        names = [row["name"], f"{row['provider']}/{row['name']}", *aliases.get((row["provider"], row["name"]), [])]
        entries.append((entry, names))
    return entries


def _own_models() -> Iterator[tuple[ModelEntry, list[str]]]:
    for row in table_files.read_rows("models.csv"):
        total, active = float(row["total"]), float(row["active"])
        provider = row["id"].split("/")[0]
        entry = ModelEntry(
            row["id"], provider, (total, total), (active, active), row["architecture"], row["precision"], row["source"]
        )
        yield entry, [row["id"], *filter(None, row["aliases"].split("|"))]


@cache
def _registry_models() -> list[tuple[ModelEntry, list[str]]]:
    return parse_registry(table_files.read_ecologits("models.json"), table_files.cite_ecologits("models.json"))


def _parse_range(size: float | dict[str, float]) -> tuple[float, float]:
    return (float(size["min"]), float(size["max"])) if isinstance(size, dict) else (float(size), float(size))


def _parse_model_name(name: str) -> ModelEntry | None:
    size = _TOTAL.search(name)
    if size is None:
        return None
    copies, each = int(size[1] or 1), float(size[2])
    active_size = _ACTIVE.search(name)
    # "8x22B": two experts are active, as in Mixtral
    active = float(active_size[1]) if active_size else each * min(copies, 2)
    total = max(copies * each, active)
    return ModelEntry(
        name,
        "",
        (total, total),
        (active, active),
        "moe" if active < total else "dense",
        _parse_precision(name),
        "the model's name",
    )


def _parse_precision(name: str) -> str | None:
    """Returns the precision of the weights in a model's name ("Llama-3.1-405B-FP8"), in the spelling of the sheet."""
    found = _PRECISION.search(name)
    return {"bf16": "bfloat16", "fp16": "bfloat16"}.get(found[1].lower(), found[1].lower()) if found else None
