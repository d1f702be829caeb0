"""The options of an estimate: one table (options.csv) for the command, the page and the HTTP interface.

`run_estimate` calls the Python function of the kind with the given options. Their names are those of the function's arguments,
except `batch_size`, which is `batch` there. Defaults are in the functions and the priors.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text import Text
from bongsu.energy.estimate.answer.estimate_result import EstimateResult
from bongsu.energy.estimate.answer.inference import image, inference, video
from bongsu.energy.estimate.answer.training import training
from bongsu.energy.estimate.tables import table_files

ESTIMATE_FUNCTIONS: dict[str, Callable[..., EstimateResult]] = {
    "inference": inference,
    "training": training,
    "image": image,
    "video": video,
}
WORK_KINDS = tuple(ESTIMATE_FUNCTIONS)
_ARGUMENT_NAMES = {"batch_size": "batch"}  # on the command line, --batch names a file


@dataclass(frozen=True)
class Option:
    """One option: `type` is number, integer, factor, choice or text; `main` options come first on the page."""

    name: str
    type: str
    kinds: tuple[str, ...]
    main: bool
    label: Text
    help: Text

    def parse(self, text: str) -> object:
        """Returns the value of `text`. Raises BadInput."""
        if self.type in ("choice", "text"):
            return text
        if self.type == "factor" and text.casefold() == "prior":
            return True
        try:
            return int(text) if self.type == "integer" else float(text)
        except ValueError:
            raise BadInput(
                N_("“{text}” is not a number."),
                where=self.name,
                fix=N_("Give a plain number without a unit, or leave it empty."),
                text=text,
            ) from None


@cache
def options() -> dict[str, Option]:
    """Returns every option by name, `model` first."""
    rows = table_files.read_rows("options.csv")
    return {
        row["name"]: Option(
            row["name"],
            row["type"],
            tuple(row["kinds"].split()),
            row["level"] == "main",
            Text.from_row(row, where=row["name"]),
            Text.from_row(row, "help_", where=row["name"]),
        )
        for row in rows
    }


def kind_options(kind: str) -> list[Option]:
    """Returns the options of a kind of work, in the table's order. Raises UnknownName."""
    if kind not in ESTIMATE_FUNCTIONS:
        raise unknown_name(N_("kind of work"), kind, WORK_KINDS)
    return [option for option in options().values() if kind in option.kinds]


def parse_options(kind: str, texts: Mapping[str, str]) -> dict[str, object]:
    """Parses the options of `kind` from a query or form; empty ones are left out. Raises BadInput or UnknownName."""
    known = {option.name: option for option in kind_options(kind)}
    alias = {argument: name for name, argument in _ARGUMENT_NAMES.items()}
    given = {}
    for name, text in texts.items():
        option = known.get(alias.get(name, name))
        if option is None:
            raise unknown_name(N_("option"), name, known, where=name)
        if text.strip():
            given[option.name] = option.parse(text.strip())
    return given


def run_estimate(kind: str, given: Mapping[str, object]) -> EstimateResult:
    """Returns the estimate of `kind` with these options. Raises UnknownName, BadInput, Missing."""
    kind_options(kind)
    return ESTIMATE_FUNCTIONS[kind](**{_ARGUMENT_NAMES.get(name, name): value for name, value in given.items()})


def estimate_command(kind: str, given: Mapping[str, object]) -> str:
    """Returns the command line that makes the same estimate."""
    words = ["bongsu", "estimate", kind]
    for name, value in given.items():
        text = "prior" if value is True else f"{value:.10g}" if isinstance(value, float) else str(value)
        words += [f"--{name.replace('_', '-')}", text]
    return shlex.join(words)
