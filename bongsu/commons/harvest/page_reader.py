"""Recognises the format of a document and reads its records. The same function reads files and pages of portals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from bongsu.commons.documents import parse_document
from bongsu.commons.entries.bundle import Tombstone
from bongsu.commons.harvest import card_reader, ckan_reader, croissant_reader, dcat_reader, registry_reader
from bongsu.commons.harvest.record import (
    BrokenRecord,
    DeletedRecord,
    HarvestRecord,
    RecordOrigin,
    local_id,
    read_each_record,
)
from bongsu.core.errors import N_, BadInput

# The formats with their names; those that are not marked are names of standards and registries.
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "dcat": "DCAT-AP",
        "ckan": "CKAN",
        "croissant": "Croissant",
        "hub": N_("List of a model hub"),
        "card": N_("Card of a model or dataset"),
        "bongsu": N_("Entries of a Bongsu node"),
        "mof": "Model Openness Tool",
        "osai": "European Open Source AI index",
        "dpg": "Digital Public Goods registry",
        "current-ai": "Open-source AI map of Current AI",
    }
)


@dataclass(frozen=True)
class RecordPage:
    """The records of a document, their number, the address of the next page, and whether the pages together list everything in
    the source. `announced` is the number of records that the source says it has, None if it does not say.
    """

    format: str
    records: Iterator[HarvestRecord]
    size: int
    next: str = ""
    listing: bool = False
    announced: int | None = None


def read_page(data: bytes, origin: RecordOrigin, type_: str = "", linked: str = "") -> RecordPage:
    """Reads the records of a document in any known format; `linked` is the next page in the HTTP Link header.

    Raises BadInput if the whole document cannot be read. A single record that cannot be read becomes a BrokenRecord.
    """
    where = origin.address or origin.source
    if data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise BadInput(
            N_("The document is an HTML page without records."),
            where=where,
            fix=N_(
                "Give the address of the records: for a CKAN portal …/api/3/action/package_search, "
                "for a catalogue its DCAT-AP file."
            ),
        )
    syntax = dcat_reader.rdf_syntax(data, type_)
    if syntax and not (syntax == "json-ld" and _is_croissant(data)):
        graph = dcat_reader.parse_graph(data, syntax, where)
        datasets = list(dcat_reader.list_datasets(graph, where))
        found = read_each_record(
            iter(datasets),
            lambda item: dcat_reader.read_dataset(item, origin),
            _make_id_finder(origin, dcat_reader.dataset_identifier),
        )
        following = dcat_reader.next_page_address(graph) or linked
        return RecordPage("dcat", found, len(datasets), following, True, dcat_reader.announced_records(graph))
    if _is_bundle(data):
        size = sum(1 for line in data.splitlines() if line.strip())
        return RecordPage("bongsu", _read_bundle(data, origin, where), size, linked, listing=True)
    text = data[:64].decode("utf-8", "replace").lstrip("\ufeff")
    if text.startswith("---") and card_reader.is_card(whole := data.decode("utf-8", "replace")):
        return RecordPage(
            "card", read_each_record(iter([(where, whole)]), lambda item: card_reader.read_card(item, origin)), 1
        )
    document = parse_document(data, where)
    if croissant_reader.is_croissant(document):
        return RecordPage(
            "croissant",
            read_each_record(iter([(where, document)]), lambda item: croissant_reader.read_croissant(item, origin)),
            1,
        )
    if ckan_reader.is_ckan(document):
        packages = list(ckan_reader.list_packages(document, where))
        found = read_each_record(
            iter(packages), lambda item: ckan_reader.read_package(item, origin), _make_id_finder(origin, _id_or_name)
        )
        following = ckan_reader.next_page_address(document, where)
        return RecordPage("ckan", found, len(packages), following, True, ckan_reader.announced_records(document))
    return _read_list(document, origin, where, linked)


def _read_list(document: Any, origin: RecordOrigin, where: str, linked: str) -> RecordPage:
    """Reads a record, or a list of records, of another registry or of a model hub."""
    items = document if isinstance(document, list) else [document]
    if not items or not isinstance(items[0], Mapping):
        raise BadInput(N_("The document is neither a record nor a list of records."), where=where)
    numbered = ((f"{where}[{n}]" if isinstance(document, list) else where, item) for n, item in enumerate(items))
    if "modelId" in items[0] or "cardData" in items[0] or ("tags" in items[0] and isinstance(document, list)):
        listing = isinstance(document, list)
        hub_items = read_each_record(numbered, lambda item: card_reader.read_hub_item(item, origin))
        return RecordPage("hub", hub_items, len(items), linked, listing)
    name = next((name for name, is_one, _ in registry_reader.REGISTRY_READERS if is_one(items[0])), "")
    if not name:
        raise BadInput(
            N_("The format is not known."),
            where=where,
            fix=N_(
                "Give a document in a known format: DCAT-AP, CKAN, Croissant, card, MOF, OSAI, DPG, Current AI, "
                "or entry of Bongsu."
            ),
        )
    return RecordPage(
        name,
        read_each_record(numbered, lambda item: _read_registry_record(item, origin)),
        len(items),
        linked,
        listing=isinstance(document, list),
    )


def _read_registry_record(item: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    for _, is_one, read in registry_reader.REGISTRY_READERS:
        if is_one(item):
            return read(item, origin)
    raise BadInput(N_("The record has none of the fields that identify a known format."), where=origin.address)


def _is_croissant(data: bytes) -> bool:
    try:
        return croissant_reader.is_croissant(json.loads(data))
    except (ValueError, RecursionError):
        return False


def _is_bundle(data: bytes) -> bool:
    first = data[:200].lstrip()
    return first.startswith(b"{") and b'"file":' in data.partition(b"\n")[0] and b"\n" in data


def _read_bundle(data: bytes, origin: RecordOrigin, where: str) -> Iterator[HarvestRecord]:
    """Reads the entries and tombstones of another node's bundle."""
    for number, line in enumerate(data.splitlines(), start=1):
        place = f"{where}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "deleted" in row:
                yield DeletedRecord(local_id(origin.source, Tombstone(**row["deleted"]).id))
                continue
            document = row["entry"] if "entry" in row else parse_document(row["text"].encode(), place)
        except BadInput as wrong:
            yield BrokenRecord(place, wrong)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            yield BrokenRecord(place, BadInput(N_("The line cannot be read: {reason}."), where=place, reason=wrong))
        else:
            read = partial(registry_reader.read_bongsu_entry, origin=origin)
            yield from read_each_record(iter([(place, document)]), read, _make_id_finder(origin, _id_or_name))


def _make_id_finder(origin: RecordOrigin, name: Callable[[Any], str]) -> Callable[[Any], str]:
    """Returns a function that gives the local id of a record that could not be read; `name` finds its id in the source."""

    def find_id(item: Any) -> str:
        identifier = name(item)
        return local_id(origin.source, identifier) if identifier else ""

    return find_id


def _id_or_name(item: Any) -> str:
    found = item.get("id") or item.get("name") if isinstance(item, Mapping) else ""
    return found if isinstance(found, str) else ""
