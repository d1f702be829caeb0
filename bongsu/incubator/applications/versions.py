"""Versions: what was submitted, and the receipts that the node signs for them."""

from __future__ import annotations

from datetime import datetime

from bongsu.incubator.forms.answers import AnswerFile, Files
from bongsu.incubator.forms.reviewing import digest_version
from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.receipts import Receipt, write_receipt
from bongsu.people.guarded import unlock
from bongsu.store.disk.clock import format_moment
from bongsu.store.node import Node


def make_version(application: Application, draft: Draft, arrival: datetime) -> Version:
    """Makes the next version of an application from its draft, inside an action. It arrives no earlier than the one before."""
    last = newest_version(application)
    version: Version = Version.objects.create(
        application=application,
        number=last.number + 1 if last else 1,
        stage=application.stage,
        edition=draft.edition,
        answers=draft.answers,
        files=draft.files,
        received_at=max(arrival, last.received_at) if last else arrival,
        digest=digest_version(draft.answers, read_version_files(draft)),
    )
    return version


def newest_version(application: Application) -> Version | None:
    """Returns the last version that arrived at the application's stage, if any did."""
    return application.versions.filter(stage=application.stage).order_by("-number").first()


def application_version(application: Application) -> Version | None:
    """Returns the version that is the application: the frozen one of its last stage that has one."""
    return application.versions.filter(frozen=True).order_by("-stage").first()


def read_version_files(one: Version | Draft) -> Files:
    """Returns the files of a version or a draft as answers have them."""
    return {key: [AnswerFile(**file) for file in files] for key, files in one.files.items()}


def freeze_version(application: Application) -> None:
    """Makes the newest version the application, inside an action."""
    if version := newest_version(application):
        version.frozen = True
        version.save(update_fields=["frozen"])


def ask_for_receipt(application: Application) -> None:
    """Marks the newest version for a receipt, inside an action; it is signed when the action has ended."""
    version = newest_version(application)
    if version and version.receipt is None:
        version.receipt = ""
        version.save(update_fields=["receipt"])


def sign_receipts(node: Node, now: datetime, application: Application | None = None) -> int:
    """Signs every receipt that was asked for, also after a kill; the digest is the same. Returns how many."""
    waiting = (
        Version.objects.filter(receipt="").select_related("application__call", "application__round").order_by("pk")
    )
    if application is not None:
        waiting = waiting.filter(application=application)
    count = 0
    for version in waiting:
        signed = write_receipt(node, describe_version(node, version, now), now)
        with unlock():
            count += Version.objects.filter(pk=version.pk, receipt="").update(receipt=signed.decode())
    return count


def describe_version(node: Node, version: Version, now: datetime) -> Receipt:
    """Returns what the receipt of a version says."""
    application = version.application
    return Receipt(
        call=application.call.name,
        round=application.round.key,
        number=application.number,
        version=version.number,
        digest=version.digest,
        received_at=format_moment(version.received_at),
        signed_at=format_moment(now),
        complete=True,  # what is not complete cannot be submitted
        node=node.identity.id,
    )
