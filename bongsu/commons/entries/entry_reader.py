"""Reads an entry from its document and refuses it whole, with the field, where something is wrong.

The same rules as entry.schema.json, in code: a schema validator takes a second for a thousand entries, this a hundredth.
tests/commons/test_entries.py holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bongsu.commons.entries.entry import Claim, Entry, EntryKind, EntryLink, Evidence
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text import LANGUAGES, Text
from bongsu.store.tables.definitions import code_lists, read_rows

UNKNOWN_VALUE = "unknown"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")  # RFC 3986 has none of these
_SHA256_URN = re.compile(
    r"urn:sha256:[0-9a-f]{64}"
)  # bytes that this node keeps, where a file came from no web address
_FIELDS = {"id", "kind", "name", "description", "links", "evidence", "claims", "records", "identifiers", "source"}
LINK_RELATIONS = ("homepage", "repository", "download", "documentation", "paper", "huggingface")
RECORD_SOURCES = ("mof", "osai", "dpg", "current-ai")
ACCESS_CODES = ("free", "registration", "application", "paid")


class ClaimKind(NamedTuple):
    """A row of tables/claims.csv: the claim's id, the type of its value, the kinds it is for (none for all), its name."""

    id: str
    type: str
    kinds: frozenset[str]
    title: Text


CLAIM_KINDS = {
    row["id"]: ClaimKind(
        row["id"],
        row["type"],
        frozenset(row["kinds"].split()),
        Text.of({language: row[language] for language in LANGUAGES}),
    )
    for row in read_rows(COMMONS_TABLES / "claims.csv")
}
SECTORS = {
    row["code"]: Text.of({language: row[language] for language in LANGUAGES})
    for row in read_rows(COMMONS_TABLES / "sectors.csv")
}


def parse_entry(document: object, where: str) -> Entry:
    """The entry in a document. Raises BadInput or UnknownName, naming file and field."""
    entry = _parse_mapping(document, where)
    surplus = sorted(entry.keys() - _FIELDS)
    if surplus:
        raise unknown_name(N_("field"), str(surplus[0]), _FIELDS, where=where)
    id_ = _parse_text(entry.get("id"), f"{where}, id")
    if not _ID.fullmatch(id_):
        raise BadInput(
            N_("“{id}” is not a valid id: use lower-case letters, digits and hyphens."), where=f"{where}, id", id=id_
        )
    kind = _parse_choice(entry.get("kind"), [str(kind) for kind in EntryKind], f"{where}, kind", N_("kind"))
    evidence = {
        str(name): _parse_evidence(item, f"{where}, evidence.{name}")
        for name, item in _parse_mapping(entry.get("evidence", {}), f"{where}, evidence").items()
    }
    if not evidence:
        raise BadInput(N_("The entry cites no evidence."), where=f"{where}, evidence")
    claims = {}
    for name, given in _parse_mapping(entry.get("claims", {}), f"{where}, claims").items():
        claim = _parse_claim(str(name), given, kind, evidence, f"{where}, claims.{name}")
        if claim is not None:
            claims[str(name)] = claim
    return Entry(
        id=id_,
        kind=EntryKind(kind),
        name=_parse_texts(entry.get("name"), f"{where}, name", needed=True),
        description=_parse_texts(entry.get("description", {}), f"{where}, description", needed=False),
        links=tuple(
            _parse_link(item, f"{where}, links[{n}]")
            for n, item in enumerate(_parse_list(entry.get("links", []), f"{where}, links"))
        ),
        evidence=evidence,
        claims=claims,
        records=_parse_records(entry.get("records", {}), f"{where}, records"),
        identifiers=tuple(
            _parse_text(i, f"{where}, identifiers")
            for i in _parse_list(entry.get("identifiers", []), f"{where}, identifiers")
        ),
        source=_parse_text(entry.get("source", ""), f"{where}, source"),
    )


