"""Datasets as Croissant 1.0: a release with its files, checksums and columns, so that a data loader can read it directly.

An entry of kind dataset is described without files, because the node does not hold them. Source:
docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

import json
from typing import Any

from bongsu.core.errors import N_, Missing
from bongsu.core.structure import NUMERIC_COLUMNS, VALUE, Concept, Dataflow
from bongsu.publish.catalogue import vocabularies
from bongsu.publish.catalogue.items import ENTRY, RELEASE, Item
from bongsu.store.tables.definitions import concepts

CONFORMS = "http://mlcommons.org/croissant/1.0"
# The context of the specification; without it, a reader does not know which keys are addresses.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_LOADABLE = ("csv", "parquet")  # the formats whose columns a loader can read


def write_croissant(item: Item, base: str) -> bytes:
    """Returns an item's Croissant description as JSON. Raises Missing if the item is not a dataset."""
    if item.kind not in (RELEASE, ENTRY) or (item.kind == ENTRY and item.type != "dataset"):
        raise Missing(
            N_("“{id}” is not a dataset, so it has no Croissant description."),
            fix=N_("Only releases and entries of the kind dataset have one."),
            id=item.id,
        )
    address = base + item.path
    shape: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "@id": address,
        "conformsTo": CONFORMS,
        "name": item.title_in("en"),
        "description": item.description_in("en"),
        "url": item.page if item.kind == ENTRY else f"{base}en/{item.page}",
        "identifier": address,
        "license": vocabularies.licence_uri(item.licence) or item.licence,
        "inLanguage": list(item.languages),
        "keywords": list(item.subjects),
    }
    if item.publisher:
        shape["creator"] = shape["publisher"] = {"@type": "sc:Organization", "name": item.publisher}
    if item.kind == RELEASE:
        shape |= _release(item, base)
    elif item.year:
        shape["datePublished"] = item.year
    kept = {name: value for name, value in shape.items() if value not in ("", [])}
    return (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode()


def _release(item: Item, base: str) -> dict[str, Any]:
    assert item.structure is not None
    files = [file for file in item.files if file.format.suffix in _LOADABLE]
    return {
        "version": item.version.replace("+", "-r"),  # Croissant accepts MAJOR.MINOR.PATCH only
        "datePublished": item.issued,
        "dateModified": item.modified,
        "citeAs": f"{item.publisher}: {item.title_in('en')}, {item.issued[:10]}, {base}{item.path}",
        "isLiveDataset": False,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.name,
                "name": file.name,
                "contentUrl": base.rstrip("/") + file.address,
                "encodingFormat": "application/x-parquet"
                if file.format.suffix == "parquet"
                else file.format.media_type,
                "contentSize": f"{file.size} B",
                "sha256": file.sha256,
            }
            for file in files
        ],
        "recordSet": [_records(item.structure.dataflow, file.name, file.format.suffix) for file in files],
    }


def _records(flow: Dataflow, file: str, end: str) -> dict[str, Any]:
    known: dict[str, Concept] = {c.id: c for c in (*flow.dimensions, *flow.attributes)} | {VALUE: concepts()[VALUE]}
    name = f"observations-{end}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": flow.name.en,
        "key": [{"@id": f"{name}/{key}"} for key in flow.keys],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "description": known[column].definition.en,
                "dataType": "sc:Float" if column in NUMERIC_COLUMNS else "sc:Text",
                "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
            }
            for column in flow.columns
        ],
    }
