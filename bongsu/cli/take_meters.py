"""`bongsu take` with files: takes files of meters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import INPUT, Argument, Arguments, Option, read_file_name
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.store.node import Node


def take_meter_files(args: Arguments, node: Node, terminal: Terminal) -> int:
    """Takes all files, or none: an error names the file and the reason. A file that was taken before changes nothing.

    Saves the sums over all meters as a snapshot, for the next build.
    """
    from bongsu.energy.intake.intake_errors import MessageTooLarge
    from bongsu.energy.intake.message_formats import MAX_MESSAGE_BYTES, read_report_file
    from bongsu.energy.intake.node_reports import keep_report
    from bongsu.web.long_actions.take import add_up_meters

    organisation = args.organisation or node.identity.agency.lower()
    reports = []
    for name in args.files:
        path = Path(name)
        if path.stat().st_size > MAX_MESSAGE_BYTES:
            raise MessageTooLarge(
                N_("This file is longer than {limit} MiB."), where=name, limit=MAX_MESSAGE_BYTES >> 20
            )
        reports.append((name, read_report_file(path.read_bytes(), path.name, timezone=args.timezone)))
    rows = []
    for name, report in reports:  # only after every file has been read
        new = keep_report(node, organisation, report)
        rows.append(
            {"file": name, "format": report.format, "points": len(report), "series": len(report.series), "new": new}
        )
    for _ in add_up_meters(node):
        pass
    header = (N_("file"), N_("format"), N_("points"), N_("series"), "")
    lines = [(*list(row.values())[:4], translate(N_("new") if row["new"] else N_("taken before"))) for row in rows]
    terminal.result(rows, format_table(header, lines))
    return 0


PARAMETERS = (
    Argument(
        "files",
        nargs=-1,
        metavar="FILE",
        type=read_file_name,
        help=N_("a meter's file: OTLP, CodeCarbon, BoAmps, Kepler, Zeus"),
    ),
    Option(
        "--organisation",
        metavar="NAME",
        group=INPUT,
        help=N_("whose file it is (default: this node's own agency)"),
    ),
    Option("--timezone", default="", metavar="ZONE", group=INPUT, help=N_("the zone of its times, such as Asia/Seoul")),
)
