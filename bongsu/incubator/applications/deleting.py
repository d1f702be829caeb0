"""Deletes what was written in applications and reviews: number, state, score, decision and the audit stay.

A file is deleted in two steps, so that a kill between them leaves nothing: the record goes with the transaction, the file after
it; the duty “application-files” finds on the disk what no record names.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import transaction

from bongsu.incubator.models import (
    AgreementSignature,
    Appeal,
    Application,
    Assignment,
    Award,
    CohortMember,
    Comment,
    Conflict,
    Delivery,
    Draft,
    Letter,
    Member,
    Reason,
    Reduction,
    ReviewDraft,
    ReviewVersion,
    Signature,
    StoredFile,
    UseNotice,
    Vote,
)
from bongsu.store.node import Node

UNLISTED = timedelta(hours=1)  # a file is written before its record: a younger one may get it yet


def delete_application(application: Application, now: datetime, node: Node | None = None) -> None:
    """Deletes what the applicant wrote and her name, inside an action; with a node, its files too when that has ended.

    The conflicts stay, without their evidence: who was barred from an application stays so.
    """
    names = list(StoredFile.objects.filter(application=application).values_list("sha256", flat=True))
    StoredFile.objects.filter(application=application).delete()
    Draft.objects.filter(application=application).delete()
    Member.objects.filter(application=application).delete()
    application.versions.update(answers={}, files={})
    application.checks.update(question="", answer="", why="")
    Signature.objects.filter(application=application).update(why="")
    Reason.objects.filter(application=application).delete()
    Appeal.objects.filter(application=application).update(text="", why="")
    Letter.objects.filter(application=application).update(subjects={}, texts={})
    Conflict.objects.filter(application=application).update(values={}, plan="")
    _delete_award_texts(application)
    _delete_award(application)
    application.owner, application.deleted, application.delete_after = None, now, None
    application.save(update_fields=["owner", "deleted", "delete_after"])
    if node is not None:
        folder = folder_of_files(node, application)
        transaction.on_commit(partial(_remove_files, folder, names))


def _delete_award_texts(application: Application) -> None:
    Reduction.objects.filter(application=application).update(why="")
    Award.objects.filter(application=application).update(fields={}, why="")
    CohortMember.objects.filter(award__application=application).delete()
    AgreementSignature.objects.filter(award__application=application).update(texts={}, file="", why="")
    Delivery.objects.filter(deliverable__award__application=application).update(text="", files=[], why="")
    UseNotice.objects.filter(award__application=application).update(answer="", why="")


def _delete_award(application: Application) -> None:
    """Deletes what was written about an award, and who is in its cohort. Amounts, tranches and the ledger stay."""
    Reduction.objects.filter(application=application).update(why="")
    Award.objects.filter(application=application).update(fields={}, why="", consented=None)
    AgreementSignature.objects.filter(award__application=application).update(texts={}, why="")
    Delivery.objects.filter(deliverable__award__application=application).update(text="", files=[], why="")
    UseNotice.objects.filter(award__application=application).update(answer="", why="")
    CohortMember.objects.filter(award__application=application).delete()


def delete_draft(application: Application, node: Node) -> None:
    """Deletes an application that was never submitted, inside an action, and its files when that has ended."""
    names = list(StoredFile.objects.filter(application=application).values_list("sha256", flat=True))
    folder = folder_of_files(node, application)
    application.delete()
    transaction.on_commit(partial(_remove_files, folder, names))


def delete_reviews(application: Application) -> None:
    """Deletes the texts of reviewers and of the panel, inside an action. Who reviewed and voted stays."""
    tasks = Assignment.objects.filter(application=application)
    ReviewDraft.objects.filter(assignment__in=tasks).delete()
    ReviewVersion.objects.filter(assignment__in=tasks).delete()
    tasks.update(why="")
    Comment.objects.filter(application=application).delete()
    Vote.objects.filter(application=application).update(why="")
    application.delete_reviews_after = None
    application.save(update_fields=["delete_reviews_after"])


def folder_of_files(node: Node, application: Application) -> Path:
    """Returns where the files of an application are kept."""
    return node.root / "applications" / str(application.pk)


def _remove_files(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def delete_unlisted_files(node: Node, now: datetime) -> int:
    """Deletes from the disk the files that no record names, such as those of an erased person. Returns how many."""
    listed = {(str(id_), sha256) for id_, sha256 in StoredFile.objects.values_list("application_id", "sha256")}
    limit, count = (now - UNLISTED).timestamp(), 0
    for path in sorted((node.root / "applications").glob("*/*")):
        if (path.parent.name, path.name) not in listed and path.stat().st_mtime < limit:
            path.unlink()
            count += 1
    return count
