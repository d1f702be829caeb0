"""What officers and operators are told of conflicts: the call, and never an application or a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext, override

from bongsu.core.errors import N_
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.incubator.models import Call
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.texts import pick_text
from bongsu.people.access import NODE
from bongsu.people.granting import holders
from bongsu.people.models import Person
from bongsu.people.outbox import put_mail

NO_OFFICER = N_("Every officer of the call “{call}” is in conflict with one of its applications")
NO_OFFICER_TEXT = N_(
    "Every officer of the call “{call}” is in conflict with one of its applications, which nobody can process now. "
    "Give another person the role of its officer."
)
STOPPED = N_("A review of the call “{call}” has stopped")
STOPPED_TEXT = N_(
    "A conflict of interest was found while a review of the call “{call}” was running, so the review has stopped. "
    "The page of the call's conflicts shows why."
)


def tell_operators(call: Call) -> None:
    """Tells the operators of the node that an application has no officer left."""
    _tell(holders("operator", NODE), NO_OFFICER, NO_OFFICER_TEXT, call)


def tell_stopped(people: Iterable[Person], call: Call) -> None:
    """Tells officers that a review has stopped."""
    _tell(people, STOPPED, STOPPED_TEXT, call)


def _tell(people: Iterable[Person], subject: str, text: str, call: Call) -> None:
    title = read_edition(newest_edition(call)).call.title
    for person in people:
        language = person.language if person.language in TABLE_LANGUAGES else ""
        written = []
        for one in (language,) if language else TABLE_LANGUAGES:
            with override(one):
                name = pick_text(title, one)
                written.append((gettext(subject).format(call=name), gettext(text).format(call=name)))
        if person.email:
            subjects, texts = zip(*written, strict=True)
            put_mail(person.email, " / ".join(subjects), "\n\n".join(texts), language or TABLE_LANGUAGES[0])
