"""The questions by which a person answers for a framework of openness, and her answers in a record of that framework.

The Digital Public Goods Standard asks tables/dpg_questions.csv; its goals and licence are claims of the entry. The European
Open Source AI index asks for each of its criteria. The Model Openness Framework asks for components, which are a claim too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from bongsu.commons.licences.licence_tables import COMMONS_TABLES
from bongsu.commons.openness import osai
from bongsu.core.text import Text
from bongsu.store.tables.definitions import read_rows

YES_NO = {"Yes": Text(en="yes", ko="예", fr="oui"), "No": Text(en="no", ko="아니오", fr="non")}
CLASSES = {
    "open": Text(en="open", ko="개방", fr="ouvert"),
    "partial": Text(en="partly open", ko="부분 개방", fr="partiellement ouvert"),
    "closed": Text(en="closed", ko="비개방", fr="fermé"),
}
_CLASS = Text(en="How open is it?", ko="얼마나 개방되어 있습니까?", fr="À quel point est-ce ouvert ?")
_NOTES = Text(en="Why", ko="이유", fr="Pourquoi")
_LINK = Text(
    en="Address of the page that shows it", ko="이를 보여 주는 페이지의 주소", fr="Adresse de la page qui le montre"
)


class Question(NamedTuple):
    """A question: the criterion it is about, where a record has its answer, and the answers to choose from (none: a text)."""

    criterion: str
    path: tuple[str, ...]
    choices: Mapping[str, Text]
    title: Text

    def read_answer(self, record: Mapping[str, Any]) -> str:
        """Returns the answer in a record, as a person sees it; "" if there is none."""
        found: Any = record
        for name in self.path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if self.choices:
            return next((choice for choice in self.choices if choice.casefold() == str(found).strip().casefold()), "")
        parts = found if isinstance(found, list) else [found]
        return "; ".join(" ".join(str(part).split()) for part in parts if part)


class Questionnaire(NamedTuple):
    """The questions of a framework, and the kinds of entry that it is for."""

    kinds: frozenset[str]
    questions: tuple[Question, ...]


def _osai_questions() -> Iterator[Question]:
    for criterion in osai.CRITERIA:
        yield Question(criterion.id, (criterion.id, "class"), CLASSES, _CLASS)
        yield Question(criterion.id, (criterion.id, "notes"), {}, _NOTES)
        yield Question(criterion.id, (criterion.id, "link"), {}, _LINK)


def _dpg_questions() -> Iterator[Question]:
    for row in read_rows(COMMONS_TABLES / "dpg_questions.csv"):
        choices = YES_NO if row["answers"] == "choice" else {}
        yield Question(row["criterion"], tuple(row["path"].split(".")), choices, Text.from_row(row))


QUESTIONNAIRES = {
    "dpg": Questionnaire(frozenset({"model", "dataset", "software", "course"}), tuple(_dpg_questions())),
    "osai": Questionnaire(frozenset({"model"}), tuple(_osai_questions())),
}


def write_answers(
    questions: Sequence[Question], record: Mapping[str, Any], answers: Mapping[tuple[str, ...], str]
) -> dict[str, Any]:
    """Returns the record with `answers`, by the path of their question; an empty one is taken out.

    An answer that is as it was keeps its form, such as a list; what is not asked stays.
    """
    written: dict[str, Any] = deepcopy(dict(record))
    for question in questions:
        answer = answers.get(question.path)
        if answer is None or answer == question.read_answer(record):
            continue
        if not question.choices or answer in ("", *question.choices):
            _put(written, question.path, answer)
    return written


def _put(table: dict[str, Any], path: Sequence[str], answer: str) -> None:
    name, *rest = path
    if rest:
        inner = table[name] = dict(table[name]) if isinstance(table.get(name), Mapping) else {}
        _put(inner, rest, answer)
    else:
        table[name] = answer
    if table[name] in ("", {}):
        del table[name]
