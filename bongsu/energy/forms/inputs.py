"""The inputs of a form's page, and the conversion of typed texts to the nested fields of an input file.

The inputs are listed in inputs.toml. Texts are passed on unchanged and numbers as numbers; `input_fields` validates them. An
empty input is a field that is not given.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.estimate import Boundary, Kind
from bongsu.core.text import Text
from bongsu.energy.forms import filled_form as forms
from bongsu.store.tables.definitions import code_lists

ESTIMATE_PARTS = ("value", "low", "high", "unit", "kind", "boundary", "method")
NUMBER_PARTS = ("value", "low", "high")


@dataclass(frozen=True)
class FormInput:
    """One input: its id (with dots for groups), name, kind, unit, choices with their names, and an example.

    `group` is the name of the estimate that the input is part of.
    """

    id: str
    name: Text
    kind: str
    unit: str = ""
    options: tuple[tuple[str, Text], ...] = ()
    example: str = ""
    group: Text | None = None


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("bongsu.energy.forms") / "inputs.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def form_inputs(form: str) -> tuple[FormInput, ...]:
    """Returns the inputs of `form`; an estimate becomes several inputs. Raises UnknownName."""
    table = _table()["forms"]
    if form not in table:
        raise unknown_name(N_("form"), form, table)
    return tuple(one for row in table[form] for one in _expand_inputs(form, row))


def _expand_inputs(form: str, row: Mapping[str, Any]) -> Iterator[FormInput]:
    id_, name = row["id"], _input_name(form, row["id"])
    if row["kind"] != "estimate":
        options = tuple((option, _option_name(form, id_, option)) for option in row.get("options", ()))
        yield FormInput(id_, name, row["kind"], row.get("unit", ""), options, row.get("example", ""))
        return
    example = row.get("example", {})
    for part in ESTIMATE_PARTS:
        listed = {"kind": ("CL_KIND", Kind), "boundary": ("CL_BOUNDARY", Boundary)}.get(part)
        options = ()
        if listed:
            codes = code_lists()[listed[0]]
            options = tuple((str(word), codes.get(str(word)).name) for word in listed[1] if word is not Boundary.NONE)
        given = example.get(part, row["unit"] if part == "unit" else "")
        kind = "choice" if options else "number" if part in NUMBER_PARTS else "text"
        yield FormInput(
            f"{id_}.{part}",
            _input_name(form, part),
            kind,
            "",
            options,
            given if example or part == "unit" else "",
            name,
        )


def _input_name(form: str, id_: str) -> Text:
    names = _table()["names"]
    return Text.of(names[id_], f"inputs.toml, {id_}") if id_ in names else forms.form_text(form, id_)


def _option_name(form: str, id_: str, option: str) -> Text:
    if id_ == "rule":
        return forms.form_text(form, option)
    if id_.endswith("boundary"):
        return code_lists()["CL_BOUNDARY"].get(option).name
    return Text(option)


def parse_typed(form: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Returns the fields of `form` from the typed texts. Raises BadInput for an invalid line in a list of models."""
    found: dict[str, Any] = {}
    for one in form_inputs(form):
        text = typed.get(one.id, "").strip()
        if not text:
            continue
        *groups, last = one.id.split(".")
        inner = found
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = _parse_models(one.id, text) if one.kind == "models" else _parse_value(one.kind, text)
    return {name: value for name, value in found.items() if not _is_empty(form, name, value)}


def _is_empty(form: str, name: str, value: Any) -> bool:
    """Returns whether a group is not given: it has only values that the page fills in by itself (a choice, a unit)."""
    parts = [one for one in form_inputs(form) if one.id.startswith(f"{name}.")]
    own = [one.id.rpartition(".")[2] for one in parts if one.kind != "choice" and not one.id.endswith(".unit")]
    return bool(parts) and not any(part in value for part in own)


def _parse_value(kind: str, text: str) -> str | float:
    if kind not in ("number", "amount"):
        return text
    try:
        return float(text)
    except ValueError:
        return text


def _parse_models(id_: str, text: str) -> dict[str, Any]:
    models: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, energy = (part.strip() for part in line.rpartition("="))
        if not line.strip():
            continue
        if not equals or not name or name in models:
            raise BadInput(
                N_("Line {number} is not “name = energy”, or names a model twice: {line}"),
                where=id_,
                number=number,
                line=line.strip()[:80],
            )
        models[name] = _parse_value("number", energy)
    return models
