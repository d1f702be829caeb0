"""Reads packages of a CKAN portal from pages of its action API. Source: docs.ckan.org/en/latest/api."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bongsu.commons.harvest.record import (
    DeletedRecord,
    HarvestRecord,
    RecordOrigin,
    build_entry,
    first_year,
    language_tags,
    local_id,
    match_sectors,
)
from bongsu.core.errors import N_, BadInput

ROWS_PER_PAGE = 100


def is_ckan(document: object) -> bool:
    """Returns whether a document is a response of the action API."""
    return isinstance(document, Mapping) and "success" in document and "result" in document


def list_packages(document: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """Yields the packages of a response, each with its place. Raises BadInput if the response reports a failure."""
    result = document["result"]
    if document["success"] is not True or not isinstance(result, Mapping | list):
        raise BadInput(N_("The portal answered that the request failed."), where=where)
    items = result.get("results", [result]) if isinstance(result, Mapping) else result
    if not isinstance(items, list):
        raise BadInput(N_("The results of the portal are not a list."), where=where)
    for number, item in enumerate(items):
        yield f"{where}, result[{number}]", item


def announced_records(document: Mapping[str, Any]) -> int | None:
    """Returns the number of packages that the search found in the whole portal; None if the response does not say it."""
    result = document["result"]
    return _whole_number(result.get("count")) if isinstance(result, Mapping) else None


def _whole_number(given: object) -> int | None:
    return int(given) if isinstance(given, int | str) and str(given).isdecimal() else None


def next_page_address(document: Mapping[str, Any], address: str) -> str:
    """Returns the address of the next page, or "" after the last."""
    result = document["result"]
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    start = _whole_number(asked.get("start")) or 0
    count = len(result.get("results", ())) if isinstance(result, Mapping) else 0
    if not count or not parts.path.endswith("package_search") or start + count >= (announced_records(document) or 0):
        return ""
    query = urlencode({**asked, "start": start + count, "rows": asked.get("rows", ROWS_PER_PAGE)})
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def read_package(package: Mapping[str, Any], origin: RecordOrigin) -> HarvestRecord:
    """Reads the dataset of one package; a package with the state “deleted” is a deleted record."""
    identifier = str(package.get("id") or package["name"])
    if package.get("state") == "deleted":
        return DeletedRecord(local_id(origin.source, identifier))
    organisation = package.get("organization") or {}
    tags = [str(tag.get("name") if isinstance(tag, Mapping) else tag) for tag in package.get("tags") or ()]
    language = (language_tags(package.get("language")) or ["en"])[0]
    return build_entry(
        origin,
        identifier,
        "dataset",
        {language: str(package.get("title") or package["name"])},
        shows="its record in the portal",
        description={language: " ".join(str(package.get("notes") or "").split())},
        homepage=str(package.get("url") or ""),
        organisation=str(organisation.get("title") or package.get("author") or ""),
        licence=str(package.get("license_id") or package.get("license_title") or package.get("license_url") or ""),
        year=first_year(package.get("metadata_created")),
        languages=language_tags(package.get("language")),
        sectors=match_sectors(tags),
    )
