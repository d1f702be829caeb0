"""`bongsu ask received|question|approve|refuse|agreements|agree|end|limit`: what other nodes ask, and agreements."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.peer import read_date
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.network.models import ReceivedQuestion
    from bongsu.store.node import Node


def run_received(args: Arguments, terminal: Terminal) -> int:
    """Lists the questions of other nodes, newest last; those that wait unless all are wanted."""
    _open(args)
    from bongsu.network.models import ReceivedQuestion
    from bongsu.network.questions.deciding import describe_received
    from bongsu.network.questions.in_words import name_purpose, name_state

    rows = ReceivedQuestion.objects.order_by("-received")
    if not args.all:
        rows = rows.filter(state="waiting")
    found = [describe_received(row) for row in reversed(rows[: args.last])]
    names = (N_("id"), N_("received (UTC)"), N_("node"), N_("holding"), N_("purpose"), N_("state"), N_("lapses"))
    table = [
        (
            one["id"],
            one["received"][:16],
            one["peer"],
            one["holding"],
            name_purpose(one["purpose"]["code"], get_language()),
            name_state(one["state"], get_language()),
            one["lapses"][:10],
        )
        for one in found
    ]
    terminal.result(found, format_table(names, table) if table else translate(NOTHING_TO_SHOW))
    return 0


def run_question(args: Arguments, terminal: Terminal) -> int:
    """Prints a question of another node, and the answer as it would leave or left."""
    node, now = _open(args)
    from bongsu.network.questions.deciding import find_question, prepare_answer

    row = find_question(args.id)
    if args.prepare:
        row = prepare_answer(command_actor(), node, row, now)
    return _print(row, terminal)


def run_approve(args: Arguments, terminal: Terminal) -> int:
    """Approves a question of another node; the desk answers."""
    node, now = _open(args)
    from bongsu.network.questions.deciding import approve_question, find_question

    row = find_question(args.id)
    return _print(approve_question(command_actor(), node, row, now, exact=args.exact, why=args.why), terminal)


def run_refuse(args: Arguments, terminal: Terminal) -> int:
    """Refuses a question of another node."""
    _, now = _open(args)
    from bongsu.network.questions.deciding import find_question, refuse_question

    return _print(refuse_question(command_actor(), find_question(args.id), args.reason, now, args.why), terminal)


def run_agreements(args: Arguments, terminal: Terminal) -> int:
    """Lists the standing agreements."""
    _, now = _open(args)
    from bongsu.network.questions.limits import describe_agreement, list_in_force

    rows = [describe_agreement(row) for row in list_in_force(now).order_by("holding", "peer", "pk")]
    names = (N_("id"), N_("node"), N_("holding"), N_("purposes"), N_("concepts"), N_("until"), N_("decided by"))
    table = [tuple(" ".join(value) if isinstance(value, list) else value for value in row.values()) for row in rows]
    terminal.result(rows, format_table(names, table) if table else translate(NOTHING_TO_SHOW))
    return 0


def run_agree(args: Arguments, terminal: Terminal) -> int:
    """Makes a standing agreement."""
    node, now = _open(args)
    from bongsu.network.peers import find_peer
    from bongsu.network.questions.limits import agree

    covered = (_split(args.purposes), _split(args.concepts))
    until = read_date(args.until)
    agree(command_actor(), node, find_peer(args.peer), args.holding, covered, now, until, args.why)
    return run_agreements(args, terminal)


def run_end(args: Arguments, terminal: Terminal) -> int:
    """Ends a standing agreement."""
    _open(args)
    from bongsu.network.questions.limits import end_agreement

    end_agreement(command_actor(), args.id, args.why)
    return run_agreements(args, terminal)


def run_limit(args: Arguments, terminal: Terminal) -> int:
    """Shows or sets how much a node may ask about a holding."""
    node, _ = _open(args)
    from dataclasses import replace

    from bongsu.network.peers import find_peer
    from bongsu.network.questions.limits import limits_of, set_limits

    peer = find_peer(args.peer)
    given = {name: getattr(args, name) for name in ("custodians", "questions_day", "cells_month", "days")}
    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        limits = replace(limits_of(peer, args.holding), **changes)
        set_limits(command_actor(), node, peer, args.holding, limits, args.why)
    found = asdict(limits_of(peer, args.holding))
    names = (N_("custodians"), N_("questions a day"), N_("cells in 30 days"), N_("days"))
    terminal.result(found, format_table(names, [tuple(found.values())]))
    return 0


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _open(args: Arguments) -> tuple[Node, datetime]:
    node = open_records(args)
    from bongsu.web.lease import read_clock

    return node, read_clock()


def _print(row: ReceivedQuestion, terminal: Terminal) -> int:
    from bongsu.desk.questions import describe_question
    from bongsu.network.questions.deciding import describe_received
    from bongsu.network.questions.in_words import describe_why, name_purpose, name_state
    from bongsu.network.questions.own_desk import read_signed

    data = describe_received(row)
    answer: dict[str, Any] | None = read_signed(row.answer)["answer"] if row.answer else None
    words = describe_question(row.document["question"], translate, str)
    purpose = row.document["purpose"]
    lines = [
        f"{row.pk}: {row.peer_id}, {row.holding}: {name_state(row.state, get_language())}",
        "; ".join(", ".join(part) for part in words if part),
        f"{name_purpose(purpose['code'], get_language())}. {purpose.get('text', '')}",
        describe_why(row, get_language(), translate),
    ]
    if answer:
        names = (*answer["dimensions"], N_("statistic"), N_("value"), N_("status"))
        cells = [
            (*(cell[name] for name in answer["dimensions"]), cell["statistic"], cell["value"], cell["status"])
            for cell in answer["cells"]
        ]
        lines.append(format_table(names, cells))
        lines += [str(model) for model in answer["models"]]
    terminal.result({**data, "answer": answer}, "\n".join(line for line in lines if line))
    return 0


_ID = Argument("id", metavar="ID", help=N_("the number of the question, as “bongsu ask received” shows it"))
_PEER = Argument("peer", metavar="NODE", help=N_("the id of the peer, or its beginning"))
_HOLDING = Argument("holding", metavar="HOLDING", help=N_("the holding's name"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
_LAST = Option("--last", metavar="N", type=read_whole_number, default=50, help=N_("how many lines (default: 50)"))
ACTIONS = (
    Command(
        "received",
        N_("list the questions of other nodes that wait for a decision"),
        run_received,
        (Option("--all", is_flag=True, help=N_("those that are decided too")), _LAST),
        ("bongsu ask received", "bongsu ask received --all"),
    ),
    Command(
        "question",
        N_("show a question of another node"),
        run_question,
        (
            _ID,
            Option("--prepare", is_flag=True, help=N_("ask the desk, and show the answer as it would leave")),
        ),
        ("bongsu ask question 12", "bongsu ask question 12 --prepare"),
    ),
    Command(
        "approve",
        N_("approve a question of another node: the desk answers"),
        run_approve,
        (
            _ID,
            Option("--exact", is_flag=True, help=N_("let exact protected values leave though no agreement stands")),
            _WHY,
        ),
        ("bongsu ask approve 12",),
    ),
    Command(
        "refuse",
        N_("refuse a question of another node"),
        run_refuse,
        (_ID, Argument("reason", metavar="REASON", help=N_("purpose, detail, agreement or other")), _WHY),
        ("bongsu ask refuse 12 detail",),
    ),
    Command("agreements", N_("list the standing agreements"), run_agreements, (), ("bongsu ask agreements",)),
    Command(
        "agree",
        N_("make a standing agreement: questions that it covers are answered at once"),
        run_agree,
        (
            _PEER,
            _HOLDING,
            Option("--purposes", metavar="PURPOSE,...", default="", help=N_("for these purposes; * for all")),
            Option("--concepts", metavar="CONCEPT,...", default="", help=N_("with these concepts only; * for all")),
            Option("--until", metavar="DATE", default="", help=N_("the last day")),
            _WHY,
        ),
        ("bongsu ask agree 3f2a survey-2024 --purposes research,policy --concepts SEX,REGION --until 2027-12-31",),
    ),
    Command(
        "end",
        N_("end a standing agreement"),
        run_end,
        (Argument("id", metavar="ID", type=read_whole_number, help=N_("the number of the agreement")), _WHY),
        ("bongsu ask end 3",),
    ),
    Command(
        "limit",
        N_("show or set how much a node may ask about a holding"),
        run_limit,
        (
            _PEER,
            _HOLDING,
            Option("--custodians", metavar="N", type=read_whole_number, help=N_("how many custodians approve: 1 or 2")),
            Option("--questions-day", metavar="N", type=read_whole_number, help=N_("questions in 24 hours")),
            Option("--cells-month", metavar="N", type=read_whole_number, help=N_("cells in 30 days")),
            Option("--days", metavar="N", type=read_whole_number, help=N_("days until an undecided question lapses")),
            _WHY,
        ),
        ("bongsu ask limit 3f2a survey-2024 --questions-day 20 --custodians 2",),
    ),
)
