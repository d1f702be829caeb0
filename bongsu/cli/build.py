"""`bongsu build`: runs every programme's recipes and seals the releases that pass their checks."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten

from bongsu.cli.commands import SELECTION, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_programmes, complete_recipes
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, unknown_name

# Characters of a note printed on the terminal; the release's page and --json give the whole note.
_NOTE = 160


def run(args: Arguments, terminal: Terminal) -> int:
    """Builds, checks and seals. Stops at the first release that fails its checks and keeps nothing of it. The status is 65
    if the definition of an own dataflow is wrong; the others are built.

    Writes the bulk files of the sealed releases too, so that the first request for a page does not have to.
    """
    if args.list or args.rows:
        from bongsu.cli.build_states import list_states

        return list_states(args, terminal)
    from bongsu.cli.programmes import find_programmes
    from bongsu.publish.bulk_files import list_bulk_files
    from bongsu.store.building import build_releases, list_due_recipes
    from bongsu.store.node import Node
    from bongsu.store.own_flows.flow_folders import list_flow_problems
    from bongsu.store.tables.programmes import OWN_PROGRAMME

    node = Node(Path(args.node))
    programmes = find_programmes(node, args.programme)
    wrong = list_flow_problems(node) if any(one.name == OWN_PROGRAMME for one in programmes) else {}
    flow = (args.flow or "").upper()
    if flow:
        flows = [recipe.flow for programme in programmes for recipe in programme.recipes]
        if flow in wrong:
            raise wrong[flow]
        if flow not in flows:
            raise unknown_name(N_("dataflow"), args.flow, flows, where="--flow")
        programmes = tuple(one for one in programmes if any(recipe.flow == flow for recipe in one.recipes))
    built = []
    for programme in programmes:
        title = translate(N_("Building {programme}")).format(programme=programme.name)
        with terminal.progress(title, len(list_due_recipes(node, programme, flow))) as step:
            for one in build_releases(node, programme, flow):
                built.append(one)
                step()
    with terminal.progress(translate(N_("Writing bulk files")), len(built)) as step:
        for one in built:
            list_bulk_files(node, one.release)
            step()
    inputs = {one.release.name: node.releases.manifest(one.release).inputs for one in built}
    data = [
        {
            "dataflow": one.release.dataflow,
            "release": one.release.number,
            "new": one.new,
            "observations": one.release.rows,
            "content": one.release.content,
            "sealed_at": one.release.sealed_at,
            "inputs": [{"name": each.name, "vintage": each.vintage} for each in inputs[one.release.name]],
            "checks": [{"check": f.check, "holds": f.holds, "detail": f.describe()} for f in one.findings],
            "notes": [{"note": note.message, "detail": note.detail} for note in one.notes],
        }
        for one in built
    ]
    rows = [
        (
            one.release.dataflow,
            one.release.number,
            one.release.rows,
            translate(N_("sealed") if one.new else N_("unchanged")),
        )
        for one in built
    ]
    notes = [
        f"{one.release.name}: {translate(note.message)}: {shorten(note.detail, _NOTE, placeholder=' …')}"
        for one in built
        if one.new
        for note in one.notes
    ]
    text = format_table((N_("dataflow"), N_("release"), N_("observations"), ""), rows)
    if flow:
        taken = [(each.name, each.vintage) for each in inputs[built[0].release.name]]
        notes.insert(0, "\n" + format_table((N_("input"), N_("vintage")), taken))
    terminal.result(data, "\n".join([text, *notes]))
    for problem in () if flow else wrong.values():
        terminal.error(problem)
    return BadInput.exit_status if wrong and not flow else 0


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
)
