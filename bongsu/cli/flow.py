"""`bongsu flow`: dataflows of the institution itself, in the node's folder flows/: new, check, take, build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import INPUT, Argument, Arguments, Command, Option, read_path
from bongsu.cli.completion import complete_own_flows
from bongsu.cli.language import translate, translate_error
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, BongsuError, Missing

if TYPE_CHECKING:
    from bongsu.store.node import Node


def run_new(args: Arguments, terminal: Terminal) -> int:
    """Makes the folder of a new dataflow."""
    from bongsu.store.own_flows.new_flow import make_flow

    id_ = args.dataflow.upper()
    folder = make_flow(_open_node(args), id_, args.data)
    text = translate(N_("{folder} was made. Fill in its flow.toml, then run “bongsu flow check {flow}”."))
    terminal.result({"dataflow": id_, "folder": str(folder)}, text.format(folder=folder, flow=id_))
    return 0


def run_check(args: Arguments, terminal: Terminal) -> int:
    """Checks a folder and prints every cell that does not fit; the status is 65 if one does not, or if a check fails."""
    from bongsu.store.own_flows.data_file import group_problems
    from bongsu.store.own_flows.flow_folders import check_flow

    id_ = args.dataflow.upper()
    found = check_flow(_open_node(args), id_)
    problems = [
        (one.column, _explain(one.error), len(one.lines), one.format_lines()) for one in group_problems(found.problems)
    ]
    findings = [
        (translate(f.check), translate(N_("yes") if f.holds else N_("no")), f.describe(translate))
        for f in found.findings
    ]
    parts = []
    if problems:
        parts.append(format_table((N_("column"), N_("problem"), N_("cells"), N_("lines")), problems))
    if findings:
        parts.append(format_table((N_("check"), N_("holds"), N_("detail")), findings))
    summary = N_("{flow} can be taken: {rows} observations.") if found.holds else N_("{flow} cannot be taken yet.")
    parts.append(translate(summary).format(flow=id_, rows=found.rows))
    data = {
        "dataflow": id_,
        "observations": found.rows,
        "holds": found.holds,
        "problems": [
            {"line": one.line, "column": one.column, "problem": _explain(one.error)} for one in found.problems
        ],
        "checks": [{"check": f.check, "holds": f.holds, "detail": f.describe()} for f in found.findings],
    }
    terminal.result(data, "\n\n".join(parts))
    return 0 if found.holds else BadInput.exit_status


def run_take(args: Arguments, terminal: Terminal) -> int:
    """Takes the definition and the data of a dataflow as snapshots."""
    from bongsu.store.own_flows.flow_folders import take_flow

    id_ = args.dataflow.upper()
    taken = take_flow(_open_node(args), id_)
    rows = [{**snapshot.to_json(), "new": new} for snapshot, new in taken]
    table = [(s.name, s.vintage, s.sha256[:12], translate(N_("new") if new else N_("unchanged"))) for s, new in taken]
    terminal.result(rows, format_table((N_("snapshot"), N_("vintage"), "SHA-256", ""), table))
    return 0


def run_build(args: Arguments, terminal: Terminal) -> int:
    """Builds, checks and seals a dataflow from its newest snapshots."""
    from bongsu.cli.build import build_releases
    from bongsu.store.own_flows.flow_file import check_flow_id
    from bongsu.store.own_flows.flow_folders import (
        is_folder_changed,
        list_flow_ids,
        list_flow_problems,
        read_own_programme,
    )
    from bongsu.store.tables.programmes import OWN_PROGRAMME

    id_ = args.dataflow.upper()
    check_flow_id(id_, "")
    node = _open_node(args)
    if error := list_flow_problems(node).get(id_):
        raise error
    taken = any(recipe.flow == id_ for recipe in read_own_programme(node).recipes)
    if id_ in list_flow_ids(node) and not taken:
        raise Missing(N_("{flow} was not taken yet."), fix=N_("Run “bongsu flow take {flow}” first."), flow=id_)
    if taken and is_folder_changed(node, id_):
        text = N_(
            "flows/{flow} has changed since it was taken. To build from its files, run “bongsu flow take {flow}” first."
        )
        terminal.say(translate(text).format(flow=id_))
    return build_releases(args.node, OWN_PROGRAMME, id_, "", terminal)


def _explain(error: BongsuError) -> str:
    return translate_error(error)._replace(where="").sentence  # the column and the lines stand beside it


def _open_node(args: Arguments) -> Node:
    from bongsu.store.node import Node

    return Node(Path(args.node))


_FLOW = Argument("dataflow", metavar="DATAFLOW", shell_complete=complete_own_flows, help=N_("the dataflow's id"))
ACTIONS = (
    Command(
        "new",
        N_("make a folder with a flow.toml to fill in"),
        run_new,
        (
            Argument("dataflow", metavar="DATAFLOW", help=N_("the dataflow's id: capitals, digits and _")),
            Option(
                "--data",
                metavar="FILE",
                type=read_path,
                group=INPUT,
                help=N_(
                    "copy this CSV, XLSX or Parquet file, and list its columns in flow.toml (default: a small example)"
                ),
            ),
        ),
        ("bongsu flow new AI_FIRMS --data firms.csv",),
    ),
    Command(
        "check",
        N_("check flow.toml and every row of the data, and change nothing"),
        run_check,
        (_FLOW,),
        ("bongsu flow check AI_FIRMS",),
    ),
    Command("take", N_("take the folder's files as snapshots"), run_take, (_FLOW,), ("bongsu flow take AI_FIRMS",)),
    Command(
        "build",
        N_("build, check and seal a release from the newest snapshots"),
        run_build,
        (_FLOW,),
        ("bongsu flow build AI_FIRMS",),
    ),
)
