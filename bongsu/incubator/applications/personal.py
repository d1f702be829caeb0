"""A person's applications in the export of her data, and what is left of them when she is erased.

What was never submitted is deleted. Of what was, the number, the state and the decision stay, without answers, files and team.
The duty “application-files” deletes from the disk the files that no record names.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from bongsu.incubator.applications.deleting import delete_application
from bongsu.incubator.models import Application, Award, CohortMember, Delivery, Draft, Member, Version
from bongsu.incubator.workflow.step import seen_state
from bongsu.people.models import Person

NOT_EXAMINED = ("draft", "submitted")  # states in which nobody has looked at an application


def describe_applications(person: Person) -> list[dict[str, Any]]:
    """Returns the person's applications with their answers and the names of their files, and the teams that she is on."""
    own = Application.objects.filter(owner=person).select_related("call", "round", "draft").order_by("created")
    return [_describe(one) for one in own.prefetch_related("versions", "checks", "members")] + [
        {"number": member.application.number, "team_member_since": member.accepted}
        for member in Member.objects.filter(person=person).select_related("application").order_by("pk")
    ]


def _describe(application: Application) -> dict[str, Any]:
    draft = getattr(application, "draft", None)
    return {
        "number": application.number,
        "call": application.call.name,
        "round": application.round.key,
        "state": seen_state(application.state),  # not what has been decided and not told yet
        "created": application.created,
        "draft": _describe_answers(draft) if draft else None,
        "versions": [
            {"number": one.number, "received_at": one.received_at, "digest": one.digest, **_describe_answers(one)}
            for one in application.versions.all()
        ],
        "questions": [
            {"question": check.question, "answer": check.answer} for check in application.checks.all() if check.question
        ],
        "award": _describe_award(application),
        "invited": [member.address for member in application.members.all()],
    }


def _describe_award(application: Application) -> dict[str, Any] | None:
    award = Award.objects.filter(application=application).first()
    if award is None:
        return None
    handed_in = Delivery.objects.filter(deliverable__award=award).select_related("deliverable").order_by("received")
    return {
        "line": award.line,
        "unit": award.unit,
        "steps": str(award.amount),
        "fields": award.fields,
        "signed": [one.signed for one in award.signatures.filter(person=application.owner).order_by("signed")],
        "handed_in": [{"what": one.deliverable.key, "at": one.received, "text": one.text} for one in handed_in],
        "answers": [one.answer for one in award.notices.order_by("noticed") if one.answer],
    }


def _describe_answers(one: Draft | Version) -> dict[str, Any]:
    names = {key: [file["name"] for file in files] for key, files in one.files.items()}
    return {"answers": one.answers, "files": names}


def erase_applications(person: Person) -> None:
    """Erases what the person wrote, and takes her off the teams, inside an action. What nobody has examined is withdrawn."""
    Member.objects.filter(person=person).delete()
    CohortMember.objects.filter(person=person).delete()
    Member.objects.filter(person=None, address=person.email).delete()
    own = Application.objects.filter(owner=person)
    own.filter(versions=None).delete()
    kept = list(own)
    own.filter(state__in=NOT_EXAMINED).update(state="withdrawn", changed=timezone.now())
    for application in kept:
        delete_application(application, timezone.now())
