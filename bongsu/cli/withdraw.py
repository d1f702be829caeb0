"""`bongsu withdraw DATAFLOW N --reason TEXT`: withdraws a release that should no longer be used. It stays readable by
its number."""

from __future__ import annotations

from pathlib import Path

from bongsu.cli.commands import Argument, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_dataflows
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_


def run(args: Arguments, terminal: Terminal) -> int:
    """Withdraws one release."""
    from bongsu.store.node import Node

    release = Node(Path(args.node)).releases.withdraw(args.dataflow.upper(), args.release, args.reason)
    terminal.result(
        {"dataflow": release.dataflow, "release": release.number, "withdrawn": True, "reason": args.reason},
        translate(N_("{release} was withdrawn.")).format(release=release.name),
    )
    return 0


EXAMPLES = ('bongsu withdraw GRID_INTENSITY 1 --reason "The source corrected its figures for 2023."',)
PARAMETERS = (
    Argument("dataflow", metavar="DATAFLOW", shell_complete=complete_dataflows, help=N_("the dataflow")),
    Argument("release", metavar="N", type=read_whole_number, help=N_("the number of the release")),
    Option("--reason", metavar="TEXT", required=True, help=N_("why; readers of the release see it")),
)
