"""Stores reports on a node (`keep_report`) and sums them for the release (`snapshot_energy`).

Summing makes one snapshot per organisation, metered-energy-<organisation>: a CSV of kWh by hour and day. The release is
built from these snapshots like any other release, so that every value can be traced to bytes with a hash.
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
    """Stores a report on disk; returns False if the same message is already stored. Raises TryAgain, Damaged."""
    return node.report_log.append(
        organisation, bytes.fromhex(report.digest), encode_report(report), received=report.received
    )


def read_reports(node: Node, organisation: str) -> Iterator[IntakeReport]:
    """Yields every report of an organisation, in order of arrival."""
    return (decode_report(frame.payload) for frame in node.report_log.read(organisation))


def snapshot_energy(
    node: Node, today: date, titles: Mapping[str, str], estimate: TokenEstimator | None = None
) -> Iterator[tuple[Snapshot, bool, EnergySums]]:
    """Yields, for each organisation, the snapshot of its kWh, whether it is new, and its sums with what they leave out.

    The values of `today` (UTC) are provisional. `titles` maps organisations to their display names.
    """
    for organisation in node.report_log.organisations():
        found = sum_energy(read_reports(node, organisation), estimate)
        title = titles.get(organisation, organisation)
        origin = Origin(
            publisher=title,
            title=f"Metered energy of {title}, by hour and day",
            address=f"/energy/intake/#{organisation}",
            licence=_LICENCE,
        )
        vintage = max((row.period[:10] for row in found.rows), default=str(today))
        snapshot, new = node.snapshots.save(
            f"{SNAPSHOT_FAMILY}-{organisation}", encode_rows(found.rows, today), origin, vintage
        )
        yield snapshot, new, found


def encode_rows(rows: tuple[EnergyRow, ...], today: date) -> bytes:
    """Encodes the rows as CSV; numbers as their shortest exact text, so that equal rows give equal bytes."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
    for row in rows:
        status = "P" if row.period[:10] >= str(today) else "E" if row.component == "inference" else "A"
        numbers = ("" if number is None else repr(number) for number in (row.kwh, row.low, row.high))
        table.writerow((*row[:2], str(row.boundary), str(row.kind), row.frequency, row.period, *numbers, status))
    return text.getvalue().encode()
