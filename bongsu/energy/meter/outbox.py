"""The outbox: reports that wait to be sent, one file each, written atomically and kept until the node has confirmed them.

The folder is $XDG_STATE_HOME/bongsu/outbox (by default under ~/.local/state). A report that a node refuses permanently
moves to the folder `refused` next to the outbox, with the reason, for review. The outbox never contains a token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WaitingReport:
    """A report in the outbox: its file, the address of its node, and the report as parsed JSON."""

    file: Path
    node: str
    report: dict[str, object]


def outbox_folder() -> Path:
    """The outbox folder of this user."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "bongsu" / "outbox"


def queue_report(report: dict[str, object], node: str) -> Path:
    """Writes a report for `node` to the outbox and returns its file. When this returns, the file is synced to disk."""
    return _write(outbox_folder() / f"{report['id']}.json", {"node": node, "report": report})


def waiting_reports() -> Iterator[WaitingReport]:
    """The reports in the outbox, the oldest first. Skips files that are not outbox reports."""
    files = (
        [(path.stat().st_mtime, path) for path in outbox_folder().glob("*.json")] if outbox_folder().is_dir() else []
    )
    for _, path in sorted(files):
        try:
            content = json.loads(path.read_text("utf-8"))
            yield WaitingReport(path, content["node"], content["report"])
        except (OSError, ValueError, KeyError, TypeError):  # just sent by another process, or not an outbox report
            continue


def remove_report(waiting: WaitingReport) -> None:
    """Deletes a report from the outbox, once the node has confirmed it."""
    waiting.file.unlink(missing_ok=True)


def set_report_aside(waiting: WaitingReport, reason: str) -> None:
    """Moves a report that the node refused permanently to the folder `refused`, with the reason."""
    aside = waiting.file.parent.with_name("refused") / waiting.file.name
    _write(aside, {"node": waiting.node, "reason": reason, "report": waiting.report})
    remove_report(waiting)


def _write(path: Path, content: dict[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY) if os.name == "posix" else None
    if descriptor is not None:  # sync the folder, so that the new name survives a crash
        os.fsync(descriptor)
        os.close(descriptor)
    return path
