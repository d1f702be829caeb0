"""A text shows its translation, else that of an added language, else its English; what is sealed is what was given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bongsu.core import languages
from bongsu.core.errors import BadInput
from bongsu.core.languages import (
    LANGUAGES,
    TABLE_LANGUAGES,
    Language,
    describe_language,
    install_language,
)
from bongsu.core.text import Text

UNITS = Text(en="Units", ko="단위", fr="Unités")


def find_name(english: str) -> str:
    return {"Units": "Unidades"}.get(english, "")


@pytest.fixture
def _spanish() -> Iterator[None]:
    install_language(Language("es", "Español", "es-ES", find_name=find_name))
    yield
    del languages._installed["es"]


def test_without_a_translation_the_english_is_shown() -> None:
    assert [UNITS.to(language) for language in ("en", "ko", "fr", "es", "")] == [
        "Units",
        "단위",
        "Unités",
        "Units",
        "Units",
    ]
    assert (UNITS.find("ko"), UNITS.find("es"), Text("x", ko="").find("ko")) == ("단위", "", "")
    assert Text("x", ko="").to("ko") == "x"


@pytest.mark.usefixtures("_spanish")
def test_an_added_language_translates_the_english() -> None:
    assert tuple(LANGUAGES) == (*TABLE_LANGUAGES, "es")
    assert (UNITS.to("es"), Text("Area").to("es"), Text("Area", es="Área").to("es")) == ("Unidades", "Area", "Área")
    assert UNITS.translations() == {"en": "Units", "ko": "단위", "fr": "Unités", "es": "Unidades"}
    assert "es" not in Text("Area").translations()


@pytest.mark.usefixtures("_spanish")
def test_what_is_sealed_depends_on_no_installed_language() -> None:
    assert UNITS.as_dict() == {"en": "Units", "ko": "단위", "fr": "Unités"}
    given = {"es": "Área", "fr": "Zone", "en": "Area", "ko": "지역"}
    assert list(Text.of(given).as_dict()) == ["en", "ko", "fr", "es"]
    assert Text.of(given).as_dict() == given


def test_a_row_is_read_by_its_columns() -> None:
    row = {"id": "A", "en": "a", "ko": "b", "fr": "c", "help_en": "d", "help_ko": "e", "help_fr": "f"}
    assert Text.from_row(row) == Text(en="a", ko="b", fr="c")
    assert Text.from_row(row, "help_") == Text(en="d", ko="e", fr="f")
    with pytest.raises(BadInput, match="fr") as caught:
        Text.from_row({"en": "a", "ko": "b", "fr": None}, where="here")  # type: ignore[dict-item]
    assert caught.value.where == "here"


@pytest.mark.usefixtures("_spanish")
def test_a_composed_text_has_every_language() -> None:
    composed = Text.compose(lambda language: f"{UNITS.to(language)}!")
    assert composed.as_dict() == {"en": "Units!", "ko": "단위!", "fr": "Unités!", "es": "Unidades!"}


def test_equal_texts_are_equal() -> None:
    assert Text("a", ko="b") == Text(ko="b", en="a") != Text("a")
    assert len({Text("a"), Text("a"), Text("b")}) == 2
    assert Text("a") != "a"
    assert repr(Text("a", ko="b")) == "Text(en='a', ko='b')"


def test_languages_of_the_tables_stay() -> None:
    before = dict(LANGUAGES)
    install_language(Language("fr", "Autre", "fr-CA"))
    assert dict(LANGUAGES) == before
    assert describe_language("fr").colon == "\N{NO-BREAK SPACE}: "
    assert describe_language("xx") == LANGUAGES["en"]
