"""A text by language. English is its source: a language without a translation shows the English, never an empty text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bongsu.core.errors import N_, BadInput
from bongsu.core.languages import LANGUAGES, TABLE_LANGUAGES


class Text:
    """One text with its translations, by language. A text is a value: it does not change, and equal texts are equal."""

    __slots__ = ("_texts",)

    def __init__(self, /, en: str, **translations: str) -> None:
        given = {"en": en} | {language: text for language, text in translations.items() if text}
        self._texts = {
            language: given[language] for language in (*TABLE_LANGUAGES, *sorted(given)) if language in given
        }

    @classmethod
    def of(cls, names: Mapping[str, str], where: str = "") -> Text:
        """From the text in each language, by its code; further languages may be given.

        Raises BadInput naming the language of the tables that is missing or empty.
        """
        missing = [language for language in TABLE_LANGUAGES if not names.get(language)]
        if missing:
            raise BadInput(
                N_("A text lacks the language {missing}."),
                where=where,
                fix=N_("Every text exists in English, Korean and French."),
                missing=", ".join(missing),
            )
        return cls(**names)

    @classmethod
    def from_row(cls, row: Mapping[str, str], prefix: str = "", where: str = "") -> Text:
        """From the columns of a table that are named by a language, such as en or help_en with the prefix help_.

        Raises BadInput naming the language of the tables that is missing or empty.
        """
        return cls.of({language: row.get(prefix + language) or "" for language in LANGUAGES}, where)

    @classmethod
    def compose(cls, to: Callable[[str], str]) -> Text:
        """Composes a text from others: `to` returns it in one language. It is called for every language."""
        return cls(**{language: to(language) for language in LANGUAGES})

    @property
    def en(self) -> str:
        """The English text."""
        return self._texts["en"]

    def to(self, language: str) -> str:
        """The text in `language`; in English if there is no translation."""
        return self.find(language) or self.en

    def find(self, language: str) -> str:
        """The text in `language`, "" if there is no translation."""
        found = self._texts.get(language)
        if found is None and language in LANGUAGES:
            found = LANGUAGES[language].find_name(self.en)
        return found or ""

    def as_dict(self) -> dict[str, str]:
        """The text as it was given, by language; releases are sealed with it, so that they depend on no installed language."""
        return dict(self._texts)

    def translations(self) -> dict[str, str]:
        """The text in every installed language that has it, by language."""
        return {language: text for language in LANGUAGES if (text := self.find(language))}

    def __eq__(self, other: object) -> bool:
        return self._texts == other._texts if isinstance(other, Text) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.en)

    def __repr__(self) -> str:
        return f"Text({', '.join(f'{language}={text!r}' for language, text in self._texts.items())})"
