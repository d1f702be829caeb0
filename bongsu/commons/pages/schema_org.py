"""An entry as schema.org JSON-LD, for search engines. Only what is known is said; what is not open is not called free."""

from __future__ import annotations

from typing import Any

from bongsu.commons.entries.entry import Entry, Kind
from bongsu.commons.licences import licence_of

_TYPES = {
    Kind.MODEL: "SoftwareSourceCode",
    Kind.DATASET: "Dataset",
    Kind.SOFTWARE: "SoftwareSourceCode",
    Kind.COMPUTE: "Service",
    Kind.COURSE: "Course",
    Kind.FUNDING: "Grant",
    Kind.AUDIT: "Report",
}
_SPDX = "https://spdx.org/licenses/"


def described(entry: Entry, address: str, language: str) -> dict[str, Any]:
    """The JSON-LD of an entry whose page is at `address`."""
    made: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": _TYPES[entry.kind],
        "@id": address,
        "identifier": entry.id,
        "name": entry.title(language),
        "url": address,
    }
    if entry.kind is Kind.MODEL:
        made["additionalType"] = "https://www.wikidata.org/wiki/Q105902"  # machine-learning model
    licence = licence_of(entry.value("licence"))
    known = {
        "description": entry.text(language),
        "creator": _organisation(entry),
        "datePublished": str(entry.value("year") or ""),
        "inLanguage": list(entry.values("languages")),
        "license": _spdx(licence.expression) or licence.text,
        "sameAs": [link.href for link in entry.links],
    }
    if entry.kind is Kind.COMPUTE:  # a service has a provider and no licence
        known["provider"] = known.pop("creator")
        known.pop("license")
        known.pop("inLanguage")
        known.pop("datePublished")
    if entry.value("access") == "free":
        made["isAccessibleForFree"] = True
    return made | {key: value for key, value in known.items() if value}


def _spdx(expression: str) -> str:
    """The address of a single SPDX licence; nothing for an expression of several, or a licence of no list."""
    plain = expression and " " not in expression and not expression.startswith("LicenseRef-")
    return f"{_SPDX}{expression}.html" if plain else ""


def _organisation(entry: Entry) -> dict[str, str] | None:
    name = entry.value("organisation")
    return {"@type": "Organization", "name": str(name)} if name else None
