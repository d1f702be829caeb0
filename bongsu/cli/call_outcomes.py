"""`bongsu call outcomes`: the outcomes of an award. Releasing one takes two persons, so it is done on their pages."""

from __future__ import annotations

from functools import partial

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_


def run_outcomes(args: Arguments, terminal: Terminal) -> int:
    """Lists the outcomes of an award, or withdraws one."""
    node = open_records(args)
    from bongsu.incubator.applications.finding import find_application
    from bongsu.incubator.awards.making import require_award
    from bongsu.incubator.outcomes.publishing import withdraw_outcome
    from bongsu.incubator.outcomes.writing import OUTCOME_STATES
    from bongsu.incubator.site import Site
    from bongsu.incubator.texts import pick_text
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import site_address

    application = find_application(args.number)
    if args.withdraw:
        site = Site(node, partial(site_address, None))
        withdraw_outcome(command_actor(), application, args.withdraw, args.why, read_clock(), site)
    outcomes = list(require_award(application).outcomes.order_by("pk"))
    rows = [{"entry": one.entry, "state": one.state, "document": one.document, "why": one.why} for one in outcomes]
    table = [
        (one.entry, pick_text(one.document["name"], get_language()), translate(OUTCOME_STATES[one.state]))
        for one in outcomes
    ]
    names = (N_("entry"), N_("title"), N_("state"))
    terminal.result(rows, format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


ACTIONS = (
    Command(
        "outcomes",
        N_("list the outcomes of an award, or withdraw one from the catalogue"),
        run_outcomes,
        (
            Argument("number", metavar="NUMBER", help=N_("the number of the application")),
            Option("--withdraw", metavar="ENTRY", default="", help=N_("withdraw this outcome, for everybody to see")),
            Option("--why", metavar="TEXT", default="", help=N_("the reason of the withdrawal")),
        ),
        ("bongsu call outcomes CALL-2027-0001-9",),
    ),
)
