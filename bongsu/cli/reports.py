"""What `bongsu take` does with meters: takes the files of other people's meters, and adds up what has come in over HTTP."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, table
from bongsu.core.errors import N_, Missing

if TYPE_CHECKING:
    from bongsu.core.provenance import Snapshot
    from bongsu.store.node import Node


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments for files of meters."""
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help=translate(N_("a meter's file: OTLP, CodeCarbon, BoAmps, Kepler, Zeus"))
    )
    parser.add_argument(
        "--organisation", metavar="NAME", help=translate(N_("whose file it is (default: this node's own agency)"))
    )
    parser.add_argument(
        "--timezone", default="", metavar="ZONE", help=translate(N_("the zone of its times, such as Asia/Seoul"))
    )


def take_files(args: argparse.Namespace, node: Node, terminal: Terminal) -> int:
    """Takes all files, or with the place and the reason none of them; a file that was taken before changes nothing.

    What all meters add up to is kept as a snapshot at once, so that the next build has it.
    """
    from bongsu.energy.intake.formats import LIMIT, read_any
    from bongsu.energy.intake.refusals import TooLarge
    from bongsu.energy.intake.taking import take

    organisation = args.organisation or node.identity.agency.lower()
    reports = []
    for name in args.files:
        path = Path(name)
        if not path.is_file():
            raise Missing(N_("There is no file “{path}”."), path=name)
        if path.stat().st_size > LIMIT:
            raise TooLarge(N_("This file is longer than {limit} MiB."), where=name, limit=LIMIT >> 20)
        reports.append((name, read_any(path.read_bytes(), path.name, timezone=args.timezone)))
    rows = []
    for name, report in reports:  # every file could be read
        new = take(node, organisation, report)
        rows.append(
            {"file": name, "format": report.format, "points": len(report), "series": len(report.series), "new": new}
        )
    for _ in add_up_meters(node):
        pass
    header = (N_("file"), N_("format"), N_("points"), N_("series"), "")
    lines = [(*list(row.values())[:4], translate(N_("new") if row["new"] else N_("taken before"))) for row in rows]
    terminal.result(rows, table(header, lines))
    return 0


def add_up_meters(node: Node) -> Iterator[tuple[Snapshot, bool]]:
    """A snapshot of what each organisation's meters add up to, tokens estimated."""
    from bongsu.energy.intake.taking import add_up
    from bongsu.energy.intake.tokens import energy_of_tokens

    for snapshot, new, _ in add_up(node, datetime.now(UTC).date(), _titles(node), energy_of_tokens):
        yield snapshot, new


def _titles(node: Node) -> dict[str, str]:
    """The organisations' names for people, where the node has records of them."""
    if not node.points.organisations():
        return {}
    from bongsu.web.start import prepare

    prepare(node.root)
    from bongsu.web.accounts.tokens import titles

    return titles()
