"""`bongsu desk ask|publish`: answers a question about microdata, after disclosure control.

`ask` prints only the answer of the desk. `publish` saves that answer as a snapshot, from which `bongsu build` makes a
release. No other verb prints results from microdata.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.hold import open_holdings, read_text_file
from bongsu.cli.language import translate
from bongsu.cli.parser import accept_common_options
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.desk.answer import Answer
    from bongsu.desk.asking import Desk
    from bongsu.store.node import Node


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="ask|publish")
    ask = verbs.add_parser("ask", help=translate(N_("answer a question about a holding, or refuse it with the reason")))
    ask.add_argument("question", metavar="QUESTION.toml", type=Path, help=translate(N_("TOML or JSON; - for a pipe")))
    publish = verbs.add_parser(
        "publish",
        help=translate(N_("keep the exposure of a holding's people for the next release of HOLDING_EXPOSURE")),
    )
    publish.add_argument("holding", metavar="HOLDING")
    publish.add_argument("--area", required=True, metavar="KOR", help=translate(N_("where the people live")))
    publish.add_argument("--period", required=True, metavar="2024", help=translate(N_("when they were surveyed")))
    publish.add_argument(
        "--by", action="append", default=[], metavar="SEX|AGE:25,45,65|...", help=translate(N_("broken down by this"))
    )
    only = translate(N_("only these people: whoever is employed"))
    publish.add_argument("--where", action="append", default=[], metavar="CONCEPT=CODE,...", help=only)
    for each in (ask, publish):
        accept_common_options(each)


def open_desk(node: Node) -> Desk:
    """Opens the desk of a node with the engine named in the settings."""
    from bongsu.desk.asking import Desk
    from bongsu.store.microdata import expressions
    from bongsu.store.microdata.spark import create_spark_engine
    from bongsu.web.settings import read_settings

    address = read_settings()["BONGSU_SPARK"]
    return Desk(node, open_holdings(node), create_spark_engine(address) if address else expressions.run_expression)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Asks the desk; prints the answer, or saves it for a release."""
    import sys

    from bongsu.core.microdata_question import Question
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    if args.what == "publish":
        return _publish(node, args, terminal)
    piped = str(args.question) == "-"
    text = sys.stdin.read() if piped else read_text_file(args.question)
    answer = open_desk(node).ask(Question.read(text, "-" if piped else str(args.question)))
    terminal.result(answer.data(translate), _text(answer))
    return 0


def _publish(node: Node, args: argparse.Namespace, terminal: Terminal) -> int:
    from bongsu.core.where import group_values, parse_where
    from bongsu.work import holding_exposure

    where = group_values(parse_where(args.where))
    survey = open_holdings(node).survey(args.holding)
    by = dict(holding_exposure.parse_splits(args.by))
    kept = holding_exposure.ask_and_keep(node, open_desk(node).ask, survey, by, where, args.area, args.period)
    text = translate(N_("{name} is kept; “bongsu build” makes the release.")).format(name=kept)
    terminal.result({"snapshot": kept, "flow": "HOLDING_EXPOSURE"}, text)
    return 0


def _text(answer: Answer) -> str:
    header = (*answer.dimensions, N_("statistic"), N_("value"), N_("standard error"), N_("status"))
    parts = []
    if answer.cells:
        rows = [(*c.codes, c.statistic, c.value, c.standard_error, c.status) for c in answer.cells]
        parts.append(format_table(header, rows))
        reasons = {cell["status"]: cell["reason"] for cell in answer.data(translate)["cells"] if cell["reason"]}
        parts += [f"{status}: {reason}" for status, reason in sorted(reasons.items())]
    for model in answer.models:
        terms = [(term.term, term.value, term.standard_error) for term in model.terms]
        parts.append(f"{model.statistic}\n" + format_table((N_("term"), N_("value"), N_("standard error")), terms))
    return "\n".join(parts)
