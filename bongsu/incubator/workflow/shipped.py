"""The workflows that come with Bongsu: files in bongsu/incubator/workflow/shipped, to be used or changed."""

from __future__ import annotations

from importlib.resources import files

from bongsu.core.errors import N_, unknown_name
from bongsu.incubator.workflow.document import Workflow, parse_workflow

_FOLDER = files("bongsu.incubator.workflow") / "shipped"


def list_shipped() -> list[str]:
    """Returns the names of the workflows."""
    return sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


def read_shipped_text(name: str) -> str:
    """Returns the file of a workflow. Raises UnknownName with the nearest names."""
    if name not in list_shipped():
        raise unknown_name(N_("workflow"), name, list_shipped())
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def read_shipped(name: str) -> Workflow:
    """Returns a workflow. Raises UnknownName with the nearest names."""
    return parse_workflow(read_shipped_text(name), f"{name}.toml")
