"""`bongsu build`: runs the recipes of which an input or the code has changed, and seals the releases that pass their checks."""

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
_NAMES = 6  # names of changed files or versions in a line of a plan; --json has all


def run(args: Arguments, terminal: Terminal) -> int:
    """Builds, checks and seals, or lists what the last builds found."""
    if args.list or args.rows:
        from bongsu.cli.build_states import list_states

        return list_states(args, terminal)
    if args.plan:
        return show_plan(args, terminal)
    return build_releases(args.node, args.programme or "", args.flow or "", args.despite, terminal)


def show_plan(args: Arguments, terminal: Terminal) -> int:
    """Prints what would be built, in order, and why. Builds nothing."""
    from bongsu.store.node import Node
    from bongsu.web.long_actions.build import STANDING, plan

    node = Node(Path(args.node))
    read_records(node.root)
    planned = plan(node, args.programme or "", args.flow or "")
    data = [
        {
            "dataflow": one.flow,
            "builds": one.runs,
            "reason": one.reason,
            "changes": {kind: names for kind, names in one.changes.items() if names},
            "after": list(one.after),
        }
        for one in planned
    ]
    texts = {"inputs": N_("changed inputs: {names}"), "code": N_("changed code: {names}")}
    texts["versions"] = N_("changed versions: {names}")
    rows = []
    for one in planned:
        why = [translate(one.reason)] if one.reason else []
        for kind, names in one.changes.items():
            if names:
                listed = ", ".join([*names[:_NAMES], *(["…"] if len(names) > _NAMES else [])])
                why.append(translate(texts[kind]).format(names=listed))
        if one.after:
            why.append(translate(N_("if this changes: {names}")).format(names=", ".join(one.after)))
        rows.append(
            (one.flow, translate(N_("builds") if one.runs else N_("waits") if one.after else STANDING), "; ".join(why))
        )
    terminal.result(data, format_table((N_("dataflow"), "", N_("why")), rows))
    return 0


def build_releases(root: str, programme: str, flow: str, despite: str, terminal: Terminal) -> int:
    """Builds, checks and seals. Keeps nothing of a dataflow that fails, and goes on with the others; the status is that of
    the first error: 70 if a check fails or observations were withdrawn before, 65 if an own dataflow is wrong ...
    """
    from bongsu.store.node import Node
    from bongsu.web.long_actions.build import LEFT_OUT, build, describe_result

    node = Node(Path(root))
    read_records(node.root)  # entries that were changed on the node
    report = build(node, programme, flow, terminal, despite)
    rows: list[tuple[str, int | str, int | str, str]] = [
        (one.release.dataflow, one.release.number, one.release.rows, translate(describe_result(one)))
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
    "bongsu build --plan",
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
    Option("--plan", is_flag=True, help=N_("build nothing: list what would be built, in order, and why")),
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
