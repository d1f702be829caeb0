"""`bongsu withdraw DATAFLOW N --reason TEXT`: withdraws a release that should no longer be used. It stays readable by
its number."""

from __future__ import annotations

from bongsu.cli.commands import Argument, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_dataflows
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_
from bongsu.core.reason import parse_reason


def run(args: Arguments, terminal: Terminal) -> int:
    """Withdraws one release, and says what follows."""
    node = open_records(args)
    from bongsu.web.withdrawing import foresee_withdrawal, withdraw_release

    reason = parse_reason(args.reason, get_language())
    release = withdraw_release(command_actor(), node, args.dataflow.upper(), args.release, reason)
    current, dependants, affected = foresee_withdrawal(node, release)
    lines = [translate(N_("{release} was withdrawn.")).format(release=release.name)]
    if current is None:
        lines.append(translate(N_("{dataflow} has no release now.")).format(dataflow=release.dataflow))
    else:
        lines.append(translate(N_("Current is now: {release}.")).format(release=current.name))
    if affected:
        names = ", ".join(one.name for one in affected)
        lines.append(translate(N_("Affected, because they were computed from it: {releases}.")).format(releases=names))
    if dependants:
        lines.append(translate(N_("Build again what was built from it: {flows}.")).format(flows=", ".join(dependants)))
    data = {
        "dataflow": release.dataflow,
        "release": release.number,
        "withdrawn": True,
        "reason": reason.text,
        "current": current and current.number,
        "built_from_it": dependants,
        "affected": [one.name for one in affected],
    }
    terminal.result(data, "\n".join(lines))
    return 0


REASON = Option(
    "--reason",
    metavar="TEXT",
    required=True,
    multiple=True,
    help=N_("why; readers see it. Give it again in another language as ko=…, fr=…"),
)
EXAMPLES = (
    'bongsu withdraw GRID_INTENSITY 1 --reason "The source corrected its figures for 2023."',
    'bongsu withdraw GRID_INTENSITY 1 --reason "en=wrong unit" --reason "fr=unité fausse"',
)
PARAMETERS = (
    Argument("dataflow", metavar="DATAFLOW", shell_complete=complete_dataflows, help=N_("the dataflow")),
    Argument("release", metavar="N", type=read_whole_number, help=N_("the number of the release")),
    REASON,
)
