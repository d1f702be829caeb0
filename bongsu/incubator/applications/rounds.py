"""Which rounds take applications at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.calls.document import GRACE_MINUTES
from bongsu.incubator.models import Application, Call, Draft, Round, Version

GRACE = timedelta(minutes=GRACE_MINUTES)


def find_open_round(call: Call, now: datetime, stage: int = 1) -> Round | None:
    """Returns the round of a stage that takes applications now."""
    return call.rounds.filter(stage=stage, opens__lte=now, ends__gt=now, closed=None).order_by("opens").first()


def find_next_round(call: Call, after: Round, stage: int) -> Round | None:
    """Returns the round of a stage that opens next after a round, if there is one."""
    return (
        call.rounds.filter(stage=stage, opens__gte=after.opens, closed=None)
        .exclude(pk=after.pk)
        .order_by("opens")
        .first()
    )


def is_open_for(application: Application, now: datetime) -> bool:
    """Whether the round of an application takes it now.

    In a call with `late-drafts`, a draft that was opened before the closing and has no version may be completed for 15 minutes.
    """
    round_ = application.round
    if round_.closed is not None or now < round_.opens:
        return False
    return now < round_.ends or (now < round_.ends + GRACE and has_grace(application))


def has_grace(application: Application) -> bool:
    """Whether the application has 15 minutes more."""
    if not read_files(application).call.late_drafts:
        return False
    draft = Draft.objects.filter(application=application).first()
    if draft is None or draft.opened >= application.round.ends:
        return False
    in_time = Version.objects.filter(
        application=application, stage=application.stage, received_at__lt=application.round.ends
    )
    return not in_time.exists()
