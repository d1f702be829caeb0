"""The files of other registries: the Model Openness Tool, the European index, the Digital Public Goods registry, the
open-source AI map, and entries of another Bongsu. One document is one record; what the list says is kept as it says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.reading import entry_of
from bongsu.commons.harvest.record import Origin, Read, entry, related, slug
from bongsu.commons.openness import current_ai, dpg, mof, osai

_FIRST_DAY = "2025-06-26"  # any day will do to see whether a record can be read


def of_mot(document: Mapping[str, Any], origin: Origin) -> Read:
    """A model of the Model Openness Tool."""
    release = document["release"]
    mof.assess(mof.read(document, origin.address))
    distribution = (release.get("license") or {}).get("distribution") or {}
    hub = str(release.get("huggingface") or "")
    return entry(
        origin,
        str(release["name"]),
        "model",
        {"en": str(release["name"])},
        shows="its components and licences, by the Model Openness Tool",
        homepage=str(release.get("repository") or "") or (hub if hub.startswith("http") else ""),
        organisation=str(release.get("producer") or ""),
        licence=str(distribution.get("name") or ""),
        records={"mof": dict(release)},
    )


def of_osai(document: Mapping[str, Any], origin: Origin) -> Read:
    """A project of the European Open Source AI index."""
    osai.assess(document, origin.address)
    project, org = document.get("project") or {}, document.get("org") or {}
    name = str(project.get("name") or PurePosixPath(origin.address).stem)  # some files leave their project's name out
    return entry(
        origin,
        name,
        "model",
        {"en": name},
        shows="its judgements, by the European Open Source AI index",
        homepage=str(project.get("link") or ""),
        organisation=str(org.get("name") or ""),
        licence=str(project.get("license") or ""),
        records={"osai": dict(document)},
    )


_TYPES = {"aimodel": "model", "data": "dataset", "content": "dataset", "software": "software", "standard": "software"}


def of_dpg(document: Mapping[str, Any], origin: Origin) -> Read:
    """A nominee of the Digital Public Goods registry; its answers stand in a file of their own and may be merged in."""
    dpg.assess(document, as_of=_FIRST_DAY, where=origin.address)
    licences = [str(item.get("spdx") or "") for item in document.get("license") or [] if isinstance(item, Mapping)]
    owners = [str(item["name"]) for item in document.get("organizations") or [] if item.get("org_type") == "owner"]
    goals = sorted({int(goal["SDGNumber"]) for goal in document.get("SDGs") or []})
    types = document.get("type") or ["software"]
    repositories = document.get("repositories") or [{}]
    return entry(
        origin,
        str(document["name"]),
        _TYPES.get("aimodel" if "aimodel" in types else str(types[0]), "software"),
        {"en": str(document["name"])},
        shows="its record in the Digital Public Goods registry",
        description={"en": " ".join(str(document.get("description") or "").split())},
        homepage=str(document.get("website") or repositories[0].get("url") or ""),
        organisation=", ".join(owners),
        licence=" AND ".join(dict.fromkeys(licence for licence in licences if licence)),
        goals=goals,
        records={"dpg": dict(document)},
    )


def joined(one: Entry, other: Entry) -> Entry | None:
    """Two files of the Digital Public Goods registry about one thing, its nomination and its answers, as one entry.

    None where they are not that: two files that both answer the same question differently are two statements.
    """
    a, b = one.records.get("dpg"), other.records.get("dpg")
    if a is None or b is None or any(a[key] != b[key] for key in a.keys() & b.keys()):
        return None
    nominee = one if "license" in a else other
    return replace(nominee, records={**nominee.records, "dpg": {**a, **b}})


def of_map(document: Mapping[str, Any], origin: Origin) -> Read:
    """A score of the open-source AI map, alone or with its product under `product_record`."""
    current_ai.assess(document, origin.address)
    product = document.get("product_record") or {}
    kind = {"model": "model", "dataset": "dataset"}.get(str(product.get("type")), "software")
    sources = document["openness"].get("sources") or [{}]
    return entry(
        origin,
        str(document["product"]),
        kind,
        {"en": str(product.get("display_name") or document["product"])},
        shows="its scores, by the open-source AI map of Current AI",
        description={"en": " ".join(str(product.get("description") or "").split())},
        homepage=str(sources[0].get("url") or ""),
        records={"current-ai": {key: value for key, value in document.items() if key != "product_record"}},
    )


def of_bongsu(document: Mapping[str, Any], origin: Origin) -> Read:
    """An entry as Bongsu writes it: a person's own file keeps its id, one from another node gets that node's name.

    What it says of other entries of that node then means them under their names here.
    """
    made = entry_of(document, origin.address)
    if not origin.address.startswith(("http://", "https://")):
        return made

    def here(id_: str) -> str:
        return slug(origin.source, id_)

    named = replace(made, id=here(made.id), source=origin.source, identifiers=(*made.identifiers, made.id))
    return related(named, here)


# How a document is recognised, in this order, and who reads it.
READERS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any], Origin], Read]], ...] = (
    ("bongsu", lambda d: "kind" in d and "evidence" in d, of_bongsu),
    ("mof", lambda d: isinstance(d.get("release"), Mapping) and "components" in d["release"], of_mot),
    ("osai", lambda d: isinstance(d.get("project"), Mapping) and "opencode" in d, of_osai),
    ("current-ai", lambda d: "product" in d and isinstance(d.get("openness"), Mapping), of_map),
    ("dpg", lambda d: "SDGs" in d or "clearOwnership" in d, of_dpg),
)
