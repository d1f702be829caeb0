"""A reason that a person gives for a withdrawal or a correction: in one language, and in others if the person wrote it so.

A reader gets it in the language of the page, or as it was written, marked with the language of that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.languages import LANGUAGES


class Wording(NamedTuple):
    """A text that a person wrote, and its language ("" if that is not known)."""

    text: str
    language: str

    def mark(self, language: str) -> str:
        """Returns the text for a reader of `language`: if it is in another one, with its name, as in “한국어: …”."""
        if self.language in ("", language) or self.language not in LANGUAGES:
            return self.text
        spoken = LANGUAGES[self.language]
        return f"{spoken.name}{spoken.colon}{self.text}"


@dataclass(frozen=True)
class Reason:
    """A text in `language` ("" if that is not known), and its `translations` as (language, text)."""

    text: str
    language: str = ""
    translations: tuple[tuple[str, str], ...] = ()

    def to(self, language: str) -> Wording:
        """Returns the text in a language if there is one, else as it was written, with the language of that."""
        text = dict(self.translations).get(language)
        return Wording(text, language) if text else Wording(self.text, self.language)


def parse_reason(texts: Iterable[str], language: str) -> Reason:
    """Returns the reason of one or more texts; `ko=…` is a text in Korean, and one without a code is in `language`.

    The first is the one that was written. Raises BadInput for two texts in one language or an empty one, UnknownName.
    """
    found: dict[str, str] = {}
    for text in texts:
        code, mark, rest = text.partition("=")
        tagged = bool(mark) and code.strip() in LANGUAGES
        if mark and not tagged and len(code) == 2 and code.isalpha() and code.islower():
            raise unknown_name(N_("language"), code, LANGUAGES, where="--reason")
        spoken, words = (code.strip(), rest.strip()) if tagged else (language, text.strip())
        if not words:
            raise BadInput(N_("A reason is empty."), where="--reason")
        if spoken in found:
            raise BadInput(
                N_("Two reasons are in the language “{language}”."),
                where="--reason",
                fix=N_("Begin each with its code: ko=…, fr=…."),
                language=spoken,
            )
        found[spoken] = words
    if not found:
        raise BadInput(N_("A reason is missing."), where="--reason")
    (first, words), *others = found.items()
    return Reason(words, first, tuple(others))
