"""The database of accounts on PostgreSQL: the setting is enough, and the tables are created."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def _as_postgres(folder: Path) -> dict[str, object]:
    """Returns arguments of subprocess.run that switch from root, as which PostgreSQL does not run, to the user postgres."""
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    for path in (folder, *folder.parents):
        if path.owner() == "root" and path.stat().st_mode & 0o001 == 0:
            path.chmod(path.stat().st_mode | 0o011)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = tmp_path / "pg"
    folder.mkdir()
    who = _as_postgres(folder)
    data, sockets = folder / "data", folder
    run = {"check": True, "capture_output": True, "cwd": folder, **who}
    subprocess.run([binaries / "initdb", "-D", data, "-U", "bongsu", "--auth=trust", "-N"], **run)  # type: ignore[call-overload]
    options = f"-c listen_addresses=127.0.0.1 -c port=54329 -c fsync=off -c unix_socket_directories={sockets}"
    subprocess.run([binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], **run)  # type: ignore[call-overload]
    yield "postgresql://bongsu@127.0.0.1:54329/postgres"
    subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]


def test_the_tables_are_created_in_postgresql(database: str, node_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from bongsu.web.django_setup import prepare_django; prepare_django(Path(sys.argv[1]))\n"
        "from django.contrib.auth.models import User; from django.db import connection\n"
        "User.objects.create_user('a'); print(connection.vendor, User.objects.count())"
    )
    environment = {**os.environ, "BONGSU_DATABASE": database}
    (node_folder / "records.sqlite3").unlink(missing_ok=True)  # another test may have created it
    done = subprocess.run(
        [sys.executable, "-c", code, str(node_folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["postgresql", "1"], done.stderr
    assert not (node_folder / "records.sqlite3").exists()
