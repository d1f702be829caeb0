"""Reads Croissant 0.8, 1.0 and 1.1: one JSON-LD file per dataset, with several spellings of its property names.

Left out: record sets. Source: docs.mlcommons.org/croissant.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bongsu.commons.harvest.record import (
    HarvestRecord,
    RecordOrigin,
    build_entry,
    first_year,
    language_tags,
    match_sectors,
)
from bongsu.core.errors import N_, BadInput

_PREFIXES = ("sc:", "schema:", "https://schema.org/", "http://schema.org/")


def is_croissant(document: object) -> bool:
    """Returns whether a document is Croissant."""
    if not isinstance(document, Mapping) or "@context" not in document:
        return False
    said = str(document.get("conformsTo", "")) + str(document.get("dct:conformsTo", "")) + str(document["@context"])
    return "croissant" in said.lower() or "recordSet" in document or "ml:" in said


def read_croissant(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads the dataset of a Croissant file. Its name is the file's, or else the folder's; raises BadInput without either."""
    plain = {_strip_prefix(key): value for key, value in document.items()}
    name = _texts(plain.get("name")) or _folder_name(origin.address)
    if not name:
        raise BadInput(N_("The Croissant file has no name."), where=origin.address or origin.source)
    version = _version(plain.get("conformsTo"))
    homepage = _first_scalar(plain.get("url"))
    creators = _names(plain.get("creator")) or _names(plain.get("publisher"))
    return build_entry(
        origin,
        _first_scalar(plain.get("identifier")) or (homepage if _is_own_page(homepage) else next(iter(name.values()))),
        "dataset",
        name,
        shows=f"its Croissant {version} description",
        description=_texts(plain.get("description")),
        homepage=homepage,
        organisation=", ".join(creators),
        licence=", ".join(_licences(plain.get("license"))),
        year=first_year(plain.get("datePublished"), plain.get("dateCreated")),
        languages=language_tags(plain.get("inLanguage")),
        sectors=match_sectors(plain.get("keywords")),
    )


def _is_own_page(address: str) -> bool:
    """Returns whether an address can belong to this dataset only: a host without a path is the site of many."""
    parts = urlsplit(address)
    return bool(parts.scheme and parts.netloc and parts.path.strip("/"))


def _folder_name(address: str) -> dict[str, str]:
    """Returns the last folder of the file's address, which portals name after the dataset: “squad” of …/squad/metadata.json."""
    folder = PurePosixPath(urlsplit(address).path).parent.name
    return {"en": folder} if folder else {}


def _strip_prefix(key: str) -> str:
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


def _first_scalar(value: object) -> str:
    """Returns a scalar, the first of a list, or the value of a node, as text."""
    if isinstance(value, list):
        return _first_scalar(value[0]) if value else ""
    if isinstance(value, Mapping):
        return _first_scalar(value.get("@value") or value.get("@id") or value.get("url") or value.get("name"))
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _texts(value: object) -> dict[str, str]:
    """Returns texts by language from a text (taken as English), {"@language", "@value"}, {"en": ...}, or a list of these."""
    found: dict[str, str] = {}
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping) and "@value" in item:
            found.setdefault(str(item.get("@language", "en")), str(item["@value"]))
        elif isinstance(item, Mapping):
            found |= {str(language): str(text) for language, text in item.items() if not str(language).startswith("@")}
        elif item not in (None, ""):
            found.setdefault("en", str(item))
    return {language: " ".join(text.split()) for language, text in found.items() if language_tags(language)}


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    names = (item.get("name") or item.get("sc:name") if isinstance(item, Mapping) else item for item in items)
    return [_first_scalar(name) for name in names if _first_scalar(name)][:5]


def _licences(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(_first_scalar(item) for item in items if _first_scalar(item)))
