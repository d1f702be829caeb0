"""`bongsu mail`: the mail outbox: lists its messages, shows one, and sends one again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, Missing

if TYPE_CHECKING:
    from bongsu.people.models import Mail


def _find(key: str) -> Mail:
    from bongsu.people.models import Mail

    try:
        mail = Mail.objects.filter(key=UUID(key)).first()
    except ValueError:
        mail = None
    if mail is None:
        raise Missing(N_("The outbox has no such message."), fix=N_("“bongsu mail list” prints their keys."))
    return mail


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the messages, newest first, without their texts."""
    open_records(args)
    from bongsu.people.models import Mail

    rows = [
        {
            "key": str(mail.key),
            "written": mail.created.isoformat(timespec="seconds"),
            "to": mail.to,
            "subject": mail.subject,
            "state": mail.state,
            "error": mail.error,
        }
        for mail in Mail.objects.defer("text").order_by("-pk")
    ]
    names = (N_("key"), N_("written"), N_("to"), N_("subject"), N_("state"), N_("error"))
    terminal.result(rows, format_table(names, [tuple(row.values()) for row in rows]))
    return 0


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints a message; the audit says that it was read."""
    open_records(args)
    from bongsu.people.outbox import read_mail

    mail = _find(args.key)
    text = read_mail(command_actor(), mail)
    terminal.result({"key": str(mail.key), "to": mail.to, "subject": mail.subject, "text": text}, text)
    return 0


def run_again(args: Arguments, terminal: Terminal) -> int:
    """Puts a message in the queue again."""
    open_records(args)
    from bongsu.people.outbox import send_again

    mail = _find(args.key)
    send_again(command_actor(), mail, args.why)
    mail.refresh_from_db()
    terminal.result(
        {"key": str(mail.key), "state": mail.state},
        translate(N_("State of the message: {state}.")).format(state=mail.state),
    )
    return 0


_KEY = Argument("key", metavar="KEY", help=N_("the key of the message"))
_EXAMPLE = "f3b1a1de-0c3e-4a57-9a53-7f0c5a1d2e11"
ACTIONS = (
    Command("list", N_("list the messages"), run_list, (), ("bongsu mail list",)),
    Command("show", N_("print a message; the audit says so"), run_show, (_KEY,), (f"bongsu mail show {_EXAMPLE}",)),
    Command(
        "again",
        N_("send a message that failed, or was cut short, again"),
        run_again,
        (_KEY, Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))),
        (f"bongsu mail again {_EXAMPLE}",),
    ),
)
