"""A filled-in form: lines with values and units, written as JSON, plain text or HTML in three languages.

The texts of all forms are in forms.toml. Left out: layout beyond a table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from bongsu.core.estimate import Estimate
from bongsu.core.text import Text
from bongsu.store.tables.definitions import code_lists

FormValue = float | str | Text | None


@dataclass(frozen=True)
class FormLine:
    """One line: the rule's id for it, its name, the value (None if not applicable) and its unit.

    `figures`: number of significant figures shown; 0 shows the number as given.
    """

    id: str
    name: Text
    value: FormValue
    unit: str = ""
    figures: int = 0


@dataclass(frozen=True)
class Form:
    """A form about `subject`, of `date`, following `rule`. `machine` is the rule's own machine format if it has one."""

    id: str
    title: Text
    rule: str
    subject: str
    date: str
    lines: tuple[FormLine, ...]
    notes: tuple[Text, ...] = ()
    machine: Mapping[str, Any] | None = None

    def as_json(self) -> Mapping[str, Any]:
        """Returns `machine`, or else the lines by id with texts in all languages."""
        if self.machine is not None:
            return self.machine
        return {
            "form": self.id,
            "rule": self.rule,
            "subject": self.subject,
            "date": self.date,
            "fields": {
                line.id: {
                    "name": line.name.translations(),
                    "value": line.value.translations() if isinstance(line.value, Text) else line.value,
                    "unit": line.unit,
                }
                for line in self.lines
            },
            "notes": [note.translations() for note in self.notes],
        }

    def as_text(self, language: str) -> str:
        """Returns the form as plain text: a row for each line, then the notes."""
        head = [self.title.to(language), f"{self.subject} · {self.date}", self.rule, ""]
        body = [f"{id_}  {name}\n    {value}" for id_, name, value in self.as_rows(language)]
        notes = [f"* {note.to(language)}" for note in self.notes]
        return "\n".join([*head, *body, *(["", *notes] if notes else [])])

    def as_rows(self, language: str) -> list[tuple[str, str, str]]:
        """Returns (id, name, value with unit) of each line."""
        return [(line.id, line.name.to(language), _format_line(line, language)) for line in self.lines]

    def as_html(self, language: str) -> str:
        """Returns a complete, printable HTML page without script, style sheet or image."""
        rows = "\n".join(
            f"<tr><th scope=row>{escape(id_)}</th><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
            for id_, name, value in self.as_rows(language)
        )
        notes = "".join(f"<li>{escape(note.to(language))}</li>" for note in self.notes)
        title, subject = escape(self.title.to(language)), escape(self.subject)
        return (
            f"<!doctype html>\n<html lang={language}>\n<meta charset=utf-8>\n<title>{title}: {subject}</title>\n"
            f"<h1>{title}</h1>\n<p>{subject} · <time>{escape(self.date)}</time></p>\n"
            f"<table>\n<caption>{escape(self.rule)}</caption>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
            + (f"<ul>{notes}</ul>\n" if notes else "")
            + "</html>\n"
        )


def format_fixed_digits(value: float, digits: int = 3) -> str:
    """Formats `value` with exactly `digits` significant figures: 131.26 as "131", 0.5 as "0.500" (`digits` = 3)."""
    return format(Decimal(f"{value:.{digits - 1}e}"), "f")


def format_scientific(value: float, digits: int = 2) -> str:
    """Formats `value` as 1.3×10², so that the number of significant figures is clear."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _format_three_digits(value: float | None) -> str:
    """Formats `value` with three figures, in the notation with the fewest zeros."""
    if value is None:
        return ""
    return format_fixed_digits(value) if value == 0 or 1e-4 <= abs(value) < 1e7 else format_scientific(value, 3)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("bongsu.energy.forms") / "forms.toml").read_text(encoding="utf-8"))


def form_text(form: str, name: str) -> Text:
    """Returns the text `name` of `form` in forms.toml: a line's name, or a sentence with {placeholders}."""
    return Text.of(_table()[form]["words"][name], f"forms.toml, {form}.{name}")


def form_rule(form: str) -> str:
    """Returns the rule that `form` follows, with its version or date."""
    return str(_table()[form]["rule"])


def fill_template(template: Text, **values: str | Text) -> Text:
    """Returns `template` with its {placeholders} filled in each language; a Text is filled in by language."""

    def fill(language: str) -> str:
        filled = {name: value.to(language) if isinstance(value, Text) else value for name, value in values.items()}
        return template.to(language).format(**filled)

    return Text.compose(fill)


def describe_estimate(estimate: Estimate) -> Text:
    """Returns a sentence with an estimate's kind, boundary, interval and method."""
    lists = code_lists()
    known = estimate.low is not None and estimate.high is not None and estimate.low < estimate.high
    return fill_template(
        form_text("estimate", "whole" if known else "without_interval"),
        kind=lists["CL_KIND"].get(estimate.kind).name,
        boundary=lists["CL_BOUNDARY"].get(estimate.boundary).name,
        low=_format_three_digits(estimate.low),
        high=_format_three_digits(estimate.high),
        unit=str(estimate.unit),
        method=estimate.method or form_text("estimate", "no_method"),
    )


def _format_line(line: FormLine, language: str) -> str:
    if line.value is None:
        return form_text("estimate", "not_applicable").to(language)
    if isinstance(line.value, Text):
        return line.value.to(language)
    if isinstance(line.value, float):
        value = format_fixed_digits(line.value, line.figures) if line.figures else f"{line.value:.15g}"
        return f"{value} {line.unit}".rstrip()
    return f"{line.value} {line.unit}".rstrip()
