"""Mails in the language that a person chose, else in all three."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext, override

from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.people.models import Person
from bongsu.people.outbox import put_mail


def put_translated_mail(
    address: str,
    person: Person | None,
    subject: str,
    text: str,
    list_values: Callable[[str], Mapping[str, object]],
    link: str = "",
) -> None:
    """Puts a mail into the outbox. `subject` and `text` are marked texts, `list_values` their values in a language.

    `person` is who has the address, None if nobody is known to have it. A link stands once, below the texts.
    """
    chosen = (person.language,) if person and person.language in TABLE_LANGUAGES else TABLE_LANGUAGES
    subjects, texts = [], []
    for language in chosen:
        with override(language):
            values = list_values(language)
            subjects.append(gettext(subject).format(**values))
            texts.append(gettext(text).format(**values))
    put_mail(address, " / ".join(subjects), "\n\n".join([*texts, *filter(None, [link])]), chosen[0])
