"""A person's applications in the export of her data, and what is left of them when she is erased.

What was never submitted is deleted. Of what was, the number, the state and the decision stay, without answers, files and team.
The duty “application-files” deletes from the disk the files that no record names.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bongsu.incubator.models import Application, Draft, Member, StoredFile, Version
from bongsu.incubator.workflow.step import seen_state
from bongsu.people.models import Person
from bongsu.people.personal_records import PersonalRecords
from bongsu.store.node import Node

NOT_EXAMINED = ("draft", "submitted")  # states in which nobody has looked at an application
UNLISTED = timedelta(hours=1)  # a file is written before its record: a younger one may get it yet


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
        "invited": [member.address for member in application.members.all()],
    }


def _describe_answers(one: Draft | Version) -> dict[str, Any]:
    names = {key: [file["name"] for file in files] for key, files in one.files.items()}
    return {"answers": one.answers, "files": names}


def erase_applications(person: Person) -> None:
    """Erases what the person wrote, and takes her off the teams, inside an action. What nobody has examined is withdrawn."""
    Member.objects.filter(person=person).delete()
    Member.objects.filter(person=None, address=person.email).delete()
    own = Application.objects.filter(owner=person)
    own.filter(versions=None).delete()
    kept = list(own)
    own.filter(state__in=NOT_EXAMINED).update(state="withdrawn", changed=timezone.now())
    for application in kept:
        Draft.objects.filter(application=application).delete()
        application.versions.update(answers={}, files={})
        application.checks.update(answer="")
        application.members.all().delete()
        application.stored_files.all().delete()
    Application.objects.filter(pk__in=[one.pk for one in kept]).update(owner=None)


APPLICATIONS = PersonalRecords(describe_applications, erase_applications)


def delete_unlisted_files(node: Node, now: datetime) -> int:
    """Deletes from the disk the files that no record names, such as those of an erased person. Returns how many."""
    listed = {(str(id_), sha256) for id_, sha256 in StoredFile.objects.values_list("application_id", "sha256")}
    limit, count = (now - UNLISTED).timestamp(), 0
    for path in sorted((node.root / "applications").glob("*/*")):
        if (path.parent.name, path.name) not in listed and path.stat().st_mtime < limit:
            path.unlink()
            count += 1
    return count
