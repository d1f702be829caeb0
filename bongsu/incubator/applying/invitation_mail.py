"""The mail that invites somebody to the team of an application: in her language, with a link and no word of the application."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext, override

from bongsu.core.errors import N_
from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.applications.team import invite_member
from bongsu.incubator.models import Application
from bongsu.incubator.site import Site
from bongsu.incubator.texts import pick_text
from bongsu.people.access import Actor
from bongsu.people.outbox import put_mail
from bongsu.people.persons import person_of_address

SUBJECT = N_("Invitation to write the application {number}")
TEXT = N_(
    "{who} invites you to write the application {number} to the call “{call}” at {node} together.\n\n"
    "Open this link within 7 days to accept. It works once.\n\n{link}\n\n"
    "If you did not expect this message, do nothing."
)


def invite_by_mail(
    actor: Actor, site: Site, application: Application, address: str, now: datetime, language: str
) -> None:
    """Invites an address to the team, and puts the mail into the outbox. Raises BadInput, Refused.

    The mail is in the language of who gets it if she has an account, else in that of who invites.
    """
    with transaction.atomic():
        member, secret = invite_member(actor, application, address, now)
        person = person_of_address(member.address)
        language = (person.language if person else "") or language
        with override(language):
            subject = gettext(SUBJECT).format(number=application.number)
            text = gettext(TEXT).format(
                who=application.owner,
                number=application.number,
                call=pick_text(read_files(application).call.title, language),
                node=site.node.name_in(language),
                link=site.address("team-invitation", secret),
            )
        put_mail(member.address, subject, text, language)
