"""What is done about questions by itself: those that were asked are followed, those that came are answered or lapse."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from bongsu.core.errors import N_, BongsuError
from bongsu.core.report import Report
from bongsu.network.models import Member, ReceivedQuestion
from bongsu.network.questions.answering import finish_question, lapse_question
from bongsu.network.questions.following import follow_member
from bongsu.network.questions.states import APPROVED, WAITING, open_states
from bongsu.store.node import Node

_log = logging.getLogger("bongsu.network")


def tend_questions(node: Node, now: datetime) -> Report:
    """Does for each open question what is due. What is wrong with one stops no other."""
    changed = 0
    for row in ReceivedQuestion.objects.filter(state__in=(WAITING, APPROVED)).select_related("peer"):
        changed += _do(partial(_tend_received, node, row, now), row.state, row)
    for member in Member.objects.filter(state__in=open_states()).select_related("peer", "sent"):
        changed += _do(partial(follow_member, node, member, now), member.state, member)
    return Report(N_("Questions between nodes that went on: {count}."), {"count": changed}) if changed else Report()


def _tend_received(node: Node, row: ReceivedQuestion, now: datetime) -> ReceivedQuestion:
    if row.lapses <= now:
        return lapse_question(row, now)
    return finish_question(node, row, now)


def _do(tend: Callable[[], ReceivedQuestion | Member], before: str, one: ReceivedQuestion | Member) -> bool:
    """Returns whether the state changed."""
    try:
        return tend().state != before
    except BongsuError as error:
        _log.warning("question %s: %s: %s", one.pk, error.code, error)
    except Exception:  # noqa: BLE001  a defect that one question shows must not stop the others
        _log.exception("question %s", one.pk)
    return False
