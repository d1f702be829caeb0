"""Which format a document has, and the records in it. One function for files, pages of portals and folders alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bongsu.commons.documents import parse
from bongsu.commons.entries.bundle import Tombstone
from bongsu.commons.harvest import cards, ckan, croissant, dcat, registries
from bongsu.commons.harvest.record import Broken, Gone, Origin, Read, each, slug
from bongsu.core.errors import N_, BadInput


@dataclass(frozen=True)
class Page:
    """The records of a document; where the next page is; and whether a listing names all that its source has."""

    format: str
    records: Iterator[Read]
    next: str = ""
    listing: bool = False


def page(data: bytes, origin: Origin, type_: str = "", linked: str = "") -> Page:
    """The records of a document, whatever its format; `linked` is the next page that HTTP named.

    Raises BadInput where the document as a whole cannot be read; a record that cannot be is one of the records.
    """
    where = origin.address or origin.source
    if data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise BadInput(
            N_("This is a page for people, without records."),
            where=where,
            fix=N_(
                "Give the records' own address: of a CKAN portal …/api/3/action/package_search, of a catalogue its DCAT-AP."
            ),
        )
    syntax = dcat.format_of(data, type_)
    if syntax and not (syntax == "json-ld" and _is_croissant(data)):
        graph = dcat.graph_of(data, syntax, where)
        found = each(
            dcat.datasets(graph, where), lambda item: dcat.read(item, origin), _called(origin, dcat.identifier_of)
        )
        return Page("dcat", found, dcat.following(graph) or linked, listing=True)
    if _is_bundle(data):
        return Page("bongsu", _bundle(data, origin, where), linked, listing=True)
    text = data[:64].decode("utf-8", "replace").lstrip("\ufeff")
    if text.startswith("---") and cards.is_card(whole := data.decode("utf-8", "replace")):
        return Page("card", each(iter([(where, whole)]), lambda item: cards.of_readme(item, origin)))
    document = parse(data, where)
    if croissant.recognises(document):
        return Page("croissant", each(iter([(where, document)]), lambda item: croissant.read(item, origin)))
    if ckan.recognises(document):
        packages = ckan.packages(document, where)
        found = each(packages, lambda item: ckan.read(item, origin), _called(origin, _id_or_name))
        return Page("ckan", found, ckan.following(document, where), listing=True)
    return _plain(document, origin, where, linked)


def _plain(document: Any, origin: Origin, where: str, linked: str) -> Page:
    """A record, or a list of records, of another registry or of a model hub."""
    items = document if isinstance(document, list) else [document]
    if not items or not isinstance(items[0], Mapping):
        raise BadInput(N_("No format that is known: neither a record nor a list of records."), where=where)
    numbered = ((f"{where}[{n}]" if isinstance(document, list) else where, item) for n, item in enumerate(items))
    if "modelId" in items[0] or "cardData" in items[0] or ("tags" in items[0] and isinstance(document, list)):
        listing = isinstance(document, list)
        return Page("hub", each(numbered, lambda item: cards.of_list(item, origin)), linked, listing)
    name = next((name for name, is_one, _ in registries.READERS if is_one(items[0])), "")
    if not name:
        raise BadInput(
            N_("No format that is known."),
            where=where,
            fix=N_("Known: DCAT-AP, CKAN, Croissant, cards, MOF, OSAI, DPG, Current AI, and entries of Bongsu."),
        )
    return Page(name, each(numbered, lambda item: _registry(item, origin)), linked, listing=isinstance(document, list))


def _registry(item: Mapping[str, Any], origin: Origin) -> Read:
    for _, is_one, read in registries.READERS:
        if is_one(item):
            return read(item, origin)
    raise BadInput(N_("The record has none of the fields by which a format is known."), where=origin.address)


def _is_croissant(data: bytes) -> bool:
    try:
        return croissant.recognises(json.loads(data))
    except (ValueError, RecursionError):
        return False


def _is_bundle(data: bytes) -> bool:
    first = data[:200].lstrip()
    return first.startswith(b"{") and b'"file":' in data.partition(b"\n")[0] and b"\n" in data


def _bundle(data: bytes, origin: Origin, where: str) -> Iterator[Read]:
    """The entries and tombstones of another node's bundle."""
    for number, line in enumerate(data.splitlines(), start=1):
        place = f"{where}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "deleted" in row:
                yield Gone(slug(origin.source, Tombstone(**row["deleted"]).id))
                continue
            told = row["entry"] if "entry" in row else parse(row["text"].encode(), place)
        except BadInput as wrong:
            yield Broken(place, wrong)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            yield Broken(place, BadInput(N_("The line cannot be read: {reason}."), where=place, reason=wrong))
        else:
            read = partial(registries.of_bongsu, origin=origin)
            yield from each(iter([(place, told)]), read, _called(origin, _id_or_name))


def _called(origin: Origin, name: Callable[[Any], str]) -> Callable[[Any], str]:
    """The id here of a record that could not be read, by what it is called there."""

    def called(item: Any) -> str:
        identifier = name(item)
        return slug(origin.source, identifier) if identifier else ""

    return called


def _id_or_name(item: Any) -> str:
    found = item.get("id") or item.get("name") if isinstance(item, Mapping) else ""
    return found if isinstance(found, str) else ""
