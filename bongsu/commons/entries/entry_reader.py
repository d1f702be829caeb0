"""Reads an entry from its document and refuses it whole, with the field, where something is wrong.

The same rules as entry.schema.json, as shapes: a schema validator takes a second for a thousand entries, this a hundredth.
tests/commons/test_entries.py holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Struct

from bongsu.commons.entries.entry import Claim, Entry, EntryKind, EntryLink, Evidence
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.core.document_shape import FilledText, convert_document, limit
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text import Text
from bongsu.store.tables.definitions import code_lists, read_rows

UNKNOWN_VALUE = "unknown"
_ADDRESS = r"https?://[^\s<>\"{}|\\^`]+"  # RFC 3986 has none of these characters
_SHA256_URN = r"urn:sha256:[0-9a-f]{64}"  # bytes that this node keeps, where a file came from no web address
_NOT_AN_ADDRESS = N_("“{value}” is not a valid web address.")
EntryId = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid id: use lower-case letters, digits and hyphens."),
        pattern=r"^[a-z0-9][a-z0-9-]{0,127}\Z",
    ),
]
LanguageTag = Annotated[
    str, limit(N_("“{value}” is not a valid language tag."), pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
]
Names = dict[LanguageTag, str]


class LinkShape(Struct):
    """A link as its file says it."""

    rel: Literal["homepage", "repository", "download", "documentation", "paper", "huggingface"]
    href: Annotated[str, limit(_NOT_AN_ADDRESS, pattern=rf"^{_ADDRESS}\Z")]


class EvidenceShape(Struct):
    """An evidence as its file says it."""

    address: Annotated[str, limit(_NOT_AN_ADDRESS, pattern=rf"^({_ADDRESS}|{_SHA256_URN})\Z")]
    shows: FilledText
    accessed: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid date."),
            N_("Write YYYY-MM-DD or YYYY-MM."),
            pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?\Z",
        ),
    ]


class EntryShape(Struct, forbid_unknown_fields=True):
    """An entry as its file says it. A claim is a table with value and evidence, or the text “unknown”."""

    id: EntryId
    kind: EntryKind
    name: Names
    evidence: Annotated[dict[str, EvidenceShape], limit(N_("The entry cites no evidence."), min_length=1)]
    description: Names = {}
    links: list[LinkShape] = []
    claims: dict[str, Any] = {}
    records: dict[Literal["mof", "osai", "dpg", "current-ai"], dict[str, Any]] = {}
    identifiers: list[str] = []
    source: str = ""


class ClaimShape(Struct):
    """A claim; the shape of its value is that of its kind."""

    value: Any
    evidence: Annotated[
        list[str],
        limit(N_("The claim cites no evidence."), N_("Name the evidence, or write unknown."), min_length=1),
    ]


def _filled(items: Any) -> Any:
    return Annotated[list[items], limit(N_("The value is empty; write unknown."), min_length=1)]


_VALUE_SHAPES: dict[str, Any] = {
    "text": Annotated[str, limit(N_("The value is empty; write unknown."), pattern=r"\S")],
    "year": Annotated[int, limit(N_("“{value}” is not a year from 1900 to 2100."), ge=1900, le=2100)],
    "areas": _filled(str),
    "languages": _filled(LanguageTag),
    "sectors": _filled(str),
    "goals": _filled(
        Annotated[int, limit(N_("“{value}” is not a Sustainable Development Goal (1 to 17)."), ge=1, le=17)]
    ),
    "entries": _filled(EntryId),
    "entry": EntryId,
    "access": Literal["free", "registration", "application", "paid"],
    "components": dict[str, str],
}


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
        Text.from_row(row),
    )
    for row in read_rows(COMMONS_TABLES / "claims.csv")
}
SECTORS = {row["code"]: Text.from_row(row) for row in read_rows(COMMONS_TABLES / "sectors.csv")}


@lru_cache(maxsize=1)
def _area_codes() -> frozenset[str]:
    return frozenset(code.id for code in code_lists()["CL_AREA"])


def parse_entry(document: object, where: str) -> Entry:
    """The entry in a document. Raises BadInput or UnknownName, naming file and field."""
    read = convert_document(document, EntryShape, where)
    if not any(read.name.values()):
        raise BadInput(N_("The entry has no name."), where=f"{where}, name")
    return Entry(
        id=read.id,
        kind=read.kind,
        name=read.name,
        description=read.description,
        links=tuple(EntryLink(link.rel, link.href) for link in read.links),
        evidence={name: Evidence(item.address, item.shows, item.accessed) for name, item in read.evidence.items()},
        claims=dict(_parse_claims(read, where)),
        records=dict(read.records.items()),
        identifiers=tuple(read.identifiers),
        source=read.source,
    )


def _parse_claims(entry: EntryShape, where: str) -> Iterator[tuple[str, Claim]]:
    """Yields the claims that are not unknown."""
    for name, given in entry.claims.items():
        path = f"claims.{name}"
        known = CLAIM_KINDS.get(name)
        if known is None:
            raise unknown_name(N_("claim"), name, CLAIM_KINDS, where=f"{where}, {path}")
        if given == UNKNOWN_VALUE:
            continue
        if known.kinds and entry.kind not in known.kinds:
            raise BadInput(
                N_("An entry of kind “{kind}” cannot have the claim “{name}”."),
                where=f"{where}, {path}",
                kind=entry.kind,
                name=name,
            )
        claim = convert_document(given, ClaimShape, where, path)
        for item in claim.evidence:
            if item not in entry.evidence:
                raise unknown_name(N_("evidence"), item, entry.evidence, where=f"{where}, {path}")
        value = convert_document(claim.value, _VALUE_SHAPES[known.type], where, f"{path}.value")
        _check_codes(known.type, value, f"{where}, {path}.value")
        yield name, Claim(claim.value, tuple(claim.evidence))


def _check_codes(type_: str, value: Sequence[str], where: str) -> None:
    if type_ not in ("areas", "sectors"):
        return
    kind, known = (N_("code"), _area_codes()) if type_ == "areas" else (N_("sector"), frozenset(SECTORS))
    for code in value:
        if code not in known:
            raise unknown_name(kind, code, known, where=where)
