"""What keeps a draft from being a valid entry, all of it, field by field. The rules are those of the entry reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from bongsu.commons.entries.entry import Entry
from bongsu.commons.entries.entry_reader import CLAIM_KINDS, parse_entry
from bongsu.commons.proposals.answers import Document
from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, UnknownName

Path = tuple[str, ...]
_WHERE = "entry"
_STEP = re.compile(r"[^.\[\]]+")
_STAND_IN = {"address": "https://stand.in/", "shows": "-", "accessed": "2000-01"}
_LONGEST = {"name": 200, "description": 2_000, "links": 2_000, "evidence": 2_000, "claims": 500}
# What to write, by the type of a claim: the reader's own message would speak of codes and shapes.
_HINTS = {
    "year": N_("Write the year as 2026."),
    "areas": N_("Write names of countries with commas between them, such as France, South Korea."),
    "languages": N_("Write names of languages with commas between them, such as French, Korean."),
    "entries": N_("Write names of entries of this catalogue with commas between them."),
    "entry": N_("Write the name of an entry of this catalogue."),
}
_CITE = N_("Tick the evidence that shows it.")


class Problem(NamedTuple):
    """What is wrong with a field: its path, the sentence, and what to do."""

    path: Path
    message: str
    fix: str


def list_problems(document: Document, today: str, translate: Callable[[str], str]) -> list[Problem]:
    """Returns what is wrong with a document; nothing if it is a valid entry whose evidence was read by `today`."""
    left, found = deepcopy(document), []
    left["name"] = left.get("name") or {}
    for _ in range(200):  # the reader stops at the first error: what is wrong is taken out, and the rest is read again
        try:
            parse_entry(left, _WHERE)
        except BadInput as error:
            path = tuple(_STEP.findall(error.where.partition(", ")[2]))
            error.where = ""  # the form shows the message at its field
            found.append(_explain(path, error, translate))
            if not _take_out(left, path):
                break
        else:
            break
    found += _find_more(document, today, translate)
    return list({problem.path: problem for problem in reversed(found)}.values())[::-1]


def read_valid(document: Document, today: str, translate: Callable[[str], str] = str) -> Entry:
    """Returns the entry of a document without problems. Raises BadInput with the first problem."""
    for problem in list_problems(document, today, translate):
        raise BadInput(
            N_("The entry is not complete: {reason}"),
            reason=problem.message,
            where=".".join(problem.path),
            fix=problem.fix,
        )
    return parse_entry(document, document["id"])


def _explain(path: Path, error: BadInput, translate: Callable[[str], str]) -> Problem:
    text = describe_public_error(error, translate)
    if path[:1] != ("claims",) or len(path) < 2:
        return Problem(path, text.message, text.fix)
    if path[2:3] != ("value",):
        return Problem(path, translate(_CITE), "")
    hint = _HINTS.get(CLAIM_KINDS[path[1]].type, "") if path[1] in CLAIM_KINDS else ""
    if not hint:
        return Problem(path, text.message, text.fix)
    value = error.values.get("name" if isinstance(error, UnknownName) else "value", "")
    return Problem(path, translate(N_("“{value}” is not known here.")).format(value=value), translate(hint))


def _take_out(document: Document, path: Path) -> bool:
    """Takes what is wrong out of a document; returns whether it could."""
    match path:
        case ("name",):
            document["name"] = {"en": "-"}
        case ("name" | "description" as table, key, *_):
            del document[table][key]
        case ("evidence",):
            document["evidence"] = {"stand-in": _STAND_IN}
        case ("evidence", key, *_):
            document["evidence"][key] = _STAND_IN
        case ("links", number, *_):
            document["links"][int(number)] = {"rel": "homepage", "href": "https://stand.in/"}
        case ("claims", name, *_):
            del document["claims"][name]
        case _:
            return False
    return True


def _find_more(document: Document, today: str, translate: Callable[[str], str]) -> list[Problem]:
    """Returns what the reader allows in a file, but not in a proposal: endless texts, evidence from the future, no link."""
    found = [
        Problem(path, translate(N_("This is too long: {limit} letters at most.")).format(limit=limit), "")
        for path, value, limit in _limited(document)
        if any(len(text) > limit for text in _texts(value))
    ]
    for key, item in document.get("evidence", {}).items():
        if re.match(r"[0-9]{4}-", read := str(item.get("accessed", ""))) and read > today:
            found.append(Problem(("evidence", key, "accessed"), translate(N_("This date lies in the future.")), ""))
    if not document.get("links"):
        found.append(Problem(("links",), translate(N_("Give at least one link, such as the home page.")), ""))
    return found


def _limited(document: Document) -> Iterator[tuple[Path, Any, int]]:
    for table, limit in _LONGEST.items():
        part = document.get(table) or {}
        for key, value in part.items() if isinstance(part, Mapping) else enumerate(part):
            yield (table, str(key)), value, limit


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for item in items for text in _texts(item)]
