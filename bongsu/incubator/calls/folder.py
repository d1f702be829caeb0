"""The folder of a call: its four files, read whole or refused, and the example that `bongsu call init` writes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from bongsu.core.errors import N_, Missing
from bongsu.incubator.calls.check import FILES, CallFiles
from bongsu.incubator.calls.document import parse_call
from bongsu.incubator.eligibility.document import parse_rules
from bongsu.incubator.forms.document import parse_form
from bongsu.incubator.workflow.document import parse_workflow
from bongsu.incubator.workflow.shipped import read_shipped_text

_EXAMPLE = files("bongsu.incubator.calls") / "example"


def parse_files(texts: Mapping[str, str], where: str = "") -> CallFiles:
    """Reads the four files from their texts by name. Raises BadInput with the file and the field, or Missing."""
    for name in FILES:
        if name not in texts:
            raise Missing(N_("The call has no file “{name}”."), name=name, where=where)
    places = {name: f"{where}/{name}" if where else name for name in FILES}
    return CallFiles(
        call=parse_call(texts["call.toml"], places["call.toml"]),
        form=parse_form(texts["form.toml"], places["form.toml"]),
        rules=parse_rules(texts["rules.toml"], places["rules.toml"]),
        workflow=parse_workflow(texts["workflow.toml"], places["workflow.toml"]),
    )


def write_example(workflow: str) -> dict[str, str]:
    """Returns the texts of an example call by file, with a shipped workflow. Raises UnknownName with the nearest names."""
    shipped = read_shipped_text(workflow)
    texts = {name: (_EXAMPLE / name).read_text(encoding="utf-8") for name in FILES if name != "workflow.toml"}
    call = texts["call.toml"].replace('workflow = "one-stage"  ', f'workflow = "{workflow}"  ')
    return {**texts, "call.toml": call, "workflow.toml": shipped}
