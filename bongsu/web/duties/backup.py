"""A daily copy of the database of accounts. Releases, snapshots and the journal are files: copy the node's folder for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from bongsu.core.errors import N_, Misconfigured
from bongsu.core.report import Report
from bongsu.store.node import Node

KEPT = 14
_NAME = "records-{date}.sqlite3"


def back_up(node: Node, now: datetime) -> Report:
    """Copies the database to the folder BONGSU_BACKUP. Raises Misconfigured for PostgreSQL, or without such a folder."""
    if not settings.BONGSU_BACKUP:
        return Report(N_("No copy is made: BONGSU_BACKUP is empty."))
    if connection.vendor != "sqlite":
        raise Misconfigured(
            N_("BONGSU_BACKUP copies SQLite only."),
            fix=N_("Copy PostgreSQL with pg_dump, and leave BONGSU_BACKUP empty."),
        )
    copy = copy_database(Path(connection.settings_dict["NAME"]), Path(settings.BONGSU_BACKUP), f"{now:%Y-%m-%d}")
    return Report(N_("The database of accounts was copied to “{file}”."), {"file": copy.name})


def copy_database(database: Path, folder: Path, date: str) -> Path:
    """Copies a SQLite database that may be in use, and deletes all but the newest copies. Raises Misconfigured."""
    if not folder.is_dir():  # not made here: a disk that is not mounted must be noticed
        raise Misconfigured(N_("There is no folder “{folder}” for backups (BONGSU_BACKUP)."), folder=folder)
    copy = folder / _NAME.format(date=date)
    unfinished = copy.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)  # the copy has addresses of people
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    unfinished.replace(copy)
    for old in sorted(folder.glob(_NAME.format(date="*")))[:-KEPT]:
        old.unlink()
    return copy
