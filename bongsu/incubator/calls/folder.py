"""The folder of a call: its four files, read whole or refused, and the example that `bongsu call init` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from bongsu.core.document_shape import join_place
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.toml_lines import find_line
from bongsu.incubator.calls.check import FILES, CallFiles
from bongsu.incubator.calls.document import parse_call
from bongsu.incubator.eligibility.document import parse_rules
from bongsu.incubator.forms.document import parse_form
from bongsu.incubator.workflow.document import parse_workflow
from bongsu.incubator.workflow.shipped import read_shipped_text

EXAMPLE = "example-2027"  # the name of the example call
_EXAMPLE = files("bongsu.incubator.calls") / "example"


PARSERS: Mapping[str, Callable[[str, str], Any]] = MappingProxyType(
    dict(zip(FILES, (parse_call, parse_form, parse_rules, parse_workflow), strict=True))
)
_TOML_LINE = re.compile(r"\(at line ([0-9]+), ")  # as tomllib says it


class Place(NamedTuple):
    """The field and the line that an error is about; a text that is not TOML has a line alone."""

    field: str
    line: int | None


def parse_files(texts: Mapping[str, str], where: str = "") -> CallFiles:
    """Reads the four files from their texts by name. Raises BadInput with the file, the line and the field, or Missing."""
    read = []
    for name in FILES:
        if name not in texts:
            raise Missing(N_("The call has no file “{name}”."), name=name, where=where)
    for name in FILES:
        try:
            read.append(PARSERS[name](texts[name], ""))
        except BadInput as error:
            field, line = describe_place(error, texts[name])
            file = f"{where}/{name}" if where else name
            error.where = join_place(f"{file}, line {line}" if field and line else file, field)
            raise
    return CallFiles(*read)


def describe_place(error: BadInput, text: str) -> Place:
    """Returns what an error of a parser is about, in the text that it read."""
    found = _TOML_LINE.search(str(error.values.get("reason", "")))
    return Place(error.where, int(found[1]) if found else find_line(text, error.where))


_SECOND_ROUND = """\
[[round]]                            # what comes late for the first round goes here
key = "second"
opens = "2027-04-01 09:00"
closes = "2027-04-30 18:00"
results = "2027-06-30 12:00"
"""


def write_example(workflow: str, name: str = EXAMPLE) -> dict[str, str]:
    """Returns the texts of an example call by file, with a shipped workflow. Raises UnknownName with the nearest names."""
    shipped = read_shipped_text(workflow)
    texts = {name: (_EXAMPLE / name).read_text(encoding="utf-8") for name in FILES if name != "workflow.toml"}
    call = texts["call.toml"].replace('workflow = "one-stage"  ', f'workflow = "{workflow}"  ')
    if workflow == "rolling":
        call = call.replace("\n\n[[round]]", "\nrolling = true\n\n[[round]]", 1)
        call = call.replace("\n[[criterion]]", f"\n{_SECOND_ROUND}\n[[criterion]]", 1)
    call = call.replace(f'call = "{EXAMPLE}"', f"call = {json.dumps(name)}")
    return {**texts, "call.toml": call, "workflow.toml": shipped}
