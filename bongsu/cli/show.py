"""`bongsu show DATAFLOW`: prints observations with their attributes, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

from bongsu.cli.commands import OUTPUT, SELECTION, Argument, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_condition, complete_dataflows
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput, Damaged, UnknownName

# JSON names of the columns of an observation; dimensions keep their ids.
_NAMES = {
    "OBS_VALUE": "value",
    "LOWER_BOUND": "low",
    "UPPER_BOUND": "high",
    "INTERVAL_TYPE": "interval",
    "UNIT_MEASURE": "unit",
    "KIND": "kind",
    "BOUNDARY": "boundary",
    "OBS_STATUS": "status",
    "VINTAGE": "vintage",
    "METHOD": "method",
    "SOURCE": "source",
    "COMMENT_OBS": "comment",
}
# Attributes printed with each value; those in _LONG are too long for the table and are in --json and --csv only.
_ABOUT = (
    "UNIT_MEASURE", "KIND", "BOUNDARY", "INTERVAL_TYPE", "OBS_STATUS", "VINTAGE", "METHOD", "SOURCE",
)  # fmt: skip
_LONG = ("METHOD", "SOURCE")


def run(args: Arguments, terminal: Terminal) -> int:
    """Reads one release and prints the observations that match the conditions."""
    from bongsu.core.selection import Selection
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    if args.dataflow is None:
        if args.where or args.csv or args.as_of or args.release is not None:
            raise BadInput(N_("Give the name of a dataflow."), fix=N_("“bongsu show” lists the dataflows."))
        return _list(node, terminal)
    if args.csv and args.json:
        raise BadInput(N_("Choose --csv or --json, not both."))
    if args.release is not None and args.as_of:
        raise BadInput(N_("Choose --release or --as-of, not both."))
    release = _release(node, args.dataflow.upper(), args.release, args.as_of)
    structure = node.releases.structure(release)
    flow = structure.dataflow
    selection = Selection.parse(flow, args.where)
    selection.check_codes(structure)
    if release.withdrawal:
        warning = N_("{release} was withdrawn on {date}: {reason}")
        said = {"release": release.name, "date": release.withdrawal.at[:10], "reason": release.withdrawal.reason}
        terminal.say(translate(warning).format(**said))
    rows = node.observations(release, selection).to_pylist()
    if args.csv:
        writer = csv.DictWriter(sys.stdout, flow.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return 0
    data = {
        "dataflow": flow.id,
        "name": flow.name.to(get_language()),
        "version": flow.version,
        "release": release.number,
        "sealed_at": release.sealed_at,
        "withdrawn": release.withdrawal and {"at": release.withdrawal.at, "reason": release.withdrawal.reason},
        "observations": [_rename_columns(row, flow.keys) for row in rows],
    }
    terminal.result(data, _text(structure, rows))
    return 0


def _release(node: Any, name: str, number: int | None, as_of: str | None) -> Any:
    try:
        return node.releases.get(name, number) if number is not None else node.releases.current(name, as_of)
    except UnknownName as error:
        error.fix = error.fix or N_("“bongsu show” lists the dataflows.")
        raise


def _rename_columns(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    dimensions = {key: row[key] for key in keys}
    return {**dimensions, **{name: row[column] for column, name in _NAMES.items()}}


def _text(structure: Any, rows: list[dict[str, Any]]) -> str:
    """Formats a table of the columns that vary; attributes equal in all rows are listed once, below it."""
    flow = structure.dataflow
    if not rows:
        return translate(NOTHING_TO_SHOW)
    shared = [c for c in _ABOUT if c not in flow.keys and len({row[c] for row in rows}) == 1]
    about = [c for c in _ABOUT if c not in flow.keys and c not in (*shared, *_LONG)]
    bounds = [c for c in ("LOWER_BOUND", "UPPER_BOUND") if any(row[c] is not None for row in rows)]
    columns = [*flow.keys, "OBS_VALUE", *bounds, *about]
    concepts = {concept.id: concept.name.to(get_language()) for concept in (*flow.dimensions, *flow.attributes)}
    header = [concepts.get(column, translate(N_("value"))) for column in columns]

    def name_of(row: dict[str, Any], column: str) -> Any:
        value = row[column]
        return structure.name_of(column, value, get_language()) if isinstance(value, str) else value

    lines = [f"{concepts[c]}: {name_of(rows[0], c)}" for c in shared if rows[0][c]]
    named = [[name_of(row, c) for c in columns] for row in rows]
    return "\n".join([flow.name.to(get_language()), "", format_table(header, named), "", *lines])


def _list(node: Any, terminal: Terminal) -> int:
    flows, status = [], 0
    for name in node.releases.dataflows():
        known = node.releases.all(name)
        current = next((release for release in reversed(known) if not release.withdrawal), known[-1])
        try:
            flows.append((current, node.releases.structure(current).dataflow))
        except Damaged as error:  # report it and list the other dataflows
            terminal.error(error)
            status = error.exit_status
    data = [
        {
            "dataflow": f.id,
            "name": f.name.to(get_language()),
            "release": r.number,
            "observations": r.rows,
            "sealed_at": r.sealed_at,
        }
        for r, f in flows
    ]
    rows = [(f.id, f.name.to(get_language()), r.number, r.rows, r.sealed_at[:10]) for r, f in flows]
    header = (N_("dataflow"), N_("name"), N_("release"), N_("observations"), N_("sealed"))
    empty = translate(N_("This node has no release yet. Next: bongsu take, bongsu build."))
    terminal.result(data, format_table(header, rows) if rows else empty)
    return status


EXAMPLES = (
    "bongsu show",
    "bongsu show GRID_INTENSITY --where REF_AREA=KOR,FRA",
    'bongsu show DATACENTRE_ELECTRICITY --where REF_AREA=USA "TIME_PERIOD>=2024" --csv',
)
PARAMETERS = (
    Argument(
        "dataflow",
        required=False,
        metavar="DATAFLOW",
        shell_complete=complete_dataflows,
        help=N_("the dataflow (default: list all dataflows)"),
    ),
    Option(
        "--where",
        metavar="DIMENSION=CODE,...",
        multiple=True,
        group=SELECTION,
        shell_complete=complete_condition,
        help=N_("only observations for which these conditions hold: REF_AREA=KOR,FRA; TIME_PERIOD>=2024"),
    ),
    Option("--as-of", metavar="DATE", group=SELECTION, help=N_("the release that was current on this date")),
    Option(
        "--release",
        metavar="N",
        type=read_whole_number,
        group=SELECTION,
        help=N_("this release, withdrawn or not"),
    ),
    Option("--csv", is_flag=True, group=OUTPUT, help=N_("print CSV with every column")),
)
