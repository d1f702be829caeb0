"""The campaigns that ship with Bongsu as examples: files in bongsu/credits/examples, with their public sources."""

from __future__ import annotations

from importlib.resources import files

from bongsu.core.errors import N_, unknown_name
from bongsu.credits.rules.document import Campaign, parse_campaign
from bongsu.credits.unit_table import known_units

_FOLDER = files("bongsu.credits") / "examples"


def list_examples() -> list[str]:
    """Returns the names of the examples."""
    return sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml"))


def read_example_text(name: str) -> str:
    """Returns the file of an example. Raises UnknownName with the nearest names."""
    if name not in list_examples():
        raise unknown_name(N_("example"), name, list_examples())
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def read_example(name: str) -> Campaign:
    """Returns the campaign of an example. Raises UnknownName with the nearest names."""
    return parse_campaign(read_example_text(name), known_units(), f"{name}.toml")
