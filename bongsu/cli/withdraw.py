"""`bongsu withdraw DATAFLOW N --reason TEXT`: withdraws a release that should no longer be used. It stays readable by
its number."""

from __future__ import annotations

from bongsu.cli.commands import Argument, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_dataflows
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_


def run(args: Arguments, terminal: Terminal) -> int:
    """Withdraws one release, and says what follows."""
    node = open_records(args)
    from bongsu.web.withdrawing import foresee_withdrawal, withdraw_release

    release = withdraw_release(command_actor(), node, args.dataflow.upper(), args.release, args.reason)
    current, dependants = foresee_withdrawal(node, release)
    lines = [translate(N_("{release} was withdrawn.")).format(release=release.name)]
    if current is None:
        lines.append(translate(N_("{dataflow} has no release now.")).format(dataflow=release.dataflow))
    else:
        lines.append(translate(N_("Current is now: {release}.")).format(release=current.name))
    if dependants:
        lines.append(translate(N_("Build again what was built from it: {flows}.")).format(flows=", ".join(dependants)))
    data = {
        "dataflow": release.dataflow,
        "release": release.number,
        "withdrawn": True,
        "reason": args.reason,
        "current": current and current.number,
        "built_from_it": dependants,
    }
    terminal.result(data, "\n".join(lines))
    return 0


EXAMPLES = ('bongsu withdraw GRID_INTENSITY 1 --reason "The source corrected its figures for 2023."',)
PARAMETERS = (
    Argument("dataflow", metavar="DATAFLOW", shell_complete=complete_dataflows, help=N_("the dataflow")),
    Argument("release", metavar="N", type=read_whole_number, help=N_("the number of the release")),
    Option("--reason", metavar="TEXT", required=True, help=N_("why; readers of the release see it")),
)
