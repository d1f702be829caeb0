"""Croissant 0.8, 1.0 and 1.1: one JSON-LD file a dataset, its names written in several ways.

We read what a catalogue needs and leave record sets alone. Source: docs.mlcommons.org/croissant.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bongsu.commons.harvest.record import Origin, Read, entry, languages_of, sectors_of, year_of
from bongsu.core.errors import N_, BadInput

_PREFIXES = ("sc:", "schema:", "https://schema.org/", "http://schema.org/")


def recognises(document: object) -> bool:
    """Whether a document is Croissant."""
    if not isinstance(document, Mapping) or "@context" not in document:
        return False
    said = str(document.get("conformsTo", "")) + str(document.get("dct:conformsTo", "")) + str(document["@context"])
    return "croissant" in said.lower() or "recordSet" in document or "ml:" in said


def read(document: Mapping[str, Any], origin: Origin) -> Read:
    """The dataset of a Croissant file; one without a name is called by its folder. Raises BadInput where that fails too."""
    plain = {_bare(key): value for key, value in document.items()}
    name = _texts(plain.get("name")) or _named_by_place(origin.address)
    if not name:
        raise BadInput(N_("The Croissant file has no name."), where=origin.address or origin.source)
    version = _version(plain.get("conformsTo"))
    homepage = _one(plain.get("url"))
    creators = _names(plain.get("creator")) or _names(plain.get("publisher"))
    return entry(
        origin,
        _one(plain.get("identifier")) or (homepage if _own_page(homepage) else next(iter(name.values()))),
        "dataset",
        name,
        shows=f"its Croissant {version} description",
        description=_texts(plain.get("description")),
        homepage=homepage,
        organisation=", ".join(creators),
        licence=", ".join(_licences(plain.get("license"))),
        year=year_of(plain.get("datePublished"), plain.get("dateCreated")),
        languages=languages_of(plain.get("inLanguage")),
        sectors=sectors_of(plain.get("keywords")),
    )


def _own_page(address: str) -> bool:
    """Whether an address can be of this dataset alone: a host without a path is a site that holds many."""
    parts = urlsplit(address)
    return bool(parts.scheme and parts.netloc and parts.path.strip("/"))


def _named_by_place(address: str) -> dict[str, str]:
    """The last folder of the file's place, as portals lay their files out: …/squad/metadata.json is “squad”."""
    folder = PurePosixPath(urlsplit(address).path).parent.name
    return {"en": folder} if folder else {}


def _bare(key: str) -> str:
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            return key.removeprefix(prefix)
    return "conformsTo" if key in ("dct:conformsTo", "http://purl.org/dc/terms/conformsTo") else key


def _version(given: object) -> str:
    for value in given if isinstance(given, list) else [given]:
        text = str(value.get("@id", "") if isinstance(value, Mapping) else value or "")
        if "croissant/" in text:
            return text.rstrip("/").rpartition("/")[2]
    return "0.8"


def _one(value: object) -> str:
    """A scalar, the first of a list, or the value of a node."""
    if isinstance(value, list):
        return _one(value[0]) if value else ""
    if isinstance(value, Mapping):
        return _one(value.get("@value") or value.get("@id") or value.get("url") or value.get("name"))
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _texts(value: object) -> dict[str, str]:
    """Texts by language: a text (taken for English), {"@language", "@value"}, {"en": ...}, or a list of these."""
    found: dict[str, str] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping) and "@value" in item:
            found.setdefault(str(item.get("@language", "en")), str(item["@value"]))
        elif isinstance(item, Mapping):
            found |= {str(language): str(text) for language, text in item.items() if not str(language).startswith("@")}
        elif item not in (None, ""):
            found.setdefault("en", str(item))
    return {language: " ".join(text.split()) for language, text in found.items() if languages_of(language)}


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    names = (item.get("name") or item.get("sc:name") if isinstance(item, Mapping) else item for item in items)
    return [_one(name) for name in names if _one(name)][:5]


def _licences(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(_one(item) for item in items if _one(item)))
