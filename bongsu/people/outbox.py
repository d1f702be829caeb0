"""The mail outbox: messages are rows, written in the transaction of what they report, and sent by `bongsu tend`.

A message is claimed, sent, and marked in three steps. If the process is killed between the second and the third, nobody knows
whether the server took it: the message becomes `unknown`, is never sent again by itself, and an operator decides.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from bongsu.core.errors import N_, BadInput
from bongsu.people.access import NODE_TARGET, Actor
from bongsu.people.actions import act
from bongsu.people.models import Mail

RETRIES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
SENDING_LIMIT = timedelta(minutes=10)  # a message that has been `sending` longer was cut short
KEPT = timedelta(days=30)  # how long a finished message can be read in the outbox


def put_mail(to: str, subject: str, text: str, language: str) -> Mail:
    """Puts a message into the outbox; it is kept there if the node has no mail server."""
    state = "waiting" if has_server() else "kept"
    return Mail.objects.create(
        to=to, subject=" ".join(subject.split())[:300], text=text, language=language, state=state, due=timezone.now()
    )


def has_server() -> bool:
    """Whether the node can send mail (BONGSU_MAIL)."""
    return bool(settings.BONGSU_MAIL)


def send_due(deliver: Callable[[Mail], None] | None = None) -> int:
    """Sends every message that is due, one after the other. Returns how many were sent.

    Safe in several processes: a message is claimed by one of them. A temporary failure is tried again after RETRIES.
    """
    deliver = deliver or _deliver
    _mark_cut_short()
    sent = 0
    for mail in _claim_due():
        try:
            deliver(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as refused:
            _fail(mail, refused, permanent=_is_permanent(refused))
        except (OSError, smtplib.SMTPException) as failed:
            _fail(mail, failed, permanent=False)
        else:
            _set(mail, state="sent", finished=timezone.now(), error="", text="")  # it may contain a link that signs in
            sent += 1
    return sent


def _claim_due() -> Iterator[Mail]:
    while True:
        waiting = Mail.objects.filter(state="waiting", due__lte=timezone.now()).order_by("due", "pk").first()
        if waiting is None:
            return
        claimed = Mail.objects.filter(pk=waiting.pk, state="waiting").update(
            state="sending", attempts=waiting.attempts + 1, due=timezone.now()
        )
        if claimed:
            waiting.refresh_from_db()
            yield waiting


def _mark_cut_short() -> None:
    limit = timezone.now() - SENDING_LIMIT
    Mail.objects.filter(state="sending", due__lt=limit).update(
        state="unknown", finished=timezone.now(), error="cut short while it was sent"
    )


def _deliver(mail: Mail) -> None:
    domain = settings.BONGSU_MAIL_FROM.rpartition("@")[2] or "localhost"
    headers = {
        "Message-ID": f"<{mail.key}@{domain}>",
        "Content-Language": mail.language,
        "Auto-Submitted": "auto-generated",
    }
    with get_connection() as connection:
        EmailMessage(
            mail.subject, mail.text, settings.BONGSU_MAIL_FROM, [mail.to], headers=headers, connection=connection
        ).send()


def _is_permanent(refused: smtplib.SMTPException) -> bool:
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in refused.recipients.values()]
    else:
        codes = [getattr(refused, "smtp_code", 0)]
    return all(500 <= code < 600 for code in codes)


def _fail(mail: Mail, error: Exception, permanent: bool) -> None:
    text = " ".join(str(error).split())[:300] or type(error).__name__
    if permanent or mail.attempts > len(RETRIES):
        _set(mail, state="failed", finished=timezone.now(), error=text)
    else:
        _set(mail, state="waiting", due=timezone.now() + RETRIES[mail.attempts - 1], error=text)


def _set(mail: Mail, **values: object) -> None:
    Mail.objects.filter(pk=mail.pk, state="sending").update(**values)


def read_mail(actor: Actor, mail: Mail) -> str:
    """Returns the text of a message. It may contain a link that signs in, so reading it is an action. Raises Refused."""
    with act(actor, "mail.see", NODE_TARGET) as change:
        change.id = str(mail.key)
    return mail.text


def send_again(actor: Actor, mail: Mail, why: str = "") -> None:
    """Puts a message that failed, or whose sending was cut short, in the queue again.

    Raises BadInput for a message that was sent or that still waits, Refused without permission.
    """
    with act(actor, "mail.send-again", NODE_TARGET, why) as change:
        change.id = str(mail.key)
        change.before = {"state": mail.state}
        state = "waiting" if has_server() else "kept"
        changed = Mail.objects.filter(pk=mail.pk, state__in=("failed", "unknown", "kept")).update(
            state=state, due=timezone.now(), attempts=0, finished=None
        )
        if not changed:
            raise BadInput(N_("This message was sent already, or still waits to be sent."))
        change.after = {"state": state}


def delete_old_mail() -> int:
    """Deletes finished and kept messages after 30 days. Returns how many."""
    limit = timezone.now() - KEPT
    old = Mail.objects.filter(created__lt=limit, state__in=("sent", "failed", "unknown", "kept"))
    return old.delete()[0]
