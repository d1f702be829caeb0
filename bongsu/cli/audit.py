"""`bongsu audit`: prints the lines of the audit of people, roles and other guarded records, or verifies their chain."""

from __future__ import annotations

from bongsu.cli.commands import Arguments, Command, Option, read_whole_number
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Prints the last lines, oldest first."""
    open_records(args)
    from bongsu.people.audit import describe_changes
    from bongsu.people.audit_filters import filter_lines

    found = list(filter_lines(args.who, args.action, args.object, args.day)[: args.last])[::-1]
    rows = [
        {
            "number": line.number,
            "at": line.at.isoformat(timespec="seconds"),
            "who": line.actor,
            "action": line.action,
            "object": f"{line.object_kind} {line.object_id}".strip(),
            "before": line.before,
            "after": line.after,
            "why": line.why,
        }
        for line in found
    ]
    table = [
        (
            *(str(row[name]) for name in ("number", "at", "who", "action", "object")),
            "; ".join(f"{name}: {before or '–'} → {after or '–'}" for name, before, after in describe_changes(line)),
            line.why,
        )
        for row, line in zip(rows, found, strict=True)
    ]
    names = (N_("line"), N_("at"), N_("who"), N_("action"), N_("object"), N_("before → after"), N_("why"))
    terminal.result(rows, format_table(names, table))
    return 0


def run_verify(args: Arguments, terminal: Terminal) -> int:
    """Reads the whole chain; a line that was altered is an error."""
    open_records(args)
    from bongsu.people.audit import verify

    head = verify()
    number = head.number if head else 0
    terminal.result(
        {"lines": number, "hash": head.hash if head else ""},
        translate(N_("The audit is whole: {number} lines.")).format(number=number),
    )
    return 0


def run_acknowledge(args: Arguments, terminal: Terminal) -> int:
    """Writes to the audit and the journal that the database was restored from an older copy."""
    node = open_records(args)
    from bongsu.web.duties.audit_head import acknowledge_restore
    from bongsu.web.lease import read_clock

    number = acknowledge_restore(node, command_actor(), args.why, read_clock())
    text = translate(N_("Acknowledged. From line {number} on, the audit is compared with the journal again."))
    terminal.result({"line": number}, text.format(number=number))
    return 0


ACTIONS = (
    Command(
        "list",
        N_("print the last lines"),
        run_list,
        (
            Option("--last", metavar="N", type=read_whole_number, default=50, help=N_("how many lines (default: 50)")),
            Option("--action", metavar="ACTION", default="", help=N_("of this action only, such as role.grant")),
            Option("--who", metavar="WHO", default="", help=N_("by this person only: an address, or as lines say it")),
            Option("--object", metavar="OBJECT", default="", help=N_("about this object only: its id, or kind and id")),
            Option("--day", metavar="DATE", default="", help=N_("of this day only (UTC)")),
        ),
        ("bongsu audit list --action role.grant", "bongsu audit list --who kim@stat.example --day 2026-04-01"),
    ),
    Command("verify", N_("verify the chain"), run_verify, (), ("bongsu audit verify",)),
    Command(
        "acknowledge-restore",
        N_("say that the database was restored from an older copy, so that it differs from the journal"),
        run_acknowledge,
        (Option("--why", metavar="TEXT", required=True, help=N_("the reason, for the audit and the journal")),),
        ('bongsu audit acknowledge-restore --why "disk failure, copy of 1 April"',),
    ),
)
