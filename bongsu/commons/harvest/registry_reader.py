"""Reads the files of other registries: the Model Openness Tool, the European Open Source AI index, the Digital Public Goods
registry, the open-source AI map, and entries of another Bongsu node.

A document is one record; the entry keeps it unchanged in `records`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.harvest.record import HarvestRecord, RecordOrigin, build_entry, local_id, rename_references
from bongsu.commons.openness import current_ai, dpg, mof, osai

_ANY_DAY = "2025-06-26"  # the assessment only checks whether a record can be read, for which any day is fine


def read_mot(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads a model of the Model Openness Tool."""
    release = document["release"]
    mof.assess(mof.read_release(document, origin.address))
    distribution = (release.get("license") or {}).get("distribution") or {}
    hub = str(release.get("huggingface") or "")
    return build_entry(
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


def read_osai(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads a project of the European Open Source AI index."""
    osai.assess(document, origin.address)
    project, org = document.get("project") or {}, document.get("org") or {}
    name = str(project.get("name") or PurePosixPath(origin.address).stem)  # some files leave their project's name out
    return build_entry(
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


_DPG_KINDS = {
    "aimodel": "model",
    "data": "dataset",
    "content": "dataset",
    "software": "software",
    "standard": "software",
}


def read_dpg(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads a nominee of the Digital Public Goods registry; its answers are in a separate file and may be merged in."""
    dpg.assess(document, as_of=_ANY_DAY, where=origin.address)
    licences = [str(item.get("spdx") or "") for item in document.get("license") or [] if isinstance(item, Mapping)]
    owners = [str(item["name"]) for item in document.get("organizations") or [] if item.get("org_type") == "owner"]
    goals = sorted({int(goal["SDGNumber"]) for goal in document.get("SDGs") or []})
    types = document.get("type") or ["software"]
    repositories = document.get("repositories") or [{}]
    return build_entry(
        origin,
        str(document["name"]),
        _DPG_KINDS.get("aimodel" if "aimodel" in types else str(types[0]), "software"),
        {"en": str(document["name"])},
        shows="its record in the Digital Public Goods registry",
        description={"en": " ".join(str(document.get("description") or "").split())},
        homepage=str(document.get("website") or repositories[0].get("url") or ""),
        organisation=", ".join(owners),
        licence=" AND ".join(dict.fromkeys(licence for licence in licences if licence)),
        goals=goals,
        records={"dpg": dict(document)},
    )


_MAP_LICENCE = re.compile(r"\blicense:([^;(]+)")
# classes of the map in which the licence applies to the whole product; in the others a part has another licence
_WHOLE_LICENCE_CLASSES = ("open_source", "open", "open_weights", "closed")


def read_map_scores(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads the scores of one product of the open-source AI map; its description is in another file of the map."""
    current_ai.assess(document, origin.address)
    openness = document["openness"]
    sources = openness.get("sources") or [{}]
    licence = _MAP_LICENCE.search(str(openness.get("components") or ""))
    return build_entry(
        origin,
        str(document["product"]),
        "software",
        {"en": str(document["product"])},
        shows="its scores, by the open-source AI map of Current AI",
        homepage=str(sources[0].get("url") or ""),
        licence=licence[1].strip() if licence and openness["class"] in _WHOLE_LICENCE_CLASSES else "",
        records={"current-ai": dict(document)},
    )


def read_map_product(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads the description of one product of the open-source AI map; its scores are in another file of the map."""
    places = [
        place for key in ("huggingface_model", "huggingface_dataset", "github") for place in document.get(key) or ()
    ]
    homepage = str(places[0]["url"]) if places else ""
    rel = "huggingface" if homepage.startswith("https://huggingface.co/") else "repository"
    return build_entry(
        origin,
        str(document["name"]),
        str(document["type"]),
        {"en": str(document["display_name"])},
        shows="what it is, by the open-source AI map of Current AI",
        description={"en": " ".join(str(document.get("description") or "").split())},
        homepage=homepage,
        rel=rel,
    )


def merge_entries(one: Entry, other: Entry) -> Entry | None:
    """Merges two files of a registry about the same thing into one entry; returns None if they are not two such files.

    The Digital Public Goods registry has the nomination and its answers in two files, the map a product and its scores.
    """
    a, b = one.records.get("dpg"), other.records.get("dpg")
    if a is not None and b is not None and all(a[key] == b[key] for key in a.keys() & b.keys()):
        nominee = one if "license" in a else other
        return replace(nominee, records={**nominee.records, "dpg": {**a, **b}})
    scored, product = (one, other) if "current-ai" in one.records else (other, one)
    if "current-ai" in scored.records and not product.records:
        claims = {name: replace(claim, evidence=("scores",)) for name, claim in scored.claims.items()}
        return replace(
            product,
            links=product.links or scored.links,
            evidence={**product.evidence, "scores": scored.evidence["record"]},
            claims={**claims, **product.claims},
            records=scored.records,
        )
    return None


def read_bongsu_entry(document: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads an entry in Bongsu's own format: a user's file keeps its id, one of another node gets that node's name as prefix.

    References to other entries of that node get the same prefix.
    """
    made = parse_entry(document, origin.address)
    if not origin.address.startswith(("http://", "https://")):
        return made

    def here(id_: str) -> str:
        return local_id(origin.source, id_)

    named = replace(made, id=here(made.id), source=origin.source, identifiers=(*made.identifiers, made.id))
    return rename_references(named, here)


# how a document is recognised, in this order, and the function that reads it
REGISTRY_READERS: tuple[
    tuple[str, Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any], RecordOrigin], HarvestRecord]], ...
] = (
    ("bongsu", lambda d: "kind" in d and "evidence" in d, read_bongsu_entry),
    ("mof", lambda d: isinstance(d.get("release"), Mapping) and "components" in d["release"], read_mot),
    ("osai", lambda d: isinstance(d.get("project"), Mapping) and "opencode" in d, read_osai),
    ("current-ai", lambda d: "product" in d and isinstance(d.get("openness"), Mapping), read_map_scores),
    (
        "current-ai",
        lambda d: "display_name" in d and d.get("type") in ("model", "dataset", "software"),
        read_map_product,
    ),
    ("dpg", lambda d: "SDGs" in d or "clearOwnership" in d, read_dpg),
)
