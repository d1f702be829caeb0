"""`bongsu build --list` and `--rows`: what is known of the builds of dataflows, and the rows that their checks found."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Arguments
from bongsu.cli.language import translate
from bongsu.cli.records import read_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, Missing
from bongsu.web.django_setup import has_database

if TYPE_CHECKING:
    from datetime import datetime

    from bongsu.store.node import Node
    from bongsu.web.node_state.flow_state import FlowState


def list_states(args: Arguments, terminal: Terminal) -> int:
    """Prints what is known of the builds of every dataflow, or of one with its checks; or the rows that a check found."""
    from bongsu.store.node import Node
    from bongsu.web.node_state.flow_state import find_flow_state, list_flow_states

    node = Node(Path(args.node))
    read_records(node.root)
    flow = (args.flow or "").upper()
    if args.rows:
        found = node.builds.read_rows(find_flow_state(node, flow).flow.id, args.rows)
        if not found:
            raise Missing(N_("The last build has no rows of this check."))
        terminal.result(list(csv.DictReader(io.StringIO(found))), found.rstrip("\n"))
        return 0
    states = [find_flow_state(node, flow)] if flow else list_flow_states(node)
    states = [state for state in states if args.programme in (None, state.flow.programme)]
    data = [_describe_state(state, _next_build(node, state.flow.id)) for state in states]
    rows = [
        (
            row["dataflow"],
            row["release"],
            row["last_build"],
            translate(row["outcome"]) if row["outcome"] else "",
            ", ".join(one["name"] for one in row["changed_inputs"]),
            row["next_build"],
        )
        for row in data
    ]
    header = (
        *(N_("dataflow"), N_("release"), N_("last build (UTC)"), N_("outcome")),
        *(N_("changed inputs"), N_("next build (UTC)")),
    )
    lines = [format_table(header, rows)]
    if flow:
        checks = [
            (number, "✓" if one["holds"] else "✗", translate(one["check"]), one["detail"], one["rows"])
            for number, one in enumerate(data[0]["checks"], 1)
        ]
        lines += ["", format_table(("#", "", N_("check"), N_("detail"), N_("rows")), checks)]
        lines += [
            f"{one['number']}  {one['sealed_at']}  {one['observations']}  {one['withdrawn']}".rstrip()
            for one in data[0]["releases"]
        ]
    terminal.result(data, "\n".join(lines))
    return 0


def _next_build(node: Node, flow: str) -> datetime | None:
    if not has_database(node.root):  # schedules are records
        return None
    from bongsu.web.next_build import next_build

    return next_build(node, flow)


def _describe_state(state: FlowState, next_build: datetime | None) -> dict[str, Any]:
    last = state.last
    counts = last.rows if last else ()
    return {
        "dataflow": state.flow.id,
        "release": state.current and state.current.number,
        "last_build": last.at if last else "",
        "outcome": last.outcome if last else "",
        "why": last.report.describe(translate) if last else "",
        "checks": [
            {"check": one.check, "holds": one.holds, "detail": one.describe(translate), "rows": rows}
            for one, rows in zip(last.findings if last else (), counts, strict=False)
        ],
        "changed_inputs": [one._asdict() for one in state.changed],
        "inputs": [
            {"name": one.name, "vintage": one.vintage} for one in (state.manifest.inputs if state.manifest else ())
        ],
        "next_build": next_build.isoformat() if next_build else "",
        "releases": [
            {
                "number": one.number,
                "sealed_at": one.sealed_at,
                "observations": one.rows,
                "withdrawn": one.withdrawal.reason if one.withdrawal else "",
            }
            for one in state.releases
        ],
    }
