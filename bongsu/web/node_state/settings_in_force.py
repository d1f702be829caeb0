"""The settings in force: the value of each, and where it comes from. A secret is only said to be set or not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bongsu.core.environment import VARIABLES, Reader
from bongsu.core.errors import N_
from bongsu.core.text_files import decode_text, parse_toml
from bongsu.store.node import Node

NODE_FOLDER = "BONGSU_NODE"
ENVIRONMENT, NODE_FILE, DEFAULT = N_("environment"), "node.toml", N_("default")
SET, NOT_SET = N_("set"), N_("not set")
# `bongsu serve` puts the value of an option into the environment.
_OPTIONS = {"NODE": "--node", "HOST": "--host", "PORT": "--port"}


class SettingInForce(NamedTuple):
    """A setting: its name, value ("" if it is empty), where the value comes from, and what it is for.

    The value of a secret is SET or NOT_SET.
    """

    name: str
    value: str
    source: str
    sentence: str
    secret: bool = False

    @property
    def option(self) -> str:
        """The option of the command that sets it too, or ""."""
        return _OPTIONS.get(self.name.removeprefix("BONGSU_"), "")


def list_settings(node: Node, environment: Mapping[str, str] = os.environ) -> list[SettingInForce]:
    """Returns the node's settings: those of the environment as core/environment.py lists them, then those of node.toml."""
    found = []
    for row in VARIABLES:
        if row.reader is not Reader.NODE:
            continue
        given = row.name in environment
        value = environment.get(row.name, row.default)
        if row.name == NODE_FOLDER:  # an option of the command may name another folder than the environment does
            value, given = str(node.root), True
        if row.secret:
            value = SET if value else NOT_SET
        source = ENVIRONMENT if given else DEFAULT
        found.append(SettingInForce(row.name, value, source, row.sentence, row.secret))
    path = node.root / NODE_FILE
    table = parse_toml(decode_text(path.read_bytes(), NODE_FILE), NODE_FILE)
    return found + [SettingInForce(name, value, NODE_FILE, _SENTENCES.get(name, "")) for name, value in _flatten(table)]


_SENTENCES = {
    "format": N_("The format of the node's folder."),
    "id": N_("The node's id, made when the node was created."),
    "name": N_("The name of the node, as pages show it."),
    "agency": N_("The node's SDMX agency."),
    "created": N_("When the node was created."),
}


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            yield from _flatten({f"{name}[{number}]": one for number, one in enumerate(value)}, prefix)
        else:
            yield f"{prefix}{name}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)
