"""The messages of a step: to those whom the transition names, with a link and without a word of the application.

The applicant is told of the state that she sees. A subject is in the language that the reader chose, else in all three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from bongsu.core.errors import N_
from bongsu.core.text import Text
from bongsu.incubator.mails import put_translated_mail
from bongsu.incubator.models import Application
from bongsu.incubator.reviewers.doors import list_free
from bongsu.incubator.site import Site
from bongsu.incubator.workflow.step import seen_state
from bongsu.incubator.workflow.tables import known_events, known_states
from bongsu.people.models import Person

if TYPE_CHECKING:
    from bongsu.incubator.steps.effects import Step

OWN_SUBJECT = N_("Your application {number}: {what}")
OTHER_SUBJECT = N_("Application {number}: {what}")
TEXT = N_("{node} has news of the application {number}: {what}. Sign in to read it.")

Find = Callable[[Application], list[Person]]


def _find_owner(application: Application) -> list[Person]:
    return [application.owner] if application.owner else []


def _find_team(application: Application) -> list[Person]:
    return [member.person for member in application.members.exclude(person=None).select_related("person")]


def _find_reviewers(application: Application) -> list[Person]:
    """Returns who reviews an application, and whose task ends with this step."""
    running = Q(state__in=("open", "submitted")) | Q(state="stopped", changed=application.changed)
    rows = application.assignments.filter(running).select_related("reviewer__person").order_by("pk")
    return [row.reviewer.person for row in rows if row.reviewer.person is not None]


def _find_free(role: str) -> Find:
    return lambda application: list_free(role, application)


# Who is meant by the names of workflow_actors.csv.
TOLD: Mapping[str, Find] = MappingProxyType(
    {
        "applicant": _find_owner,
        "team": _find_team,
        "reviewers": _find_reviewers,
        "officer": _find_free("call-officer"),
        "chair": _find_free("call-chair"),
        "panel": _find_free("call-panel"),
    }
)


def tell(step: Step) -> None:
    """Writes the messages of a step, one to each person, in the transaction of the step."""
    application = step.application
    own = known_states()[seen_state(application.state)].text
    told: dict[Person, tuple[str, str, Text]] = {}
    for name in step.transition.tell:
        is_own = name in ("applicant", "team")
        what = own if is_own else known_events()[step.transition.event].text
        for person in TOLD[name](application):
            route = "application" if is_own else "review" if name == "reviewers" else "call-inspected"
            told.setdefault(person, (OWN_SUBJECT if is_own else OTHER_SUBJECT, route, what))
    for person, (subject, route, what) in told.items():
        write_message(step.site, person, subject, TEXT, route, application.number, what=what)


def write_message(site: Site, person: Person, subject: str, text: str, route: str, number: str, **values: Any) -> None:
    """Puts a message to a person about an application into the outbox, with the address of a page that shows it."""
    if not (person.email and person.is_active):
        return

    def list_values(language: str) -> dict[str, object]:
        written = {name: one.to(language) if isinstance(one, Text) else one for name, one in values.items()}
        return {**written, "number": number, "node": site.node.name_in(language)}

    put_translated_mail(person.email, person, subject, text, list_values, site.address(route, number))
