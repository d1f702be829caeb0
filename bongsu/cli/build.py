"""`bongsu build`: runs every programme's recipes and seals the releases that pass their checks."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten

from bongsu.cli.commands import SELECTION, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_programmes, complete_recipes
from bongsu.cli.language import translate
from bongsu.cli.records import read_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_

# Characters of a note printed on the terminal; the release's page and --json give the whole note.
_NOTE = 160


def run(args: Arguments, terminal: Terminal) -> int:
    """Builds, checks and seals, or lists what the last builds found."""
    if args.list or args.rows:
        from bongsu.cli.build_states import list_states

        return list_states(args, terminal)
    return build_releases(args.node, args.programme or "", args.flow or "", args.despite, terminal)


def build_releases(root: str, programme: str, flow: str, despite: str, terminal: Terminal) -> int:
    """Builds, checks and seals. Stops at the first release that fails its checks and keeps nothing of it. The status is 65
    if the definition of an own dataflow is wrong, and 70 if observations were withdrawn before; the others are built.
    """
    from bongsu.store.node import Node
    from bongsu.web.long_actions.build import LEFT_OUT, SEALED, UNCHANGED, build

    node = Node(Path(root))
    read_records(node.root)  # entries that were changed on the node
    report = build(node, programme, flow, terminal, despite)
    rows: list[tuple[str, int | str, int | str, str]] = [
        (one.release.dataflow, one.release.number, one.release.rows, translate(SEALED if one.new else UNCHANGED))
        for one in report.built
    ]
    rows += [(one.flow, "–", "–", translate(LEFT_OUT)) for one in report.left_out]
    notes = [
        f"{one.release.name}: {translate(note.message)}: {shorten(note.detail, _NOTE, placeholder=' …')}"
        for one in report.built
        if one.new
        for note in one.notes
    ]
    text = format_table((N_("dataflow"), N_("release"), N_("observations"), ""), rows)
    if flow and report.built:
        taken = [(each.name, each.vintage) for each in report.inputs[report.built[0].release.name]]
        notes.insert(0, "\n" + format_table((N_("input"), N_("vintage")), taken))
    terminal.result(report.to_json(), "\n".join([text, *notes]))
    problems = (*report.wrong, *(one.error for one in report.left_out))
    for problem in problems:
        terminal.error(problem)
    return problems[0].exit_status if problems else 0


EXAMPLES = (
    "bongsu build",
    "bongsu build --programme energy",
    "bongsu build --flow GRID_INTENSITY",
    "bongsu build --list",
    "bongsu build --list --flow GRID_INTENSITY",
)
PARAMETERS = (
    Option(
        "--programme",
        metavar="NAME",
        group=SELECTION,
        shell_complete=complete_programmes,
        help=N_("only this programme's releases"),
    ),
    Option(
        "--flow",
        metavar="DATAFLOW",
        group=SELECTION,
        shell_complete=complete_recipes,
        help=N_("only this dataflow, from the newest snapshots and the current releases of its inputs"),
    ),
    Option(
        "--list",
        is_flag=True,
        help=N_("build nothing: list the last build, changed inputs and, with --flow, checks and releases"),
    ),
    Option(
        "--rows",
        metavar="N",
        type=read_whole_number,
        help=N_("build nothing: print the rows that check N of the last build of --flow found, as CSV"),
    ),
    Option(
        "--despite",
        metavar="REASON",
        default="",
        help=N_("with --flow: why to seal observations that equal those of a withdrawn release; the manifest has it"),
    ),
)
