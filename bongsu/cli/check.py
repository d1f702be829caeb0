"""`bongsu check [DATAFLOW]`: whether the figures of all releases obey the laws of their kind. Exit status 1 if one does not."""

from __future__ import annotations

from pathlib import Path

from bongsu.cli.commands import Argument, Arguments
from bongsu.cli.completion import complete_dataflows
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_


def run(args: Arguments, terminal: Terminal) -> int:
    """Checks and prints the laws that are broken, and how many were checked."""
    from bongsu.store.law_check import check_laws
    from bongsu.store.node import Node

    found = list(check_laws(Node(Path(args.node)), (args.dataflow or "").upper()))
    broken = [one for one in found if not one.finding.holds]
    data = [
        {
            "release": one.release.name,
            "law": one.law.kind,
            "why": one.law.why,
            "holds": one.finding.holds,
            "detail": one.finding.describe(),
        }
        for one in found
    ]
    counts = {"laws": len(found), "releases": len({one.release.name for one in found}), "broken": len(broken)}
    lines = [translate(N_("laws checked: {laws}, in releases: {releases}, broken: {broken}")).format(**counts)]
    if broken:
        rows = [
            (one.release.name, translate(one.finding.check), one.finding.describe(translate), one.law.why)
            for one in broken
        ]
        lines += ["", format_table((N_("release"), N_("law"), N_("what was found"), N_("why")), rows)]
    terminal.result({"checked": data, **counts}, "\n".join(lines))
    return 1 if broken else 0


EXAMPLES = ("bongsu check", "bongsu check DATACENTRE_ELECTRICITY --json")
PARAMETERS = (
    Argument(
        "dataflow",
        required=False,
        metavar="DATAFLOW",
        shell_complete=complete_dataflows,
        help=N_("the dataflow; all if left out"),
    ),
)
