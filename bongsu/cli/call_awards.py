"""`bongsu call awards`, `award`, `sign`, `milestone`, `report`, `use`: awards as an officer's pages show and judge them.

A signature is a person's: the command shows what is signed and sends it back, and never signs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, Missing

if TYPE_CHECKING:
    from bongsu.incubator.awards.reading import AwardView

VERDICTS = {"accept": "accepted", "send-back": "sent-back", "fail": "failed"}


def run_awards(args: Arguments, terminal: Terminal) -> int:
    """Lists the awards of a call."""
    open_records(args)
    from bongsu.incubator.awards.describing import describe_award
    from bongsu.incubator.awards.reading import list_awards
    from bongsu.incubator.opening import find_call, target_of_call
    from bongsu.people.access import require
    from bongsu.web.lease import read_clock

    call = find_call(args.call)
    require(command_actor(), "award.list", target_of_call(call))
    views = list_awards(call, read_clock())
    rows = [describe_award(view, get_language()) for view in views]
    names = (N_("number"), N_("state"), N_("awarded"), N_("paid"), N_("held"), N_("next due"), N_("late"))
    table = [
        (
            view.application.number,
            view.state.to(get_language()),
            *(_write(view, steps) for steps in (view.award.amount, view.paid, view.held)),
            view.next_due.one.due.isoformat() if view.next_due else "",
            len(view.late),
        )
        for view in views
    ]
    terminal.result(rows, format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def run_award(args: Arguments, terminal: Terminal) -> int:
    """Shows an award, or takes a step of it."""
    node = open_records(args)
    from bongsu.incubator.site import Site
    from bongsu.incubator.steps.take import perform
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import site_address

    view = _find(args.number)
    if args.step:
        site = Site(node, partial(site_address, None))
        perform(command_actor(), view.application, args.step, read_clock(), site, args.why)
        view = _find(args.number)
    _show(view, terminal)
    return 0


def run_sign(args: Arguments, terminal: Terminal) -> int:
    """Shows the agreement of an award with its hash and signatures, or sends it back to the applicant."""
    node = open_records(args)
    from bongsu.incubator.awards.agreement import send_back
    from bongsu.incubator.site import Site
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import site_address

    view = _find(args.number)
    if args.send_back:
        send_back(command_actor(), view.application, args.why, read_clock(), Site(node, partial(site_address, None)))
        view = _find(args.number)
    signed = {side: one.signed.isoformat() for side, one in view.signed.items()}
    texts = view.agreement_texts
    result = {"number": args.number, "texts": texts, "digest": view.agreement_digest, "signed": signed}
    lines = [texts.get(get_language()) or next(iter(texts.values()), translate(NOTHING_TO_SHOW))]
    lines += ["", f"SHA-256 {view.agreement_digest}", *(f"{side} {at}" for side, at in signed.items())]
    terminal.result(result, "\n".join(lines))
    return 0


def _run_delivery(kind: str, args: Arguments, terminal: Terminal) -> int:
    """Shows what was handed in for a milestone or a report, or gives the verdict on it."""
    node = open_records(args)
    from bongsu.incubator.awards.delivering import judge_delivery
    from bongsu.incubator.awards.describing import describe_deliveries
    from bongsu.incubator.site import Site
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import site_address

    view = _find(args.number)
    if args.verdict:
        site, verdict = Site(node, partial(site_address, None)), VERDICTS[args.verdict]
        judge_delivery(command_actor(), view.application, kind, args.key, verdict, args.why, read_clock(), site)
        view = _find(args.number)
    found = [row for row in view.deliverables if (row.one.kind, row.one.key) == (kind, args.key)]
    if not found:
        raise Missing(N_("The award has no milestone or report “{name}”."), name=args.key[:40])
    result = describe_deliveries(found[0], get_language())
    lines = [f"{result['title']}: {result['state']}, {result['due']}"]
    lines += [f"{one['received']} {one['text']} {one['verdict']} {one['why']}" for one in result["deliveries"]]
    terminal.result(result, "\n".join(lines))
    return 0


def run_milestone(args: Arguments, terminal: Terminal) -> int:
    """Shows or judges a milestone."""
    return _run_delivery("milestone", args, terminal)


def run_report(args: Arguments, terminal: Terminal) -> int:
    """Shows or judges a report."""
    return _run_delivery("report", args, terminal)


def run_grant(args: Arguments, terminal: Terminal) -> int:
    """Says that an application is granted less than it asks for, before the release."""
    open_records(args)
    from bongsu.incubator.applications.finding import find_application
    from bongsu.incubator.awards.making import reduce_grant
    from bongsu.web.lease import read_clock

    row = reduce_grant(command_actor(), find_application(args.number), args.amount, args.why, read_clock())
    amount = str(row.amount) if row else ""
    terminal.result({"number": args.number, "amount": amount}, f"{args.number} {amount}".strip())
    return 0


def run_use(args: Arguments, terminal: Terminal) -> int:
    """Keeps or recalls hours after a notice of under-use."""
    node = open_records(args)
    from bongsu.incubator.running.awarding import decide_on_use
    from bongsu.incubator.site import Site
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import site_address

    view = _find(args.number)
    decision = {"keep": "kept", "recall": "recalled"}[args.decision]
    site = Site(node, partial(site_address, None))
    decide_on_use(command_actor(), view.application, decision, args.why, read_clock(), site)
    _show(_find(args.number), terminal)
    return 0


def _find(number: str) -> AwardView:
    from bongsu.incubator.applications.finding import find_application
    from bongsu.incubator.awards.reading import view_award
    from bongsu.web.lease import read_clock

    view = view_award(find_application(number), read_clock())
    if view is None:
        raise Missing(N_("The application has no award."))
    return view


def _show(view: AwardView, terminal: Terminal) -> None:
    from bongsu.incubator.awards.describing import describe_award

    row = describe_award(view, get_language())
    names = (N_("tranche"), N_("amount"), N_("state"), N_("command"))
    tranches: list[tuple[Any, ...]] = [
        (one.tranche.key, _write(view, one.tranche.amount), one.state, one.command) for one in view.tranches
    ]
    head = f"{row['number']}: {view.state.to(get_language())}, {_write(view, view.award.amount)}"
    terminal.result(row, f"{head}\n\n{format_table(names, tranches)}")


def _write(view: AwardView, steps: int) -> str:
    from bongsu.credits.rules.amounts import write_amount
    from bongsu.credits.unit_table import known_units

    return write_amount(steps, known_units()[view.award.unit], get_language())


_NUMBER = Argument("number", metavar="NUMBER", help=N_("the number of the application"))
_KEY = Argument("key", metavar="KEY", help=N_("which one, as the call names it"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the team and the audit"))
ACTIONS = (
    Command(
        "awards",
        N_("list the awards of a call"),
        run_awards,
        (Argument("call", metavar="CALL", help=N_("the name of the call")),),
        ("bongsu call awards gpu-2027",),
    ),
    Command(
        "award",
        N_("show an award, start, complete or recall it"),
        run_award,
        (
            _NUMBER,
            Option("--step", choices=("start", "complete", "recall"), help=N_("take this step")),
            _WHY,
        ),
        ("bongsu call award CALL-2027-0001-9",),
    ),
    Command(
        "sign",
        N_("show the agreement of an award and who signed, or send it back"),
        run_sign,
        (_NUMBER, Option("--send-back", is_flag=True, help=N_("send the applicant’s signature back")), _WHY),
        ("bongsu call sign CALL-2027-0001-9",),
    ),
    Command(
        "milestone",
        N_("show a milestone with its evidence, or judge it"),
        run_milestone,
        (_NUMBER, _KEY, Option("--verdict", choices=tuple(VERDICTS), help=N_("the verdict")), _WHY),
        ("bongsu call milestone CALL-2027-0001-9 prototype --verdict accept",),
    ),
    Command(
        "report",
        N_("show a report, or judge it"),
        run_report,
        (_NUMBER, _KEY, Option("--verdict", choices=("accept", "send-back"), help=N_("the verdict")), _WHY),
        ("bongsu call report CALL-2027-0001-9 report-1 --verdict accept",),
    ),
    Command(
        "grant",
        N_("grant less than an application asks for, before the release"),
        run_grant,
        (
            _NUMBER,
            Argument("amount", metavar="AMOUNT", help=N_("in the unit of the budget line; empty: as asked")),
            _WHY,
        ),
        ('bongsu call grant CALL-2027-0001-9 300 --why "enough for the first year"',),
    ),
    Command(
        "use",
        N_("keep or recall hours after a notice that they are not used"),
        run_use,
        (_NUMBER, Argument("decision", choices=("keep", "recall"), help=N_("what is decided")), _WHY),
        ('bongsu call use CALL-2027-0001-9 keep --why "the data came late"',),
    ),
)
