"""`bongsu schedule`: takes, harvests and builds that `bongsu tend` starts by itself: lists, sets and switches off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_whole_number
from bongsu.cli.completion import complete_programmes, complete_recipes
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.people.models import Schedule
    from bongsu.store.node import Node
    from bongsu.web.jobs.kinds import JobRequest

_KINDS = ("take", "harvest", "build")
_EVERY = ("day", "week", "month")


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the schedules with when they are due next."""
    open_records(args)
    from bongsu.people.schedules import list_schedules

    schedules = list(list_schedules(command_actor()))
    rows = [_describe(one) for one in schedules]
    names = (N_("action"), N_("of what"), N_("every"), N_("day"), N_("hour (UTC)"), N_("due next (UTC)"))
    table = [(*list(row.values())[:5], f"{one.due:%Y-%m-%d %H:%M}") for row, one in zip(rows, schedules, strict=True)]
    terminal.result(rows, format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def _describe(schedule: Schedule) -> dict[str, object]:
    return {
        "action": schedule.kind,
        "subject": schedule.subject,
        "every": schedule.every,
        "day": None if schedule.every == "day" else schedule.day,
        "hour": schedule.hour,
        "due": schedule.due.isoformat(),
    }


def run_set(args: Arguments, terminal: Terminal) -> int:
    """Sets or changes a schedule."""
    node = open_records(args)
    from bongsu.people.schedules import set_schedule
    from bongsu.web.lease import read_clock

    request = _check(node, args)
    schedule = set_schedule(
        command_actor(),
        args.kind,
        request.subject,
        request.arguments,
        request.scopes,
        read_clock(),
        every=args.every,
        hour=args.hour,
        day=args.day,
        why=args.why,
    )
    text = translate(N_("Next time: {due} UTC.")).format(due=f"{schedule.due:%Y-%m-%d %H:%M}")
    terminal.result(_describe(schedule), text)
    return 0


def run_off(args: Arguments, terminal: Terminal) -> int:
    """Switches a schedule off."""
    open_records(args)
    from bongsu.people.schedules import end_schedule

    # Not checked: a schedule can be switched off after its dataflow or source was removed.
    subject = (args.flow or "").upper() or args.programme or args.source or ""
    end_schedule(command_actor(), args.kind, subject, args.why)
    terminal.result({"action": args.kind, "subject": subject}, translate(N_("The schedule is off.")))
    return 0


def _check(node: Node, args: Arguments) -> JobRequest:
    from bongsu.web.jobs.kinds import check_request

    values = {"programme": args.programme or "", "dataflow": args.flow or "", "source": args.source or ""}
    return check_request(node, args.kind, values)


_WHAT = (
    Argument("kind", metavar="ACTION", choices=_KINDS, help=N_("take, harvest or build")),
    Option(
        "--programme", metavar="NAME", shell_complete=complete_programmes, help=N_("take, build: only this programme")
    ),
    Option("--flow", metavar="DATAFLOW", shell_complete=complete_recipes, help=N_("build: only this dataflow")),
    Option("--source", metavar="NAME", help=N_("harvest: the source, as it was named when it was added")),
    Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit")),
)
ACTIONS = (
    Command("list", N_("list the schedules"), run_list, (), ("bongsu schedule list",)),
    Command(
        "set",
        N_("start a take, a harvest or a build regularly"),
        run_set,
        (
            *_WHAT,
            Option("--every", choices=_EVERY, required=True, help=N_("how often")),
            Option("--hour", metavar="N", type=read_whole_number, default=3, help=N_("the hour, in UTC (default: 3)")),
            Option(
                "--day",
                metavar="N",
                type=read_whole_number,
                default=1,
                help=N_("the day of the week (1 is Monday) or of the month (default: 1)"),
            ),
        ),
        ("bongsu schedule set take --every week --day 1 --hour 2", "bongsu schedule set build --every month --hour 4"),
    ),
    Command("off", N_("switch a schedule off"), run_off, _WHAT, ("bongsu schedule off build",)),
)
