"""The form of an entry, both ways: from a document to the fields that a person sees, and from what she sends to a document.

A draft's document may be wrong (problems.py says where): what was typed is kept as it is. What the form does not show, such as
other parts of the records of registries, stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale

from bongsu.commons.display_names import (
    ACCESS_NAMES,
    GOAL_NAMES,
    NAMED_CRITERIA,
    RELATION_NAMES,
    language_name,
    value_name,
)
from bongsu.commons.entries.entry_reader import CLAIM_KINDS, SECTORS, UNKNOWN_VALUE, ClaimKind
from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.openness import mof, osai
from bongsu.commons.openness.frameworks import FRAMEWORK_NAMES
from bongsu.commons.openness.questionnaires import QUESTIONNAIRES, Question, write_answers
from bongsu.core.languages import LANGUAGES
from bongsu.core.text import Text
from bongsu.store.tables.definitions import code_lists, read_rows

CLAIM_HELPS = {row["claim"]: Text.from_row(row) for row in read_rows(COMMONS_TABLES / "claim_helps.csv")}
EMPTY_ROWS = 2  # rows for links and for evidence that are offered beside the filled ones
MAX_ROWS = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z", re.ASCII)
_LICENCE_TYPES = ("licence",)

Document = dict[str, Any]  # an entry in the form of its file; that of a draft may be wrong
FindEntry = Callable[[str], str]  # the id of the entry with a title or id, or "" if there is none


class Choice(NamedTuple):
    """A box to tick, or an option to choose."""

    value: str
    label: str
    chosen: bool


class ComponentRow(NamedTuple):
    """A component of a model: whether it was released, and under which licence."""

    number: int
    label: str
    released: bool
    licence: str


class ClaimField(NamedTuple):
    """A claim in the form: `control` is text, licence, year, checks, choice or components."""

    id: str
    label: str
    help: str
    control: str
    value: str
    choices: Sequence[Choice]
    components: Sequence[ComponentRow]
    proof: Sequence[Choice]

    @property
    def has_components(self) -> bool:
        """Whether a component was released."""
        return any(row.released for row in self.components)


class QuestionField(NamedTuple):
    """A question of a framework: the name of its field, its title, the answers to choose from (none: a text), the answer."""

    name: str
    title: str
    choices: Sequence[Choice]
    value: str


class QuestionnaireFields(NamedTuple):
    """The questions of a framework by criterion, and how many of those with a choice are answered."""

    framework: str
    title: str
    criteria: Sequence[tuple[str, Sequence[QuestionField]]]
    answered: int
    questions: int


class EntryFields(NamedTuple):
    """What the form of an entry shows."""

    texts: Sequence[Mapping[str, str]]
    links: Sequence[Mapping[str, Any]]
    relations: Sequence[tuple[str, str]]
    evidence: Sequence[Mapping[str, str]]
    claims: Sequence[ClaimField]
    questionnaires: Sequence[QuestionnaireFields]


def claims_of_kind(kind: str) -> list[ClaimKind]:
    """Returns the claims that an entry of a kind can have."""
    return [one for one in CLAIM_KINDS.values() if not one.kinds or kind in one.kinds]


# --- from a document to the form


def show_fields(document: Document, language: str, today: str, more_rows: int = 0) -> EntryFields:
    """Returns the fields of a document, with names in `language`; `today` is offered as the date of new evidence."""
    evidence = list(_evidence_rows(document, today, EMPTY_ROWS + more_rows))
    return EntryFields(
        texts=[
            {
                "code": code,
                "language": one.name,
                "name": document.get("name", {}).get(code, ""),
                "description": document.get("description", {}).get(code, ""),
            }
            for code, one in LANGUAGES.items()
        ],
        links=[*document.get("links", []), *[{"rel": "", "href": ""}] * (EMPTY_ROWS + more_rows)][:MAX_ROWS],
        relations=[(rel, text.to(language)) for rel, text in RELATION_NAMES.items()],
        evidence=evidence,
        claims=[_show_claim(one, document, evidence, language) for one in claims_of_kind(document["kind"])],
        questionnaires=[
            _show_questionnaire(framework, one.questions, document, language)
            for framework, one in QUESTIONNAIRES.items()
            if document["kind"] in one.kinds
        ],
    )


def _show_questionnaire(
    framework: str, questions: Sequence[Question], document: Document, language: str
) -> QuestionnaireFields:
    record = document.get("records", {}).get(framework, {})
    criteria: dict[str, list[QuestionField]] = {}
    for one in questions:
        answer = one.read_answer(record)
        choices = [Choice(value, text.to(language), value == answer) for value, text in one.choices.items()]
        field = QuestionField(_question_name(framework, one), one.title.to(language), choices, answer)
        criteria.setdefault(one.criterion, []).append(field)
    asked = [field for fields in criteria.values() for field in fields if field.choices]
    return QuestionnaireFields(
        framework,
        FRAMEWORK_NAMES[framework].to(language),
        [(NAMED_CRITERIA[framework, criterion].name.to(language), fields) for criterion, fields in criteria.items()],
        sum(1 for field in asked if field.value),
        len(asked),
    )


def _question_name(framework: str, question: Question) -> str:
    return "-".join((framework, *question.path))


def _evidence_rows(document: Document, today: str, empty: int) -> list[dict[str, str]]:
    known = document.get("evidence", {})
    rows = [{"key": key, **item} for key, item in known.items()]
    fresh = (f"e{number}" for number in range(1, 10_000) if f"e{number}" not in known)
    rows += [{"key": next(fresh), "address": "", "shows": "", "accessed": today} for _ in range(empty)]
    return [row | {"number": str(number)} for number, row in enumerate(rows[:MAX_ROWS], start=1)]


def _show_claim(
    kind: ClaimKind, document: Document, evidence: Sequence[Mapping[str, str]], language: str
) -> ClaimField:
    given = document.get("claims", {}).get(kind.id, UNKNOWN_VALUE)
    claim = given if isinstance(given, Mapping) else {}
    value = claim.get("value")
    control, choices = "text", []
    components: list[ComponentRow] = []
    match kind.type:
        case "sectors":
            control, choices = "checks", _choices({code: text.to(language) for code, text in SECTORS.items()}, value)
        case "goals":
            goals = {code: f"{code} {text.to(language)}" for (code,), text in GOAL_NAMES.items()}
            control, choices = "checks", _choices(goals, value)
        case "access":
            names = {code: text.to(language) for code, text in ACCESS_NAMES.items()}
            control, choices = "choice", _choices(names, [value])
        case "components":
            control, components = "components", _show_components(value, language)
        case "year":
            control = "year"
        case _ if kind.id in _LICENCE_TYPES:
            control = "licence"
    return ClaimField(
        kind.id,
        kind.title.to(language),
        CLAIM_HELPS[kind.id].to(language),
        control,
        _show_value(kind.type, value, language),
        choices,
        components,
        [Choice(row["key"], row["number"], row["key"] in claim.get("evidence", ())) for row in evidence],
    )


def _choices(names: Mapping[str, str], value: Any) -> list[Choice]:
    chosen = {str(one) for one in value or ()}
    return [Choice(code, name, code in chosen) for code, name in names.items()]


def _show_components(value: Any, language: str) -> list[ComponentRow]:
    given = value if isinstance(value, Mapping) else {}
    return [
        ComponentRow(part.id, part.title.to(language), part.name in given, str(given.get(part.name, "")))
        for part in mof.COMPONENTS
    ]


def _show_value(type_: str, value: Any, language: str) -> str:
    if value is None or isinstance(value, Mapping):
        return ""
    values = value if isinstance(value, list) else [value]
    match type_:
        case "areas":
            return ", ".join(value_name("country", str(one), language) for one in values)
        case "languages":
            return ", ".join(language_name(str(one), language) for one in values)
        case _:
            return ", ".join(map(str, values))


# --- from what a person sends to a document


def read_fields(document: Document, sent: Mapping[str, Sequence[str]], find_entry: FindEntry) -> Document:
    """Returns the document with what was sent; `sent` has the values of every field of the form by its name."""
    read = deepcopy(document)
    for name in ("name", "description"):
        texts = {code: text for code in LANGUAGES if (text := _first(sent, f"{name}-{code}"))}
        others = {code: text for code, text in document.get(name, {}).items() if code not in LANGUAGES}
        read[name] = texts | others
    read["links"] = [
        {"rel": rel, "href": href}
        for rel, href in zip(_all(sent, "link-rel"), _all(sent, "link-href"), strict=False)
        if href
    ][:MAX_ROWS]
    read["evidence"] = _read_evidence(sent)
    claims = {name: claim for name, claim in document.get("claims", {}).items() if claim != UNKNOWN_VALUE}
    for kind in claims_of_kind(document["kind"]):
        value = _read_value(kind, sent, find_entry)
        if value in ("", [], {}):
            claims.pop(kind.id, None)
            continue
        before = claims.get(kind.id, {}).get("value")
        if isinstance(value, list) and isinstance(before, list) and set(value) == set(before):
            value = before  # boxes have no order: what did not change keeps its own
        proof = [key for key in dict.fromkeys(_all(sent, f"proof-{kind.id}")) if key in read["evidence"]]
        if not proof and len(read["evidence"]) == 1:
            proof = list(read["evidence"])  # there is nothing to choose from
        claims[kind.id] = {"value": value, "evidence": proof}
    read["claims"] = claims
    records = document.get("records", {}) | _read_questionnaires(document, sent)
    read["records"] = {name: record for name, record in records.items() if record}
    if not read["records"]:
        del read["records"]
    return read


def _read_questionnaires(document: Document, sent: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Returns the records with what was sent; an empty one has no answer left."""
    found = {}
    for framework, questionnaire in QUESTIONNAIRES.items():
        before = document.get("records", {}).get(framework, {})
        answers = {
            one.path: _first(sent, name)
            for one in questionnaire.questions
            if (name := _question_name(framework, one)) in sent
        }
        record = write_answers(questionnaire.questions, before, answers)
        if framework == "osai" and not before and record:
            record[osai.ANSWERED_BY] = "proposer"
        found[framework] = {} if set(record) == {osai.ANSWERED_BY} else record
    return found


