"""A text that exists in English, Korean and French, or does not exist. A missing language is an error, not a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bongsu.core.errors import N_, BadInput

LANGUAGES = ("en", "ko", "fr")


@dataclass(frozen=True)
class Text:
    """One text in the three languages of the house."""

    en: str
    ko: str
    fr: str

    @classmethod
    def of(cls, names: Mapping[str, str], where: str = "") -> Text:
        """From {"en": ..., "ko": ..., "fr": ...}. Raises BadInput naming the language that is missing or empty."""
        missing = [language for language in LANGUAGES if not names.get(language)]
        if missing:
            raise BadInput(
                N_("A text lacks the language {missing}."),
                where=where,
                fix=N_("Every text exists in English, Korean and French."),
                missing=", ".join(missing),
            )
        return cls(**{language: names[language] for language in LANGUAGES})

    def to(self, language: str) -> str:
        """The text in `language`; English for a language the house does not speak."""
        return str(getattr(self, language if language in LANGUAGES else "en"))

    def as_dict(self) -> dict[str, str]:
        """{"en": ..., "ko": ..., "fr": ...}"""
        return {language: self.to(language) for language in LANGUAGES}
