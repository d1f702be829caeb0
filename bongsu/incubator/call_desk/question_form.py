"""One question as a form: what forms/document.py has of it, but the columns of a table, which stay as the file has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bongsu.core.errors import N_
from bongsu.core.languages import TABLE_LANGUAGES, describe_language
from bongsu.credits.unit_table import known_units
from bongsu.incubator.call_desk.found_calls import read_language
from bongsu.incubator.editing.questions import read_question
from bongsu.incubator.forms.document import MEGABYTES, Form, Question
from bongsu.incubator.forms.words import KINDS
from bongsu.incubator.texts import pick_text

SPARE = 3  # empty lines for more choices
MOST_CHOICES = 60  # that the form shows
ANONYMOUS: Mapping[str, str] = {
    "hidden": N_("nothing"),
    "redacted": N_("the answer without names and addresses"),
    "shown": N_("the answer"),
}
TYPES = ("pdf", "png", "jpeg", "csv", "txt")


def _choose(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, gettext(text)) for name, text in words.items()]


def _choose_unit() -> list[tuple[str, str]]:
    return [("", "—"), *((one.code, one.code) for one in known_units().values() if one.kind == "money")]


class QuestionForm(forms.Form):
    """A question of a form. `before` is what the file has, None for a new one."""

    key = forms.CharField(label=_("Name in the file"), max_length=40, help_text=_("Small letters, digits and hyphens."))
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=partial(_choose, KINDS))

    def __init__(self, sent: Any, form: Form, before: Question | None) -> None:
        initial = _describe(before) if before else {"stage": 1, "megabytes": MEGABYTES, "types": ["pdf"]}
        super().__init__(sent, initial=initial)
        self._before = before
        language = read_language()
        sections = [("", "—"), *((one.key, pick_text(one.title, language)) for one in form.section)]
        others = [(one.key, pick_text(one.text, language)) for one in form.question if one is not before]
        self.fields["section"] = forms.ChoiceField(label=gettext("Section"), choices=sections, required=False)
        for name, label in (("text", gettext("Question")), ("help", gettext("Help"))):
            for code in TABLE_LANGUAGES:
                self.fields[f"{name}_{code}"] = forms.CharField(
                    label=f"{label} ({describe_language(code).name})",
                    max_length=5000,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 2, "lang": code}),
                )
        self.fields["required"] = forms.BooleanField(label=gettext("It must be answered"), required=False)
        self.fields["condition"] = forms.ChoiceField(
            label=gettext("Or only if this question is answered"), choices=[("", "—"), *others], required=False
        )
        self.fields["condition_is"] = forms.CharField(
            label=gettext("… with one of these"),
            max_length=2000,
            required=False,
            help_text=gettext("Names of choices with commas between, or yes or no for a consent; empty: any answer."),
        )
        limits = gettext(
            "Of a text its characters, of a number or day its value, else how many. Empty: no limit of yours."
        )
        self.fields["least"] = forms.CharField(
            label=gettext("At least"), max_length=40, required=False, help_text=limits
        )
        self.fields["most"] = forms.CharField(label=gettext("At most"), max_length=40, required=False)
        self.fields["unit"] = forms.ChoiceField(label=gettext("Unit of money"), choices=_choose_unit, required=False)
        self.fields["types"] = forms.MultipleChoiceField(
            label=gettext("Types of files"),
            choices=[(one, one.upper()) for one in TYPES],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["megabytes"] = forms.IntegerField(
            label=gettext("Megabytes of a file, at most"), min_value=1, max_value=MEGABYTES
        )
        self.fields["anonymous"] = forms.ChoiceField(
            label=gettext("What blind reviewers see"), choices=partial(_choose, ANONYMOUS)
        )
        self.fields["reuse"] = forms.CharField(
            label=gettext("Name under which the answer can be used again"), max_length=40, required=False
        )
        self.fields["stage"] = forms.IntegerField(label=gettext("Asked from this stage on"), min_value=1, max_value=9)
        count = len(before.choices) if before else 2
        self._lines = count + SPARE if count <= MOST_CHOICES else 0  # more than that stay as they are
        for number, name, label in self._name_cells():
            self.fields[f"choice_{number}_{name}"] = forms.CharField(label=label, max_length=5000, required=False)

    def _name_cells(self) -> Iterator[tuple[int, str, str]]:
        """Yields number, name and label of each field of the choices."""
        for number in range(self._lines):
            yield number, "key", gettext("Choice {number}, name in the file").format(number=number + 1)
            for code in TABLE_LANGUAGES:
                label = gettext("Choice {number}, {language}").format(
                    number=number + 1, language=describe_language(code).name
                )
                yield number, code, label

    def list_plain(self) -> list[Any]:
        """Returns the fields that stand below each other."""
        return [self[name] for name in self.fields if not name.startswith("choice_")]

    def list_choices(self) -> list[list[Any]]:
        """Returns the fields of the choices, a list for each line."""
        names = ("key", *TABLE_LANGUAGES)
        return [[self[f"choice_{number}_{name}"] for name in names] for number in range(self._lines)]

    def read(self) -> Question:
        """Returns the question that the form says. Raises BadInput with the field."""
        values, before = self.cleaned_data, self._before
        fields: dict[str, Any] = {
            name: values[name]
            for name in ("key", "kind", "section", "required", "unit", "megabytes", "anonymous", "reuse", "stage")
        }
        fields["types"] = values["types"] or ["pdf"]
        fields["text"] = _read_texts("text_", values, before.text if before else {})
        if help_ := _read_texts("help_", values, (before.help if before else None) or {}):
            fields["help"] = help_
        for name in ("least", "most"):
            if bound := values[name].strip():
                fields[name] = _read_bound(bound, getattr(before, name, None))
        if values["condition"]:
            words = [one.strip() for one in values["condition_is"].split(",") if one.strip()]
            fields["required-if"] = {"question": values["condition"], "is": [_read_word(one) for one in words]}
        if before:
            fields |= {name: msgspec.to_builtins(getattr(before, name)) for name in ("choices", "columns")}
        if self._lines:
            fields["choices"] = self._read_choices()
        return read_question(fields)

    def _read_choices(self) -> list[dict[str, Any]]:
        values = self.cleaned_data
        known = {one.key: one.text for one in self._before.choices} if self._before else {}
        found = []
        for number in range(self._lines):
            key = values[f"choice_{number}_key"].strip()
            texts = _read_texts(f"choice_{number}_", values, known.get(key, {}))
            if key or any(values[f"choice_{number}_{code}"].strip() for code in TABLE_LANGUAGES):
                found.append({"key": key, "text": texts})
        return found


def _read_texts(prefix: str, values: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
    """Returns the texts of a form in the order of before; languages that the form does not have stay."""
    sent = {code: values[f"{prefix}{code}"].strip().replace("\r\n", "\n") for code in TABLE_LANGUAGES}
    order = [*before, *(code for code in TABLE_LANGUAGES if code not in before)]
    texts = {code: sent[code] if code in sent else before[code] for code in order}
    return {code: text for code, text in texts.items() if text}


def _read_bound(sent: str, before: int | str | None) -> int | str:
    """Returns a limit: a whole number, or a text such as “12.5”; in the way of the file if it is what the file has."""
    if sent == str(before) and before is not None:
        return before
    return int(sent) if sent.removeprefix("-").isdecimal() and sent.isascii() and len(sent) < 16 else sent


def _read_word(word: str) -> str | bool:
    return {"yes": True, "no": False}.get(word, word)


def _describe(question: Question) -> dict[str, Any]:
    """Returns the initial values of the form."""
    values: dict[str, Any] = {
        name: getattr(question, name)
        for name in ("key", "kind", "section", "required", "unit", "types", "megabytes", "anonymous", "reuse", "stage")
    }
    values |= {f"text_{code}": text for code, text in question.text.items()}
    values |= {f"help_{code}": text for code, text in (question.help or {}).items()}
    values |= {name: "" if (bound := getattr(question, name)) is None else str(bound) for name in ("least", "most")}
    if question.required_if:
        words = {True: "yes", False: "no"}
        values["condition"] = question.required_if.question
        values["condition_is"] = ", ".join(
            words[one] if isinstance(one, bool) else one for one in question.required_if.values
        )
    for number, choice in enumerate(question.choices):
        values[f"choice_{number}_key"] = choice.key
        values |= {f"choice_{number}_{code}": text for code, text in choice.text.items()}
    return values
