"""The last build of every dataflow: when, what came of it, and the rows that its checks found.

builds/FLOW/build.json     the last build, whether it sealed a release or failed
builds/FLOW/parts.json     the hashes of what the release was made of; none if the build failed
builds/FLOW/traceback.txt  where the code broke, if it did
builds/FLOW/check-1.csv    the rows that its first check found, if any

A build that fails seals nothing: its findings are stored here alone. The next build of the dataflow replaces them.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bongsu.core.csv_cells import quote_formula
from bongsu.core.errors import N_
from bongsu.core.release import Finding
from bongsu.core.report import Report
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import dump_json, lock_file

SEALED, UNCHANGED, FAILED = N_("sealed"), N_("unchanged"), N_("failed")
NOTHING_TO_REPORT = Report()
MOST_ROWS = 100_000  # rows stored of one check


@dataclass(frozen=True)
class BuildRecord:
    """The last build of a dataflow: when it ended (UTC), its outcome, the release, why it failed, and its findings.

    `rows` has the number of rows that each finding is about; `read_rows` returns those that are stored. `parts` are the
    hashes of what a release was made of, which `read_parts` returns; `traceback` is where the code broke.
    """

    at: str
    outcome: str
    release: int | None = None
    report: Report = NOTHING_TO_REPORT
    findings: tuple[Finding, ...] = ()
    rows: tuple[int, ...] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)
    traceback: str = ""

    @classmethod
    def now(
        cls,
        outcome: str,
        release: int | None,
        report: Report,
        findings: tuple[Finding, ...],
        parts: Mapping[str, Any] | None = None,
        traceback: str = "",
    ) -> BuildRecord:
        """A build that has just ended."""
        return cls(utc_now(), outcome, release, report, findings, parts=parts or {}, traceback=traceback)


class BuildLog:
    """The last builds in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, flow: str, record: BuildRecord) -> None:
        """Replaces the record of a dataflow. The rows of its findings are written as CSV."""
        self.root.mkdir(parents=True, exist_ok=True)
        with lock_file(self.root / ".lock"):
            temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=self.root))
            try:
                for number, finding in enumerate(record.findings, 1):
                    if finding.rows:
                        (temporary / f"check-{number}.csv").write_text(write_csv(finding.rows), encoding="utf-8")
                data = {
                    "at": record.at,
                    "outcome": record.outcome,
                    "release": record.release,
                    "report": record.report.to_json(),
                    "findings": [finding.to_json() for finding in record.findings],
                    "rows": [len(finding.rows) for finding in record.findings],
                }
                (temporary / "build.json").write_text(dump_json(data), encoding="utf-8")
                if record.parts:
                    (temporary / "parts.json").write_text(dump_json(record.parts), encoding="utf-8")
                if record.traceback:
                    (temporary / "traceback.txt").write_text(record.traceback, encoding="utf-8")
                shutil.rmtree(self.root / flow, ignore_errors=True)
                temporary.chmod(0o755)
                temporary.rename(self.root / flow)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise

    def read(self, flow: str) -> BuildRecord | None:
        """Returns the last build of a dataflow; None if it was not built since this is recorded."""
        path = self.root / flow / "build.json"
        if not path.exists():
            return None
        data = json.loads(path.read_text(encoding="utf-8"))
        return BuildRecord(
            data["at"],
            data["outcome"],
            data["release"],
            Report.from_json(data["report"]),
            tuple(Finding.from_json(finding) for finding in data["findings"]),
            tuple(data["rows"]),
        )

    def read_parts(self, flow: str) -> dict[str, Any]:
        """Returns the hashes of what the last build sealed or found unchanged; empty if it failed, or none is stored."""
        path = self.root / flow / "parts.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def read_rows(self, flow: str, check: int) -> str:
        """Returns the stored rows of check number `check` (from 1) of the last build as CSV; "" if it found none."""
        path = self.root / flow / f"check-{check}.csv"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def write_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns rows as CSV with a header, at most MOST_ROWS of them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows[:MOST_ROWS]:
        writer.writerow({name: quote_formula(cell) for name, cell in row.items()})
    return text.getvalue()
