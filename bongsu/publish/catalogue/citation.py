"""Citations of a release for reference managers: CITATION.cff 1.2, BibTeX, DataCite 4.5.

The author is the node and the identifier is the release's address. The content hash is included, so that a copy of the
files can be checked against the citation. No DOI is given.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from bongsu.publish.catalogue import vocabularies
from bongsu.publish.catalogue.items import Item


def write_cff(item: Item, base: str) -> str:
    """Writes the citation as CITATION.cff 1.2.0. The licence is left out unless it is a single SPDX id."""
    address = vocabularies.licence_uri(item.licence)
    shape: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "Please cite this release by its number: a release never changes.",
        "type": "dataset",
        "title": item.title_in("en"),
        "abstract": item.description_in("en"),
        "authors": [{"name": item.publisher}],
        "version": item.version,
        "date-released": item.issued[:10],
        "url": base + item.path,
        "identifiers": [
            {"type": "other", "value": f"sha256:{item.content}", "description": "Content hash of the release"}
        ],
        "keywords": [item.series, *item.subjects],
    }
    if address:
        shape["license"] = address.removeprefix(vocabularies.SPDX_LICENCES)
    return yaml.safe_dump(shape, allow_unicode=True, sort_keys=False, width=120)


def write_bibtex(item: Item, base: str) -> str:
    """Writes the citation as a @dataset entry of BibLaTeX; older styles treat it as @misc."""
    fields = {
        "author": f"{{{_escape_tex(item.publisher)}}}",  # inner braces: no first and last name
        "title": f"{{{_escape_tex(item.title_in('en'))}}}",
        "year": item.issued[:4],
        "month": item.issued[5:7].lstrip("0"),
        "version": item.version,
        "url": base + item.path,
        "note": _escape_tex(f"Sealed {item.issued[:10]}, SHA-256 {item.content}" + _withdrawal_note(item)),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@dataset{{{item.series.lower()}_{item.id.rpartition('/')[2]},\n{lines}\n}}\n"


def _withdrawal_note(item: Item) -> str:
    if item.withdrawn:
        return f"; withdrawn {item.withdrawn}"
    return "".join(f"; {text}" for language, text in item.status if language == "en")


_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}"}


def _escape_tex(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


def write_datacite(item: Item, base: str) -> str:
    """Writes DataCite metadata 4.5 as JSON, complete except for a DOI, which only a registration agency can assign."""
    address = vocabularies.licence_uri(item.licence)
    rights: dict[str, str] = {"rights": item.licence or "not declared"}
    if address:
        rights |= {
            "rightsIdentifier": address.removeprefix(vocabularies.SPDX_LICENCES),
            "rightsIdentifierScheme": "SPDX",
            "rightsUri": address,
            "schemeUri": vocabularies.SPDX_LICENCES,
        }
    related = [(f"catalogue/flows/{item.series}", "IsPartOf", "Collection")]
    related += [(f"catalogue/releases/{item.series}/{number}", "IsNewVersionOf", "Dataset") for number in item.members]
    dates = [{"date": item.issued, "dateType": "Issued"}]
    if item.status and not item.withdrawn:
        dates.append({"date": item.modified, "dateType": "Updated", "dateInformation": dict(item.status)["en"]})
    if item.withdrawn:
        dates.append({"date": item.modified, "dateType": "Withdrawn", "dateInformation": item.withdrawn})
    shape = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Official statistics"},
        "creators": [{"name": item.publisher, "nameType": "Organizational"}],
        "titles": [{"title": title, "lang": language} for language, title in item.title.items()],
        "publisher": {"name": item.publisher},
        "publicationYear": item.issued[:4],
        "url": base + item.path,
        "version": item.version,
        "subjects": [{"subject": subject} for subject in item.subjects],
        "dates": dates,
        "language": "en",
        "alternateIdentifiers": [
            {"alternateIdentifier": f"sha256:{item.content}", "alternateIdentifierType": "SHA-256"}
        ],
        "relatedIdentifiers": [
            {
                "relatedIdentifier": base + path,
                "relatedIdentifierType": "URL",
                "relationType": relation,
                "resourceTypeGeneral": kind,
            }
            for path, relation, kind in related
        ],
        "sizes": [f"{item.rows} observations"],
        "formats": sorted({file.format.media_type for file in item.files}),
        "rightsList": [rights],
        "descriptions": [
            {"description": description, "descriptionType": "Abstract", "lang": language}
            for language, description in item.description.items()
        ]
        + [{"description": credit, "descriptionType": "TechnicalInfo", "lang": "en"} for credit in item.credits],
    }
    return json.dumps(shape, ensure_ascii=False, indent=1) + "\n"


# File name -> (media type, function that writes the file).
CITATION_FILES: dict[str, tuple[str, Callable[[Item, str], str]]] = {
    "CITATION.cff": ("application/yaml; charset=utf-8", write_cff),
    "citation.bib": ("application/x-bibtex; charset=utf-8", write_bibtex),
    "datacite.json": ("application/vnd.datacite.datacite+json", write_datacite),
}
