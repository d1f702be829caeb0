"""Compiles the translations (.po to .mo) when Bongsu is installed or built, so that no compiled file is kept in the tree."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_translations(root: Path) -> None:
    """Writes a .mo beside every .po of a package and of a shipped language."""
    shipped = root.glob("bongsu/definitions/languages/*/LC_MESSAGES/*.po")
    for po in sorted([*root.glob("bongsu/*/locale/*/LC_MESSAGES/django.po"), *shipped]):
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parts[-3])
        with po.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)


class CustomBuildHook(BuildHookInterface):
    """Runs for wheels and for editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_translations(Path(self.root))