def _read_evidence(sent: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    columns = [_all(sent, f"evidence-{name}") for name in ("key", "address", "shows", "accessed")]
    read: dict[str, dict[str, str]] = {}
    for key, address, shows, accessed in list(zip(*columns, strict=False))[:MAX_ROWS]:
        if _KEY.match(key) and key not in read and (address or shows):
            read[key] = {"address": address, "shows": shows, "accessed": accessed}
    return read


def _read_value(kind: ClaimKind, sent: Mapping[str, Sequence[str]], find_entry: FindEntry) -> Any:
    text = _first(sent, f"claim-{kind.id}")
    match kind.type:
        case "year":
            return int(text) if text.isdecimal() and len(text) < 6 else text
        case "sectors":
            return [code for code in _all(sent, f"claim-{kind.id}") if code in SECTORS]
        case "goals":
            return [int(code) for code in _all(sent, f"claim-{kind.id}") if (code,) in GOAL_NAMES]
        case "components":
            return {
                part.name: _first(sent, f"component-licence-{part.id}")
                for part in mof.COMPONENTS
                if _first(sent, f"component-{part.id}")
            }
        case "areas":
            return [_area_names().get(one.casefold(), one) for one in _split(text)]
        case "languages":
            return [_language_names().get(one.casefold(), one) for one in _split(text)]
        case "entries":
            return [find_entry(one) or one for one in _split(text)]
        case "entry":
            return (find_entry(text) or text) if text else ""
        case _:
            return text


def clean_text(text: str) -> str:
    """Returns a text without control characters, except line breaks, and without spaces around it."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def _first(sent: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(_all(sent, name)), "")


def _all(sent: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [clean_text(text) for text in sent.get(name, ())]


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(part for part in re.split(r"\s*[,;、\n]\s*", text) if part))


@lru_cache(maxsize=1)
def _area_names() -> dict[str, str]:
    """Returns the codes of countries and regions by their names in all languages and by the codes themselves."""
    codes = code_lists()["CL_AREA"]
    names = {name.casefold(): code.id for code in codes for name in code.name.translations().values()}
    return names | {code.id.casefold(): code.id for code in codes}


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    """Returns the tags of languages by their names in all languages and by the tags themselves."""
    names: dict[str, str] = {}
    for code in LANGUAGES:
        for tag, name in Locale(code).languages.items():
            names.setdefault(str(name).casefold(), str(tag).replace("_", "-"))
    return names | {tag.casefold(): tag for tag in names.values()}
