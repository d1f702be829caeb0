"""`bongsu take`: saves the raw files of every programme's sources as snapshots, by hash, with their origin.

Sources that are due are asked where they live; the shipped copy serves until their table has come from there.

With files, takes these instead: reports of energy meters (take_meters.py).
"""

from __future__ import annotations

from pathlib import Path

from bongsu.cli import take_meters
from bongsu.cli.commands import SELECTION, Arguments, Option
from bongsu.cli.completion import complete_programmes
from bongsu.cli.language import translate, translate_error
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_


def run(args: Arguments, terminal: Terminal) -> int:
    """Takes each source. Saves no second snapshot if the bytes have not changed.

    An own dataflow that is wrong does not keep the others from being taken; the status is that of its error.
    """
    from bongsu.store.node import Node
    from bongsu.web.long_actions.take import take

    node = Node(Path(args.node))
    if args.files:
        return take_meters.take_meter_files(args, node, terminal)
    report = take(node, args.programme or "", terminal)
    text = format_table(
        (N_("snapshot"), N_("vintage"), N_("licence"), "SHA-256", ""),
        [
            (s.name, s.vintage, s.origin.licence, s.sha256[:12], translate(N_("new") if new else N_("unchanged")))
            for s, new in report.taken
        ],
    )
    terminal.result(report.to_json(), text)
    for one in report.asked:
        if one.outcome == "failed" and one.error:
            why = translate_error(one.error).what
            said = translate(N_("{source} did not come, and what stood before stands: {why}"))
            terminal.say(said.format(source=one.name, why=why))
    for problem in report.wrong:
        terminal.error(problem)
    return report.wrong[0].exit_status if report.wrong else 0


EXAMPLES = (
    "bongsu take",
    "bongsu take --programme energy",
    "bongsu take emissions.csv --organisation kaist --timezone Asia/Seoul",
)
PARAMETERS = (
    *take_meters.PARAMETERS,
    Option(
        "--programme",
        metavar="NAME",
        group=SELECTION,
        shell_complete=complete_programmes,
        help=N_("only this programme's sources"),
    ),
)
