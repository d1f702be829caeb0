"""`bongsu journal [verify]`: prints the node's journal or verifies its hash chain."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from bongsu.cli.language import translate
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("what", nargs="?", choices=["list", "verify"], default="list")
    parser.add_argument(
        "--last", metavar="N", type=int, default=20, help=translate(N_("the last N lines (default: 20)"))
    )


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Prints the last lines, or verifies the hash chain from the first line."""
    from bongsu.store.node import Node

    journal = Node(Path(args.node)).journal
    if args.what == "verify":
        count = journal.verify()
        text = translate(N_("The journal's chain is whole: {count} lines.")).format(count=count)
        terminal.result({"verified": True, "lines": count}, text)
        return 0
    lines = list(journal.lines())[-args.last :]
    rows = [(line.number, line.at, line.event, line.subject) for line in lines]
    header = ("#", N_("when (UTC)"), N_("event"), N_("subject"))
    terminal.result(
        [asdict(line) for line in lines], format_table(header, rows) if rows else translate(NOTHING_TO_SHOW)
    )
    return 0
