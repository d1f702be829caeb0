"""Items as schema.org JSON-LD for search engines, in the head of every page. It contains only what the page shows.

A release is a Dataset with its downloads, a dataflow a Dataset with the newest release's downloads; an entry has the type of
schema.org that fits its kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from bongsu.publish.bulk_files import BulkFile
from bongsu.publish.catalogue import vocabularies
from bongsu.publish.catalogue.dcat import CATALOGUE_DESCRIPTION
from bongsu.publish.catalogue.items import ENTRY, RELEASE, Item
from bongsu.store.node import Node

CONTEXT = "https://schema.org"
_TYPES = {
    "model": "SoftwareApplication",
    "dataset": "Dataset",
    "software": "SoftwareSourceCode",
    "compute": "Service",
    "course": "Course",
    "funding": "MonetaryGrant",
    "audit": "Report",
}
# Properties that only a Dataset has.
_CREATIVE_WORKS = {"Dataset", "SoftwareSourceCode", "SoftwareApplication", "Course", "Report"}


def item_json_ld(item: Item, base: str, language: str) -> dict[str, Any]:
    """Returns an item as schema.org, in a language."""
    kind = _TYPES.get(item.type, "CreativeWork") if item.kind == ENTRY else "Dataset"
    shape: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": kind,
        "@id": base + item.path,
        "name": item.title_in(language),
        "description": item.description_in(language),
        "url": item.page if item.kind == ENTRY else f"{base}{language}/{item.page}",
        "identifier": base + item.path,
    }
    if item.kind != ENTRY:
        shape["publisher"] = shape["creator"] = node_json_ld(item.publisher, base)
        shape["datePublished"] = item.issued
    elif item.publisher:
        shape["publisher" if kind in _CREATIVE_WORKS else "provider"] = {
            "@type": "Organization",
            "name": item.publisher,
        }
    if kind in _CREATIVE_WORKS:
        shape |= _creative(item, language)
    if kind == "Dataset":
        shape |= _dataset(item, base)
    return shape


def _creative(item: Item, language: str) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    if item.licence:
        shape["license"] = vocabularies.licence_uri(item.licence) or item.licence
    if item.kind == ENTRY:
        shape["inLanguage"] = list(item.languages)
        shape["datePublished"] = item.year
    else:
        shape["inLanguage"] = language
        shape["dateModified"] = item.modified
        shape["creditText"] = "; ".join(item.credits)
        shape["isAccessibleForFree"] = True
    if item.subjects:
        shape["keywords"] = list(item.subjects)
    return {name: value for name, value in shape.items() if value not in ("", [])}


def _dataset(item: Item, base: str) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    if item.areas and len(item.areas) <= 12:
        shape["spatialCoverage"] = [{"@type": "Place", "identifier": area} for area in item.areas]
    if item.period[0]:
        shape["temporalCoverage"] = "/".join(item.period)
    if item.structure:
        flow = item.structure.dataflow
        shape["variableMeasured"] = [
            {"@type": "PropertyValue", "name": flow.name.en, "unitText": unit} for unit in flow.units
        ]
        shape["measurementTechnique"] = flow.method
    if item.kind == RELEASE:
        shape["version"] = item.version
        shape["isPartOf"] = {"@type": "Dataset", "@id": f"{base}catalogue/flows/{item.series}", "name": item.series}
        shape["distribution"] = [_download(file, base) for file in item.files]
        if item.withdrawn:
            shape["creativeWorkStatus"] = f"Withdrawn {item.withdrawn}"
        elif item.status:
            shape["creativeWorkStatus"] = dict(item.status)["en"]
    shape["includedInDataCatalog"] = {"@type": "DataCatalog", "@id": f"{base}catalogue", "url": f"{base}catalogue"}
    return shape


def _download(file: BulkFile, base: str) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": file.name,
        "contentUrl": base.rstrip("/") + file.address,
        "encodingFormat": file.format.media_type,
        "contentSize": f"{file.size} B",
        "sha256": file.sha256,
    }


def node_json_ld(name: str, base: str) -> dict[str, Any]:
    """Returns the publisher: the node's institution."""
    return {"@type": "Organization", "@id": f"{base}#node", "name": name, "url": base}


def page_json_ld(title: str, node_name: str, base: str, address: str, language: str) -> dict[str, Any]:
    """Returns a page that shows no item: its title, site and language."""
    return {
        "@context": CONTEXT,
        "@type": "WebPage",
        "name": title,
        "url": address,
        "inLanguage": language,
        "isPartOf": {"@type": "WebSite", "@id": f"{base}#site", "name": node_name, "url": base},
        "publisher": node_json_ld(node_name, base),
    }


def catalogue_json_ld(node: Node, base: str, language: str) -> dict[str, Any]:
    """Returns the node's catalogue with its dataflows, for the home page."""
    return {
        "@context": CONTEXT,
        "@type": "DataCatalog",
        "@id": f"{base}catalogue",
        "name": node.name_in(language),
        "description": CATALOGUE_DESCRIPTION.to(language),
        "url": f"{base}{language}/",
        "publisher": node_json_ld(node.name_in(language), base),
        "dataset": [{"@type": "Dataset", "@id": f"{base}catalogue/flows/{flow}"} for flow in node.releases.dataflows()],
    }


def script_text(shapes: Iterable[dict[str, Any]]) -> str:
    """Returns the text of a <script type="application/ld+json">; characters that could end the element are escaped."""
    text = json.dumps(list(shapes), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def write_json_ld(item: Item, base: str) -> bytes:
    """Returns an item as a JSON-LD document, in English."""
    return (json.dumps(item_json_ld(item, base, "en"), ensure_ascii=False, indent=1) + "\n").encode()
