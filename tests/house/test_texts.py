"""Every text that a person sees exists in Korean, English and French; translations keep their placeholders."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import allauth
import pytest
from babel.messages.pofile import read_po

from bongsu.store.languages.catalogues import keeps_places
from tests.house.texts import ROOT, marked, rooms, translated


@pytest.mark.parametrize("language", ["ko", "fr"])
@pytest.mark.parametrize("room", rooms(), ids=lambda room: str(room.name))
def test_every_marked_text_is_translated(room: Path, language: str) -> None:
    known = translated(language)
    lacking = sorted({f"{place}: {text!r}" for text, place in marked(room) if text not in known})
    assert not lacking, f"without {language}:\n" + "\n".join(lacking)


@pytest.mark.parametrize("language", ["ko", "fr"])
def test_placeholders_survive_translation(language: str) -> None:
    for catalogue in sorted(ROOT.glob(f"*/locale/{language}/LC_MESSAGES/django.po")):
        with catalogue.open("rb") as file:
            wrong = [
                message.id for message in read_po(file, locale=language) if message.id and not keeps_places(message)
            ]
        assert wrong == [], catalogue


# Names of checks in releases that were sealed earlier, and a text in an f-string, which babel does not find.
UNMARKED = {
    "areas since the last release",
    "entries since the last release",
    "models since the last release",
    "no value is negative",
    "regions sum to the world",
    "release {number}",
    "values are in their range",
}


@cache
def list_used_texts() -> frozenset[str]:
    return frozenset(text for room in rooms() for text, _ in marked(room)) | UNMARKED | list_reworded_texts()


def list_reworded_texts() -> frozenset[str]:
    """Texts of django-allauth that the catalogues say in other words: it calls passkeys security keys."""
    catalogue = Path(allauth.__file__).parent / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    with catalogue.open("rb") as file:
        texts = [message.id if isinstance(message.id, tuple) else (message.id,) for message in read_po(file)]
    return frozenset(forms[0] for forms in texts if re.search("security key|passkey", forms[0], re.IGNORECASE))


@pytest.mark.parametrize(
    "catalogue", sorted(ROOT.glob("*/locale/*/LC_MESSAGES/django.po")), ids=lambda po: po.parts[-5]
)
def test_a_catalogue_has_every_text_once_and_no_other(catalogue: Path) -> None:
    used = list_used_texts()
    texts = re.findall(r'^msgid ((?:"[^\n]*"\n)+)', catalogue.read_text(encoding="utf-8"), re.M)
    ids = ["".join(ast.literal_eval(line) for line in text.splitlines()) for text in texts]
    assert [text for text, times in Counter(ids).items() if times > 1 and not _has_context(catalogue, text)] == []
    assert sorted(set(ids) - used - {""}) == []


def _has_context(catalogue: Path, text: str) -> bool:
    with catalogue.open("rb") as file:
        return any(message.id == text and message.context for message in read_po(file))


def test_every_text_of_the_tables_has_three_languages() -> None:
    from bongsu.store.own_flows.node_programmes import installed_programmes
    from bongsu.store.tables.definitions import code_lists, concepts, unit_names

    # Reading them is the test: a text that lacks a language is an error.
    assert len(concepts()) > 15
    assert all(len(codes) for codes in code_lists().values())
    for programme in installed_programmes():
        for flow in programme.flows:
            for symbol in flow.units:
                assert symbol in unit_names(), f"{flow.id}: the unit {symbol} has no names in definitions/units.csv"


# Two codes of languages in one line: ("en", "ko", "fr"), {"ko": ..., "fr": ...}, en|ko|fr.
LISTED = re.compile(r"""["'](en|ko|fr)["']\s*[,:].*["'](ko|fr)["']|\b(en|ko)\|(ko|fr)\b""")


def test_languages_are_listed_in_one_place() -> None:
    for planted in (
        'codes = ("en", "ko", "fr")',
        "names = {'ko': 'ko-KR', 'fr': 'fr-FR'}",
        're.compile("/(en|ko|fr)/")',
    ):
        assert LISTED.search(planted)
    files = [path for end in ("py", "html", "js") for path in ROOT.rglob(f"*.{end}")]
    found = {str(path.relative_to(ROOT)) for path in files if LISTED.search(path.read_text(encoding="utf-8"))}
    assert found == {"core/languages.py"}, "follow core/languages.py instead"
