"""`bongsu journal [verify]`: prints the node's journal or verifies its hash chain."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from bongsu.cli.commands import Argument, Arguments, Option, read_whole_number
from bongsu.cli.language import translate
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_


def run(args: Arguments, terminal: Terminal) -> int:
    """Prints the last lines, or verifies the hash chain from the first line."""
    from bongsu.store.node import Node

    journal = Node(Path(args.node)).journal
    if args.what == "verify":
        count = journal.verify()
        text = translate(N_("The journal's chain is intact: {count} lines.")).format(count=count)
        terminal.result({"verified": True, "lines": count}, text)
        return 0
    lines = list(journal.lines())[-args.last :]
    rows = [(line.number, line.at, line.event, line.subject) for line in lines]
    header = ("#", N_("when (UTC)"), N_("event"), N_("subject"))
    terminal.result(
        [asdict(line) for line in lines], format_table(header, rows) if rows else translate(NOTHING_TO_SHOW)
    )
    return 0


EXAMPLES = ("bongsu journal --last 5", "bongsu journal verify")
PARAMETERS = (
    Argument(
        "what",
        choices=("list", "verify"),
        required=False,
        default="list",
        help=N_("print the last lines (default), or verify the hash chain from the first line"),
    ),
    Option("--last", metavar="N", type=read_whole_number, default=20, help=N_("the last N lines (default: 20)")),
)
