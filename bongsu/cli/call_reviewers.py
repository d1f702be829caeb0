"""`bongsu call reviewers`, `invite-reviewer`, `conflicts`, `rule`: who reviews for a call, and conflicts of interest."""

from __future__ import annotations

from functools import partial

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_


def run_reviewers(args: Arguments, terminal: Terminal) -> int:
    """Lists the reviewers of a call, or ends one."""
    open_records(args)
    from bongsu.incubator.opening import find_call
    from bongsu.incubator.reviewers.inviting import end_reviewer, find_reviewer
    from bongsu.incubator.reviewers.listing import REVIEWER_STATES, list_reviewers
    from bongsu.web.lease import read_clock

    call = find_call(args.call)
    if args.end is not None:
        end_reviewer(command_actor(), find_reviewer(call, args.end), args.why, read_clock())
    rows = [one._asdict() for one in list_reviewers(command_actor(), call)]
    for row in rows:
        for name in ("invited", "answered"):
            row[name] = row[name].isoformat() if row[name] else None
    names = (N_("number"), N_("address"), N_("state"), N_("at least"), N_("at most"))
    table = [
        (row["id"], row["address"], translate(REVIEWER_STATES[row["state"]]), row["least"], row["most"]) for row in rows
    ]
    terminal.result(rows, format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def run_invite(args: Arguments, terminal: Terminal) -> int:
    """Invites addresses to review, and puts the mails into the outbox."""
    node = open_records(args)
    from bongsu.incubator.opening import find_call, newest_edition, read_edition
    from bongsu.incubator.reviewers.inviting import invite_reviewers
    from bongsu.incubator.reviewers.messages import send_invitations
    from bongsu.incubator.site import Site
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import site_address

    call = find_call(args.call)
    most = read_edition(newest_edition(call)).call.reviews.most_each if args.most is None else args.most
    invited = invite_reviewers(command_actor(), call, args.addresses, args.least, most, read_clock())
    send_invitations(Site(node, partial(site_address, None)), call, invited)
    addresses = [one.reviewer.address for one in invited]
    terminal.result({"call": call.name, "invited": addresses}, "\n".join(addresses) or translate(NOTHING_TO_SHOW))
    return 0


def run_conflicts(args: Arguments, terminal: Terminal) -> int:
    """Lists the conflicts of a call, after they were found again if asked for."""
    open_records(args)
    from bongsu.incubator.opening import find_call
    from bongsu.incubator.reviewers.conflicts import compare_call
    from bongsu.incubator.reviewers.listing import describe_conflicts, find_conflicts
    from bongsu.web.lease import read_clock

    call = find_call(args.call)
    if args.again:
        compare_call(call, read_clock())
    rows = describe_conflicts(list(find_conflicts(command_actor(), call)), translate, get_language())
    names = (N_("number"), N_("application"), N_("person"), N_("conflict"), N_("evidence"), N_("state"))
    table = [(one.id, one.application, one.person, one.kind, one.evidence, one.state) for one in rows]
    terminal.result([one._asdict() for one in rows], format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def run_rule(args: Arguments, terminal: Terminal) -> int:
    """Rules on a conflict."""
    open_records(args)
    from bongsu.incubator.conflicts.words import STATES
    from bongsu.incubator.reviewers.ruling import find_conflict, rule_on_conflict
    from bongsu.web.lease import read_clock

    ruled = rule_on_conflict(command_actor(), find_conflict(args.number), args.ruling, args.plan, read_clock())
    terminal.result({"number": ruled.pk, "state": ruled.state}, translate(STATES[ruled.state]))
    return 0


_CALL = Argument("call", metavar="CALL", help=N_("the name of the call"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
ACTIONS = (
    Command(
        "reviewers",
        N_("list the reviewers of a call, or end one"),
        run_reviewers,
        (
            _CALL,
            Option("--end", metavar="N", type=read_whole_number, help=N_("end the reviewer with this number")),
            _WHY,
        ),
        ("bongsu call reviewers gpu-2027",),
    ),
    Command(
        "invite-reviewer",
        N_("invite people to review for a call"),
        run_invite,
        (
            _CALL,
            Argument("addresses", metavar="ADDRESS", nargs=-1, required=True, help=N_("an e-mail address")),
            Option("--least", metavar="N", type=read_whole_number, default=0, help=N_("reviews at least (default: 0)")),
            Option(
                "--most", metavar="N", type=read_whole_number, help=N_("reviews at most (default: as the call says)")
            ),
        ),
        ("bongsu call invite-reviewer gpu-2027 kim@kaist.example lee@snu.example --most 6",),
    ),
    Command(
        "conflicts",
        N_("list the conflicts of interest of a call, with their evidence"),
        run_conflicts,
        (_CALL, Option("--again", is_flag=True, help=N_("find them again first"))),
        ("bongsu call conflicts gpu-2027",),
    ),
    Command(
        "rule",
        N_("rule on a conflict of interest"),
        run_rule,
        (
            Argument("number", metavar="N", type=read_whole_number, help=N_("the number of the conflict")),
            Argument("ruling", choices=("waive", "dismiss", "uphold"), help=N_("what you decide")),
            Option(
                "--plan", metavar="TEXT", default="", help=N_("how a waived conflict is managed, or why it is none")
            ),
        ),
        ('bongsu call rule 12 waive --plan "the chair reads the review"',),
    ),
)
