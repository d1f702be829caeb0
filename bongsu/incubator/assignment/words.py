"""Reasons of a run as sentences: why an application is under the floor, and what to loosen."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from bongsu.core.errors import N_
from bongsu.incubator.assignment.assign import Short
from bongsu.incubator.assignment.loosening import Loosening
from bongsu.incubator.texts import Translate, write_sentence

SHORT: Mapping[str, str] = {
    "loads": N_("{application} has {total} of {floor}: those who fit it better have no room for more reviews."),
    "excluded": N_(
        "{application} has {total} of {floor}: those who fit it better are barred, declined or excluded by a rule."
    ),
    "no-experts": N_(
        "{application} has {total} of {floor}: all reviewers together do not fit it better than {anybody}."
    ),
}
LOOSENINGS: Mapping[str, str] = {
    "reviews": N_("{application}: ask for {by} fewer reviews."),
    "load-most": N_("{reviewer}: {by} more reviews than the most."),
    "load-least": N_("{reviewer}: {by} fewer reviews than the least."),
    "organisation": N_("{application}: more than one reviewer of {organisation}."),
    "family": N_("Allow these pairs together: {pairs}."),
    "floor": N_("{application}: a floor that is lower by {by}."),
    "expertise": N_("Allow {reviewer} for {application}, below the least expertise."),
    "language": N_("Allow {reviewer} for {application}, who reads none of its languages."),
    "cap": N_("{application}: a higher cap of the probability."),
}
_NAMES: Mapping[str, tuple[str, ...]] = {
    "reviews": ("application",),
    "load-most": ("reviewer",),
    "load-least": ("reviewer",),
    "organisation": ("application", "organisation"),
    "floor": ("application",),
    "expertise": ("reviewer", "application"),
    "language": ("reviewer", "application"),
    "cap": ("application",),
}


def describe_short(short: Short, translate: Translate, language: str) -> str:
    """Returns why an application is under the floor."""
    values = {name: _write(value) for name, value in short.values.items()}
    return write_sentence(SHORT[short.code], {"application": short.application, **values}, translate, language)


def describe_loosening(one: Loosening, names: Mapping[str, str], translate: Translate, language: str) -> str:
    """Returns what to loosen. `names` are reviewers by id; an id without a name is shown."""
    values: dict[str, object] = {"by": _write(one.by)}
    if one.code == "family":
        pairs = zip(one.of[::2], one.of[1::2], strict=True)
        values["pairs"] = tuple(f"{names.get(reviewer, reviewer)} – {number}" for reviewer, number in pairs)
    else:
        values |= {name: names.get(of, of) for name, of in zip(_NAMES[one.code], one.of, strict=True)}
    return write_sentence(LOOSENINGS[one.code], values, translate, language)


def _write(value: float) -> Fraction:
    """Returns a number for `write_sentence`, which writes it in the reader's language."""
    return Fraction(value).limit_denominator(10**6)
