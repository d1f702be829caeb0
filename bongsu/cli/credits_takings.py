"""`bongsu credits takings`: what an account of an organisation took in during a month, by day and by campaign."""

from __future__ import annotations

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_


def run_takings(args: Arguments, terminal: Terminal) -> int:
    """Prints the takings of a month."""
    open_records(args)
    from bongsu.credits.rules.amounts import write_amount
    from bongsu.credits.takings import describe_takings, find_paid_account, read_takings, write_csv
    from bongsu.credits.unit_table import known_units

    account = find_paid_account(command_actor(), args.account)
    takings, unit = read_takings(account, args.month), known_units()[account.unit_id]

    def write(steps: int) -> str:
        return write_amount(steps, unit, get_language())

    days = [
        (
            label,
            one.payments,
            write(one.received),
            one.refunds,
            write(one.refunded),
            write(one.net),
            write(one.paid_back),
        )
        for label, one in [
            *((day.isoformat(), one) for day, one in takings.days.items()),
            (translate(N_("in all")), takings.total),
        ]
    ]
    campaigns = [(one.title, one.payments, write(one.paid_back)) for one in takings.campaigns]
    names = (N_("day"), N_("payments"), N_("received"), N_("refunds"), N_("refunded"), N_("net"), N_("paid back"))
    tables = [format_table(names, days)]
    if campaigns:
        tables.append(format_table((N_("campaign"), N_("payments with payback"), N_("paid back")), campaigns))
    text = write_csv(takings).rstrip() if args.csv else "\n\n".join(tables)
    terminal.result(describe_takings(takings), text)
    return 0


TAKINGS_ACTION = Command(
    "takings",
    N_("show what an account of an organisation took in during a month, by day and by campaign"),
    run_takings,
    (
        Argument("account", metavar="ACCOUNT", help=N_("the id of the account")),
        Option("--month", metavar="MONTH", default="", help=N_("the month, such as 2027-03 (default: this one)")),
        Option("--csv", is_flag=True, help=N_("print the days as CSV, for a spreadsheet")),
    ),
    ("bongsu credits takings m:312 --month 2027-03",),
)
