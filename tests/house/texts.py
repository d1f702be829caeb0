"""Finds every text that a person may see: marked in Python (N_, gettext) and in templates ({% translate %})."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2] / "bongsu"
_KEYWORDS = {
    "N_": None,
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def rooms() -> list[Path]:
    """Returns the packages of bongsu."""
    return sorted(path for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__")


def marked(room: Path) -> Iterator[tuple[str, str]]:
    """Yields (text, place) for every marked text of a package."""
    from django.utils.translation.template import templatize

    for path in sorted([*room.rglob("*.py"), *room.rglob("*.html")]):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            source = templatize(source)
        for line, message, _, _ in extract("python", io.BytesIO(source.encode()), _KEYWORDS):
            for text in (message,) if isinstance(message, str) else message:
                if text:
                    yield text, f"{path.relative_to(ROOT)}:{line}"


def translated(language: str) -> dict[str, str]:
    """Returns every translated text of all packages, and its translation."""
    found: dict[str, str] = {}
    for po in sorted(ROOT.glob(f"*/locale/{language}/LC_MESSAGES/django.po")):
        with po.open("rb") as source:
            for message in read_po(source, locale=language):
                ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
                strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
                if message.id and all(strings) and not message.fuzzy:
                    found.update(dict.fromkeys(ids, strings[0]))
    return found
