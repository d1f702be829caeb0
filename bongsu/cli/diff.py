"""`bongsu diff DATAFLOW 3 4`: what differs between two releases, the largest changes first."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import OUTPUT, Argument, Arguments, Option, read_whole_number
from bongsu.cli.completion import complete_dataflows
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.core.structure import Structure
    from bongsu.store.releases.difference import Change


def run(args: Arguments, terminal: Terminal) -> int:
    """Compares two releases and prints the observations that were changed, added and removed."""
    from bongsu.store.node import Node
    from bongsu.store.releases.difference import compare_releases

    node = Node(Path(args.node))
    before, after = (node.releases.get(args.dataflow.upper(), number) for number in (args.before, args.after))
    found = compare_releases(node, before, after, args.most)
    structure = node.releases.structure(after)
    data = {
        "dataflow": after.dataflow,
        "before": before.number,
        "after": after.number,
        "changed": found.changed_count,
        "added": found.added_count,
        "removed": found.removed_count,
        "changes": [{**asdict(one), "difference": one.difference, "relative": one.relative} for one in found.changed],
        "additions": found.added,
        "removals": found.removed,
    }
    counts = {"changed": found.changed_count, "added": found.added_count, "removed": found.removed_count}
    lines = [translate(N_("observations changed: {changed}, added: {added}, removed: {removed}")).format(**counts)]
    if found.changed:
        lines += ["", _format_changes(structure, found.changed)]
    for title, rows in ((N_("Added"), found.added), (N_("Removed"), found.removed)):
        lines += (
            ["", translate(title), *(f"  {_describe_key(structure, row)}: {row['OBS_VALUE']}" for row in rows)]
            if rows
            else []
        )
    terminal.result(data, "\n".join(lines))
    return 0


def _format_changes(structure: Structure, changes: tuple[Change, ...]) -> str:
    header = (*structure.dataflow.keys, N_("before"), N_("after"), "%", N_("unit"), N_("also changed"))
    rows = [
        (
            *(one.after[key] for key in structure.dataflow.keys),
            one.before["OBS_VALUE"],
            one.after["OBS_VALUE"],
            "" if one.relative is None else f"{100 * one.relative:+.3g}",
            one.after["UNIT_MEASURE"],
            ", ".join(name for name in one.columns if name != "OBS_VALUE"),
        )
        for one in changes
    ]
    return format_table(header, rows)


def _describe_key(structure: Structure, row: dict[str, Any]) -> str:
    return ", ".join(structure.name_of(key, str(row[key]), get_language()) for key in structure.dataflow.keys)


EXAMPLES = ("bongsu diff GRID_INTENSITY 3 4", "bongsu diff GRID_INTENSITY 3 4 --json")
PARAMETERS = (
    Argument("dataflow", metavar="DATAFLOW", shell_complete=complete_dataflows, help=N_("the dataflow")),
    Argument("before", metavar="N", type=read_whole_number, help=N_("the number of the earlier release")),
    Argument("after", metavar="M", type=read_whole_number, help=N_("the number of the later release")),
    Option(
        "--most",
        metavar="NUMBER",
        type=read_whole_number,
        default=50,
        group=OUTPUT,
        help=N_("how many observations of each sort to print (default: 50)"),
    ),
)
