"""What a node does with reports: keeps them (`take`), and once in a while adds them up for the release (`add_up`).

Adding up makes one snapshot an organisation, metered-energy-<organisation>: a CSV of kWh by hour and day. The release is
built of these snapshots like any other, so that every figure leads back to bytes under a hash.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date

from bongsu.core.provenance import Origin, Snapshot
from bongsu.energy.intake.energy_sums import EnergyRow, EnergySums, TokenEstimator, sum_energy
from bongsu.energy.intake.intake_report import IntakeReport
from bongsu.energy.intake.report_encoding import decode_report, encode_report
from bongsu.store.node import Node

SNAPSHOT_FAMILY = "metered-energy"
CSV_COLUMNS = ("meter", "component", "boundary", "kind", "frequency", "period", "kwh", "low", "high", "status")
_LICENCE = "CC-BY-4.0"


def keep_report(node: Node, organisation: str, report: IntakeReport) -> bool:
    """Keeps a report; True once it is on disk, False where this very message was kept before. Raises TryAgain, Damaged."""
    return node.points.append(
        organisation, bytes.fromhex(report.digest), encode_report(report), received=report.received
    )


def read_reports(node: Node, organisation: str) -> Iterator[IntakeReport]:
    """Every report of an organisation, in order of arrival."""
    return (decode_report(frame.payload) for frame in node.points.read(organisation))


def snapshot_energy(
    node: Node, today: date, titles: Mapping[str, str], estimate: TokenEstimator | None = None
) -> Iterator[tuple[Snapshot, bool, EnergySums]]:
    """A snapshot of each organisation's kWh, whether it is new, and what was left out of it.

    `today` (UTC) is still going on: its figures are provisional. `titles` are the organisations' names for people.
    """
    for organisation in node.points.organisations():
        found = sum_energy(read_reports(node, organisation), estimate)
        title = titles.get(organisation, organisation)
        origin = Origin(
            publisher=title,
            title=f"Metered energy of {title}, by hour and day",
            address=f"/energy/intake/#{organisation}",
            licence=_LICENCE,
        )
        vintage = max((row.period[:10] for row in found.rows), default=str(today))
        snapshot, new = node.snapshots.keep(
            f"{SNAPSHOT_FAMILY}-{organisation}", encode_rows(found.rows, today), origin, vintage
        )
        yield snapshot, new, found


def encode_rows(rows: tuple[EnergyRow, ...], today: date) -> bytes:
    """The rows as CSV; numbers as their shortest exact text, so that the same rows are the same bytes."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
    for row in rows:
        status = "P" if row.period[:10] >= str(today) else "E" if row.component == "inference" else "A"
        numbers = ("" if number is None else repr(number) for number in (row.kwh, row.low, row.high))
        table.writerow((*row[:2], str(row.boundary), str(row.kind), row.frequency, row.period, *numbers, status))
    return text.getvalue().encode()
