"""`bongsu withdraw DATAFLOW N --reason TEXT`: withdraws a release that should no longer be used. It stays readable by
its number."""

from __future__ import annotations

import argparse
from pathlib import Path

from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("dataflow", metavar="DATAFLOW")
    parser.add_argument("release", metavar="N", type=int)
    parser.add_argument("--reason", required=True, help=translate(N_("why; readers of the release see it")))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Withdraws one release."""
    from bongsu.store.node import Node

    release = Node(Path(args.node)).releases.withdraw(args.dataflow.upper(), args.release, args.reason)
    terminal.result(
        {"dataflow": release.dataflow, "release": release.number, "withdrawn": True, "reason": args.reason},
        translate(N_("{release} is withdrawn.")).format(release=release.name),
    )
    return 0
