"""Reads every file of the node: which are damaged, and how much disk each part uses. The last result is stored.

Reading takes as long as the node is large, so pages show the stored result with its time. `bongsu doctor` and a daily duty
(`bongsu tend`) make it; the operator's desk does within a limit of seconds.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.db import DatabaseError, connection

from bongsu.core.errors import N_, BongsuError, Damaged
from bongsu.core.report import Report
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import dump_json, write_file
from bongsu.store.node import Node

FILE = "checkup.json"
SECONDS_ON_A_PAGE = 20.0

# The parts of a node's folder, in the order of the page: its names in the folder, and what it is.
PARTS = (
    (("snapshots",), N_("Raw files, as taken")),
    (("releases", "withdrawals"), N_("Releases")),
    (("files",), N_("Bulk files for download")),
    (("points",), N_("Meter reports")),
    (("holdings",), N_("Microdata")),
    (("flows", "languages"), N_("Own dataflows and languages")),
    (("builds",), N_("Last builds, with the rows that checks found")),
    (("records.sqlite3", "records.sqlite3-wal", "records.sqlite3-shm"), N_("Database of accounts")),
    (("journal.jsonl",), N_("Journal")),
    (("network", "peers"), N_("Public log, and what peers published")),
)
OTHER, BACKUPS = N_("Other files"), N_("Copies of the database (BONGSU_BACKUP)")
POSTGRESQL = N_("Database of accounts (PostgreSQL)")


class Part(NamedTuple):
    """The disk use of a part of the node: its name (translated when shown), its size in bytes, and its number of files.

    A database of a server, whose files are not the node's, has 0 files.
    """

    name: str
    size: int
    files: int


@dataclass(frozen=True)
class Checkup:
    """When the files were read (UTC), whether all were (False: the time was over), what is wrong, and the disk use."""

    at: str
    complete: bool
    problems: tuple[Report, ...]
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """The bytes of all parts."""
        return sum(part.size for part in self.parts)


class _TimeIsOver(Exception):
    """The limit of seconds has passed."""


def check_files(node: Node, seconds: float | None = None) -> Checkup:
    """Reads every file of the node, for at most `seconds`, and stores the result."""
    end = None if seconds is None else time.monotonic() + seconds

    def watch_time() -> None:
        if end is not None and time.monotonic() > end:
            raise _TimeIsOver

    parts: list[Part] = []
    problems: list[Report] = []
    complete = True
    try:
        parts += _measure(node.root, watch_time)
        for problem in _find_damage(Node(node.root), watch_time):  # opened anew: an open node verifies a file once
            problems.append(problem)
    except _TimeIsOver:
        complete = False
    checkup = Checkup(utc_now(), complete, tuple(problems), tuple(parts))
    _save(node, checkup)
    return checkup


def check_daily(node: Node, now: datetime) -> Report:
    """Checks the files, as a duty. Raises Damaged if any is damaged or missing."""
    checkup = check_files(node)
    if checkup.problems:
        raise Damaged(
            N_("Files that are damaged or missing: {count}."),
            fix=N_("The state of the node lists them."),
            count=len(checkup.problems),
        )
    return Report(N_("Every file is intact."))


def read_checkup(node: Node) -> Checkup | None:
    """Returns the stored result; None if the files were never checked."""
    try:
        data = json.loads((node.root / FILE).read_text(encoding="utf-8"))
        return Checkup(
            data["at"],
            data["complete"],
            tuple(Report.from_json(one) for one in data["problems"]),
            tuple(Part(*one) for one in data["parts"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _save(node: Node, checkup: Checkup) -> None:
    data = {**asdict(checkup), "problems": [one.to_json() for one in checkup.problems]}
    try:
        write_file(node.root / FILE, dump_json(data).encode())
    except OSError:
        return  # a full disk, or a folder that this user may read only, is no reason to hide the result


def _measure(root: Path, watch_time: Callable[[], None]) -> Iterator[Part]:
    """Yields the disk use of each part that has files. Links are not followed."""
    known = {name for names, _ in PARTS for name in names}
    others = tuple(entry.name for entry in os.scandir(root) if entry.name not in known)
    for names, title in (*PARTS, (others, OTHER)):
        sizes = [size for name in names for size in _list_sizes(root / name, watch_time)]
        if sizes:
            yield Part(title, sum(sizes), len(sizes))
    if (size := _measure_postgresql()) is not None:
        yield Part(POSTGRESQL, size, 0)
    backups = _backup_folder()
    if backups and not Path(backups).is_relative_to(root):
        sizes = list(_list_sizes(Path(backups), watch_time))
        yield Part(BACKUPS, sum(sizes), len(sizes))


def _measure_postgresql() -> int | None:
    """Returns the size of the records; None if they are a file of the node, or their server does not answer."""
    if not apps.ready or connection.vendor != "postgresql":
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    except DatabaseError:
        return None


def _backup_folder() -> str:
    try:
        from bongsu.web.settings import read_settings

        return str(read_settings()["BONGSU_BACKUP"])
    except BongsuError:  # a wrong setting, which is a problem of its own
        return ""


def _list_sizes(path: Path, watch_time: Callable[[], None]) -> Iterator[int]:
    watch_time()
    try:
        if path.is_dir() and not path.is_symlink():
            for entry in os.scandir(path):
                yield from _list_sizes(Path(entry.path), watch_time)
        else:
            yield path.lstat().st_size
    except (FileNotFoundError, PermissionError):
        return  # deleted meanwhile, or not this user's


def _find_damage(node: Node, watch_time: Callable[[], None]) -> Iterator[Report]:
    """Yields what is damaged or missing: lines of the journal and of public logs, files of releases, snapshots."""

    def look(check: Callable[[], object]) -> Iterator[Report]:
        watch_time()
        try:
            check()
        except BongsuError as error:
            yield Report.of_error(error)

    sealed: dict[str, str] = {}

    def read_journal() -> None:
        for line in node.journal.lines():
            watch_time()
            if line.event == "sealed":
                sealed[line.subject] = line.detail["content"]

    journal = list(look(read_journal))
    yield from journal
    releases = node.releases.all()
    for release in releases:
        yield from look(lambda release=release: node.releases.manifest(release))  # type: ignore[misc]
    for snapshot in node.snapshots.all():
        yield from look(lambda snapshot=snapshot: node.snapshots.read(snapshot))  # type: ignore[misc]
    yield from look(node.public_log.journal.verify)
    for folder in node.peers.all():
        yield from look(folder.log.verify)
        for release in folder.list_releases():
            yield from look(lambda folder=folder, release=release: folder.releases.manifest(release))  # type: ignore[misc]
    if journal:
        return  # its lines after the break are not known
    for release in releases:
        if sealed.pop(release.name, None) != release.content:
            yield Report(N_("{release} differs from the release that the journal records."), {"release": release.name})
    for name in sealed:
        yield Report(N_("{release} was sealed, but its files are missing."), {"release": name})
