"""The actions of `bongsu credits` about the whole ledger: it is verified, traced, accepted after a restore, and exported."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, Damaged, Missing


def run_verify(args: Arguments, terminal: Terminal) -> int:
    """Recomputes the ledger. Raises Damaged if an invariant does not hold."""
    node = open_records(args)
    from bongsu.credits.verify import INVARIANTS, verify_ledger

    broken = verify_ledger(node.journal).breaches
    rows = [
        {"invariant": one.name, "says": translate(one.says), "breaches": broken.get(one.name, [])} for one in INVARIANTS
    ]
    cells = [(str(row["invariant"]), str(row["says"]), ", ".join(row["breaches"]) or "ok") for row in rows]
    terminal.result(rows, format_table((N_("invariant"), N_("what it says"), N_("what breaks it")), cells))
    if broken:
        raise Damaged(N_("The ledger does not hold: {count} breaches."), count=sum(map(len, broken.values())))
    return 0


def run_trace(args: Arguments, terminal: Terminal) -> int:
    """Takes a transfer back to its command. Raises Missing."""
    open_records(args)
    from bongsu.credits.outcomes import describe_trace
    from bongsu.credits.trace import find_transfers, trace_transfer

    found = [describe_trace(trace_transfer(row)) for row in find_transfers(args.transfer)]
    if not found:
        raise Missing(N_("There is no such transfer."))
    terminal.result(found, json.dumps(found, indent=2, ensure_ascii=False))
    return 0


def run_accept_gap(args: Arguments, terminal: Terminal) -> int:
    """Takes commands again although the records differ from the journal."""
    node = open_records(args)
    from bongsu.credits.day_heads import accept_gap

    first = accept_gap(command_actor(), node.journal, args.why).isoformat()
    text = translate(N_("Accepted. The days from {day} on are written to the journal anew."))
    terminal.result({"from": first}, text.format(day=first))
    return 0


def run_export(args: Arguments, terminal: Terminal) -> int:
    """Writes the ledger as text that beancount reads."""
    open_records(args)
    from bongsu.credits.export import write_beancount

    lines = write_beancount(args.unit)
    if args.output:
        with Path(args.output).open("w", encoding="utf-8") as file:
            file.writelines(lines)
    else:
        sys.stdout.writelines(lines)
    return 0


AUDIT_ACTIONS = (
    Command(
        "verify", N_("recompute the ledger and name what does not hold"), run_verify, (), ("bongsu credits verify",)
    ),
    Command(
        "trace",
        N_("show a transfer with its command, its lots, and what belongs to it"),
        run_trace,
        (Argument("transfer", metavar="TRANSFER", help=N_("its number or id")),),
        ("bongsu credits trace 1207",),
    ),
    Command(
        "accept-gap",
        N_("take commands again although the records differ from the journal, as after a restore"),
        run_accept_gap,
        (Option("--why", metavar="TEXT", required=True, help=N_("the reason, for the audit and the journal")),),
        ('bongsu credits accept-gap --why "disk failure, copy of 1 April"',),
    ),
    Command(
        "export",
        N_("write the ledger as text that beancount reads"),
        run_export,
        (
            Option("--unit", metavar="UNIT", default="", help=N_("of this unit only")),
            Option("--output", metavar="FILE", default="", help=N_("a file (default: print it)")),
        ),
        ("bongsu credits export --unit KRW --output ledger.beancount",),
    ),
)
