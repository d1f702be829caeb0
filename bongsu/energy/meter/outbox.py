"""Reports that wait to be sent: one file each, written whole or not at all, and kept until a node has said that it has it.

The folder is $XDG_STATE_HOME/bongsu/outbox (~/.local/state without it). What a node refuses for good moves to the folder
`refused` beside it, with the reason, for a person to look at. Never holds a token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WaitingReport:
    """A waiting report: its file, the node it goes to, and the report as JSON."""

    file: Path
    node: str
    report: dict[str, object]


def outbox_folder() -> Path:
    """The outbox of this user."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "bongsu" / "outbox"


def queue_report(report: dict[str, object], node: str) -> Path:
    """Keeps a report for a node; when this returns it is on the disk."""
    return _write(outbox_folder() / f"{report['id']}.json", {"node": node, "report": report})


def waiting_reports() -> Iterator[WaitingReport]:
    """The reports that wait, the oldest first. A file that is no letter is left where it is and passed over."""
    files = (
        [(path.stat().st_mtime, path) for path in outbox_folder().glob("*.json")] if outbox_folder().is_dir() else []
    )
    for _, path in sorted(files):
        try:
            content = json.loads(path.read_text("utf-8"))
            yield WaitingReport(path, content["node"], content["report"])
        except (OSError, ValueError, KeyError, TypeError):  # sent by another process just now, or not ours
            continue


def remove_report(letter: WaitingReport) -> None:
    """The node has it."""
    letter.file.unlink(missing_ok=True)


def set_report_aside(letter: WaitingReport, reason: str) -> None:
    """The node will never take it: set aside with the reason."""
    aside = letter.file.parent.with_name("refused") / letter.file.name
    _write(aside, {"node": letter.node, "reason": reason, "report": letter.report})
    remove_report(letter)


def _write(path: Path, content: dict[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY) if os.name == "posix" else None
    if descriptor is not None:  # the new name itself must survive a crash, too
        os.fsync(descriptor)
        os.close(descriptor)
    return path
