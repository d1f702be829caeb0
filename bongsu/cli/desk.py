"""`bongsu desk ask|publish`: a question about microdata, and the answer that protects whoever is in them.

`ask` prints what the desk lets out and nothing else; `publish` keeps that same answer as a snapshot, of which
`bongsu build` makes a release. There is no second door.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.hold import holdings, text_of
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.desk.answer import Answer
    from bongsu.desk.asking import Desk


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="ask")
    ask = verbs.add_parser("ask", help=translate(N_("answer a question about a holding, or refuse it with the reason")))
    ask.add_argument("question", metavar="QUESTION.toml", type=Path, help=translate(N_("TOML or JSON; - for a pipe")))
    ask.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    ask.add_argument("--node", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def desk(root: Path) -> Desk:
    """The desk of a node, on the engine that the settings name."""
    from bongsu.desk.asking import Desk
    from bongsu.store import microdata
    from bongsu.store.spark import engine
    from bongsu.store.node import Node
    from bongsu.web.settings import read

    node = Node(root)
    address = read()["BONGSU_SPARK"]
    return Desk(node, holdings(node), engine(address) if address else microdata.run)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Asks and prints the answer."""
    import sys

    from bongsu.core.microdata import Question

    piped = str(args.question) == "-"
    text = sys.stdin.read() if piped else text_of(args.question)
    answer = desk(Path(args.node)).ask(Question.read(text, "-" if piped else str(args.question)))
    terminal.result(answer.data(translate), _text(answer))
    return 0


def _text(answer: Answer) -> str:
    header = (*answer.dimensions, N_("statistic"), N_("value"), N_("standard error"), N_("status"))
    parts = []
    if answer.cells:
        rows = [(*c.codes, c.statistic, c.value, c.standard_error, c.status) for c in answer.cells]
        parts.append(table(header, rows))
        reasons = {cell["status"]: cell["reason"] for cell in answer.data(translate)["cells"] if cell["reason"]}
        parts += [f"{status}: {reason}" for status, reason in sorted(reasons.items())]
    for model in answer.models:
        terms = [(term.term, term.value, term.standard_error) for term in model.terms]
        parts.append(f"{model.statistic}\n" + table((N_("term"), N_("value"), N_("standard error")), terms))
    return "\n".join(parts)
