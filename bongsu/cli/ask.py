"""`bongsu ask`: asks other nodes a question and follows it; answers, approves and refuses the questions of others."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

from bongsu.cli import ask_received
from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path, read_whole_number
from bongsu.cli.hold import read_text_file
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_

MOST_COLUMNS = 5  # of single nodes beside the combined values; --json has all
PAUSE = 5.0  # seconds between two rounds of asking

if TYPE_CHECKING:
    from bongsu.network.models import SentQuestion
    from bongsu.network.questions.combined import CombinedAnswer
    from bongsu.store.node import Node


def run_offers(args: Arguments, terminal: Terminal) -> int:
    """Asks a node which holdings are open to questions."""
    node, now = _open(args)
    import msgspec

    from bongsu.network.peers import find_peer
    from bongsu.network.questions.asking import read_offers

    offers = read_offers(command_actor(), node, find_peer(args.peer), now).holdings
    names = (N_("holding"), N_("title"), N_("answers"), N_("concepts"), N_("agreement"))
    modes = {"plan": translate(N_("protected values")), "private": translate(N_("values with noise"))}
    rows = [
        (one.name, one.title, modes[one.mode], " ".join(one.concepts), translate(N_("yes")) if one.agreement else "–")
        for one in offers
    ]
    terminal.result(
        [msgspec.to_builtins(one) for one in offers], format_table(names, rows) if rows else translate(NOTHING_TO_SHOW)
    )
    return 0


def run_send(args: Arguments, terminal: Terminal) -> int:
    """Writes a question to several nodes, sends it, and prints how far each is."""
    piped = str(args.question) == "-"
    text = sys.stdin.read() if piped else read_text_file(args.question)
    node, now = _open(args)
    from bongsu.core.microdata_question import Question
    from bongsu.network.questions.asking import Asked, ask_nodes, parse_places
    from bongsu.network.questions.following import follow_question

    question = Question.parse(text, str(args.question))
    where = parse_places(args.of, question.holding)
    asked = Asked(args.purpose, args.reason, args.days, args.own)
    sent = ask_nodes(command_actor(), node, question, where, asked, now)
    follow_question(node, sent, now)
    _wait(node, sent, args.wait)
    return _print(sent, terminal)


def run_follow(args: Arguments, terminal: Terminal) -> int:
    """Asks the nodes of a question how far they are, and prints it."""
    node, now = _open(args)
    from bongsu.network.questions.asking import find_sent
    from bongsu.network.questions.following import follow_question

    sent = find_sent(args.id)
    follow_question(node, sent, now)
    _wait(node, sent, args.wait)
    return _print(sent, terminal)


def _wait(node: Node, sent: SentQuestion, seconds: int) -> None:
    """Asks the nodes again until all have answered or the seconds have passed."""
    from bongsu.network.questions.following import follow_question
    from bongsu.network.questions.states import open_states
    from bongsu.web.lease import read_clock

    ends = time.monotonic() + seconds
    while sent.members.filter(state__in=open_states()).exists() and time.monotonic() < ends:
        time.sleep(min(PAUSE, max(0.0, ends - time.monotonic())))
        follow_question(node, sent, read_clock())


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints a question with what is combined until now."""
    _open(args)
    from bongsu.network.questions.asking import find_sent

    return _print(find_sent(args.id), terminal)


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the questions to other nodes, newest last."""
    _open(args)
    from bongsu.network.models import SentQuestion

    found = SentQuestion.objects.order_by("-asked")[: args.last]
    rows = [
        {
            "id": str(one.id),
            "asked": one.asked.isoformat(),
            "asker": one.asker,
            "purpose": one.purpose,
            "deadline": one.deadline.isoformat(),
            "nodes": one.members.count(),
            "answered": one.members.filter(state="answered").count(),
        }
        for one in reversed(found)
    ]
    names = (N_("question"), N_("asked (UTC)"), N_("by"), N_("until"), N_("answered"))
    table = [
        (row["id"], row["asked"][:16], row["asker"], row["deadline"][:10], f"{row['answered']}/{row['nodes']}")
        for row in rows
    ]
    terminal.result(rows, format_table(names, table) if table else translate(NOTHING_TO_SHOW))
    return 0


def _open(args: Arguments) -> tuple[Node, datetime]:
    node = open_records(args)
    from bongsu.web.lease import read_clock

    return node, read_clock()


def _print(sent: SentQuestion, terminal: Terminal) -> int:
    from bongsu.network.questions.combined import combine_question

    combined = combine_question(sent)
    data = {"id": str(sent.id), "deadline": sent.deadline.isoformat(), **combined.to_data()}
    terminal.result(data, "\n".join([str(sent.id), *_describe_nodes(combined, sent), *_describe_figures(combined)]))
    return 0


def _describe_nodes(combined: CombinedAnswer, sent: SentQuestion) -> list[str]:
    from bongsu.network.questions.in_words import describe_nodes_in_words

    rows = describe_nodes_in_words(combined, sent, get_language(), translate)
    names = (N_("node"), N_("name"), N_("holding"), N_("state"), N_("since"), N_("why"), N_("what is wrong"))
    text = translate(N_("{answered} of {asked} institutions have answered.")).format(
        answered=combined.answered, asked=combined.asked
    )
    return [format_table(names, rows), text]


def _describe_figures(combined: CombinedAnswer) -> list[str]:
    from bongsu.network.combine.cells import NODES_MINIMUM
    from bongsu.network.questions.in_words import list_left_out

    lines = []
    if combined.answered and not combined.is_enough:
        lines.append(
            translate(N_("Fewer than {least} institutions: there is no combined value, only each node’s own.")).format(
                least=NODES_MINIMUM
            )
        )
    nodes = [own.node for own in combined.cells[0].own][:MOST_COLUMNS] if combined.cells else []
    figures = (N_("statistic"), N_("value"), N_("standard error"), N_("of"), N_("without one"))
    names = (*combined.dimensions, *figures, *(node[:8] for node in nodes))
    rows = [
        (
            *cell.codes,
            cell.statistic,
            cell.value,
            cell.standard_error,
            f"{cell.coverage[0]}/{cell.coverage[1]}",
            "–" if cell.low is None else f"{cell.low:.10g} … {cell.high:.10g}",
            *(own.value for own in cell.own[: len(nodes)]),
        )
        for cell in combined.cells
    ]
    if rows:
        lines.append(format_table(names, rows))
    for cell in combined.cells:
        place = ", ".join((*cell.codes, cell.statistic))
        lines += [f"{place}: {one}" for one in list_left_out(cell, combined, get_language())]
        lines += [f"{place}: {node}: V" for node in cell.flagged]
    for model in combined.models:
        terms = [(t.term, t.fixed.value, t.fixed.standard_error, t.random.value, t.i2) for t in model.terms]
        header = (N_("term"), N_("value"), N_("standard error"), N_("random effects"), N_("heterogeneity"))
        lines.append(f"{model.statistic}\n" + format_table(header, terms))
    return lines


_ID = Argument("id", metavar="ID", help=N_("the id of the question, or its beginning"))
_WAIT = Option(
    "--wait",
    metavar="SECONDS",
    type=read_whole_number,
    default=0,
    help=N_("ask again until all have answered, so long"),
)
_PEER = Argument("peer", metavar="NODE", help=N_("the id of the peer, or its beginning"))
ACTIONS = (
    Command(
        "offers",
        N_("ask a node which holdings are open to questions"),
        run_offers,
        (_PEER,),
        ("bongsu ask offers 3f2a",),
    ),
    Command(
        "send",
        N_("ask several nodes a question"),
        run_send,
        (
            Argument("question", metavar="QUESTION.toml", type=read_path, help=N_("TOML or JSON; - for a pipe")),
            Option(
                "--of",
                multiple=True,
                required=True,
                metavar="NODE=HOLDING,...",
                help=N_("the nodes, with the name of their holding if it is not that of the question"),
            ),
            Option("--own", metavar="HOLDING", default="", help=N_("this node answers too, from this holding")),
            Option("--purpose", required=True, metavar="PURPOSE", help=N_("what the answer is for")),
            Option("--reason", metavar="TEXT", default="", help=N_("the same in words, for their custodians")),
            Option(
                "--days", metavar="N", type=read_whole_number, default=14, help=N_("how long they have (default: 14)")
            ),
            _WAIT,
        ),
        ("bongsu ask send question.toml --of 3f2a=survey-2024,91bc --purpose research",),
    ),
    Command(
        "list",
        N_("list the questions to other nodes"),
        run_list,
        (Option("--last", metavar="N", type=read_whole_number, default=50, help=N_("how many lines (default: 50)")),),
        ("bongsu ask list",),
    ),
    Command(
        "show",
        N_("show a question node by node, with the combined answer"),
        run_show,
        (_ID,),
        ("bongsu ask show 5d0c",),
    ),
    Command(
        "follow",
        N_("ask the nodes of a question how far they are"),
        run_follow,
        (_ID, _WAIT),
        ("bongsu ask follow 5d0c",),
    ),
    *ask_received.ACTIONS,
)