def _parse_mapping(value: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise BadInput(N_("This value must be a mapping of names to values."), where=where)
    return value


def _parse_list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise BadInput(N_("This value must be a list."), where=where)
    return value


def _parse_text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise BadInput(N_("This value must be a string."), where=where)
    return value


def _parse_choice(value: object, known: Sequence[str], where: str, what: str) -> str:
    if value not in known:
        raise unknown_name(what, str(value), known, where=where)
    return str(value)


def _parse_texts(value: object, where: str, *, needed: bool) -> dict[str, str]:
    texts = {
        str(language): _parse_text(text, f"{where}.{language}")
        for language, text in _parse_mapping(value, where).items()
    }
    for language in texts:
        if not _LANGUAGE.fullmatch(language):
            raise BadInput(N_("“{language}” is not a valid language tag."), where=where, language=language)
    if needed and not any(texts.values()):
        raise BadInput(N_("The entry has no name."), where=where)
    return texts


def _parse_address(value: object, where: str) -> str:
    text = _parse_text(value, where)
    if not _ADDRESS.fullmatch(text):
        raise BadInput(N_("“{text}” is not a valid web address."), where=where, text=text[:200])
    return text


def _parse_link(value: object, where: str) -> EntryLink:
    link = _parse_mapping(value, where)
    return EntryLink(
        _parse_choice(link.get("rel"), LINK_RELATIONS, where, N_("relation")), _parse_address(link.get("href"), where)
    )


def _parse_evidence(value: object, where: str) -> Evidence:
    item = _parse_mapping(value, where)
    shows = _parse_text(item.get("shows"), f"{where}.shows")
    accessed = _parse_text(item.get("accessed"), f"{where}.accessed")
    if not shows.strip():
        raise BadInput(N_("The field “shows” of the evidence is empty."), where=where)
    if not _DATE.fullmatch(accessed):
        raise BadInput(
            N_("“{date}” is not a valid date."),
            where=f"{where}.accessed",
            fix=N_("Write YYYY-MM-DD or YYYY-MM."),
            date=accessed,
        )
    address = item.get("address")
    if not (isinstance(address, str) and _SHA256_URN.fullmatch(address)):
        address = _parse_address(address, f"{where}.address")
    return Evidence(address, shows, accessed)


def _parse_claim(name: str, given: object, kind: str, evidence: Mapping[str, Evidence], where: str) -> Claim | None:
    known = CLAIM_KINDS.get(name)
    if known is None:
        raise unknown_name(N_("claim"), name, CLAIM_KINDS, where=where)
    if given == UNKNOWN_VALUE:
        return None
    if known.kinds and kind not in known.kinds:
        raise BadInput(
            N_("An entry of kind “{kind}” cannot have the claim “{name}”."), where=where, kind=kind, name=name
        )
    claim = _parse_mapping(given, where)
    cited = tuple(
        _parse_text(item, f"{where}.evidence") for item in _parse_list(claim.get("evidence", []), f"{where}.evidence")
    )
    if not cited:
        raise BadInput(
            N_("The claim “{name}” cites no evidence."),
            where=where,
            fix=N_("Name the evidence, or write unknown."),
            name=name,
        )
    for item in cited:
        if item not in evidence:
            raise unknown_name(N_("evidence"), item, evidence, where=where)
    if "value" not in claim:
        raise BadInput(N_("The claim “{name}” has no value."), where=where, name=name)
    _VALUE_CHECKS[known.type](claim["value"], f"{where}.value")
    return Claim(claim["value"], cited)


def _parse_records(value: object, where: str) -> dict[str, Any]:
    records = _parse_mapping(value, where)
    for name, record in records.items():
        _parse_choice(name, RECORD_SOURCES, where, N_("list"))
        _parse_mapping(record, f"{where}.{name}")
    return {str(name): record for name, record in records.items()}


# --- values of claims, by type


def _check_text(value: object, where: str) -> None:
    if not _parse_text(value, where).strip():
        raise BadInput(N_("The value is empty; write unknown."), where=where)


def _check_year(value: object, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1900 <= value <= 2100:
        raise BadInput(N_("“{value}” is not a year from 1900 to 2100."), where=where, value=value)


def _check_each(check: Callable[[object, str], None]) -> Callable[[object, str], None]:
    def every(value: object, where: str) -> None:
        items = _parse_list(value, where)
        if not items:
            raise BadInput(N_("The value is empty; write unknown."), where=where)
        for item in items:
            check(item, where)

    return every


def _check_area(value: object, where: str) -> None:
    if value not in code_lists()["CL_AREA"]:
        code_lists()["CL_AREA"].get(_parse_text(value, where))


def _check_language(value: object, where: str) -> None:
    if not _LANGUAGE.fullmatch(_parse_text(value, where)):
        raise BadInput(N_("“{language}” is not a valid language tag."), where=where, language=value)


def _check_sector(value: object, where: str) -> None:
    _parse_choice(value, tuple(SECTORS), where, N_("sector"))


def _check_goal(value: object, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 17:
        raise BadInput(N_("“{value}” is not a Sustainable Development Goal (1 to 17)."), where=where, value=value)


def _check_entry_id(value: object, where: str) -> None:
    if not _ID.fullmatch(_parse_text(value, where)):
        raise BadInput(
            N_("“{id}” is not a valid id: use lower-case letters, digits and hyphens."), where=where, id=value
        )


def _check_access(value: object, where: str) -> None:
    _parse_choice(value, ACCESS_CODES, where, N_("access"))


def _check_components(value: object, where: str) -> None:
    for name, licence in _parse_mapping(value, where).items():
        _parse_text(licence, f"{where}.{name}")


_VALUE_CHECKS: dict[str, Callable[[object, str], None]] = {
    "text": _check_text,
    "year": _check_year,
    "areas": _check_each(_check_area),
    "languages": _check_each(_check_language),
    "sectors": _check_each(_check_sector),
    "goals": _check_each(_check_goal),
    "entries": _check_each(_check_entry_id),
    "entry": _check_entry_id,
    "access": _check_access,
    "components": _check_components,
}
