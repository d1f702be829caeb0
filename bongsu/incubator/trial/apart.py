"""Runs a trial in a process of its own, for a process whose records are those of a node."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bongsu.core.errors import N_, CheckFailed
from bongsu.store.disk.files import write_file

MOST_SECONDS = 600
STUCK = 65  # the status of the command if something got stuck


def run_apart(texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns the report of `bongsu call try`, as it prints it with --json. Raises CheckFailed with what it says instead."""
    with tempfile.TemporaryDirectory(prefix="bongsu-try-") as folder:
        for name, text in texts.items():
            write_file(Path(folder) / name, text.encode())
        command = [sys.executable, "-m", "bongsu.cli", "call", "try", folder, "--json"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)  # noqa: S603
    if ran.returncode not in (0, STUCK) or not ran.stdout:
        lines = ran.stderr.strip().splitlines()
        raise CheckFailed(N_("The trial could not run: {reason}"), reason=_read_message(lines[-1]) if lines else "")
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


def _read_message(line: str) -> str:
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError, TypeError):
        return line[:300]
