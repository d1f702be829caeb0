"""The records on PostgreSQL: the setting is enough, the tables are made, and the tests of rooms with records pass there."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.web.served import free_port, served

FOLDERS = [
    "people",
    "commons/proposals",
    "commons/editing",
    "commons/harvest_runs",
    "credits",
    "incubator/test_opening.py",
    "network/test_questions.py",
]
pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def _as_postgres(folder: Path) -> dict[str, object]:
    """Returns arguments of subprocess.run that switch from root, as which PostgreSQL does not run, to the user postgres."""
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    port = free_port()
    # Not in pytest's folder, to which another run of pytest denies access again.
    with tempfile.TemporaryDirectory(prefix="bongsu-postgres-") as made:
        folder = Path(made)
        who = _as_postgres(folder)
        data, sockets = folder / "data", folder
        run = {"check": True, "capture_output": True, "cwd": folder, **who}
        subprocess.run([binaries / "initdb", "-D", data, "-U", "bongsu", "--auth=trust", "-N"], **run)  # type: ignore[call-overload]
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c fsync=off -c unix_socket_directories={sockets}"
        options += " -c synchronous_commit=off"
        subprocess.run([binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], **run)  # type: ignore[call-overload]
        yield f"postgresql://bongsu@127.0.0.1:{port}/postgres"
        subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]


def test_the_tables_are_created_in_postgresql(database: str, node_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from bongsu.web.django_setup import prepare_django; prepare_django(Path(sys.argv[1]))\n"
        "from bongsu.people.access import NOBODY; from bongsu.people.models import AuditLine\n"
        "from bongsu.people.persons import ensure_person; from django.db import connection\n"
        "made = ensure_person(NOBODY, 'tables@stat.example')\n"
        "print(connection.vendor, AuditLine.objects.filter(object_id=str(made.pk)).count())"
    )
    environment = {**os.environ, "BONGSU_DATABASE": database}
    (node_folder / "records.sqlite3").unlink(missing_ok=True)  # another test may have created it
    done = subprocess.run(
        [sys.executable, "-c", code, str(node_folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["postgresql", "1"], done.stderr
    assert not (node_folder / "records.sqlite3").exists()


def test_tests_of_records_pass_on_postgresql(database: str, pytestconfig: pytest.Config) -> None:
    """A third of them, another one each day: three days or `make postgres` run all."""
    third = [] if pytestconfig.getoption("whole_postgres") else [f"--third={datetime.now(UTC).date().toordinal() % 3}"]
    command = [sys.executable, "-m", "pytest", "-v", "-x", "-p", "no:cacheprovider", "-m", "not slow", *third]
    command += ["-k", "not few_reach_a_hash"]  # the same on any database
    done = subprocess.run(
        [*command, *(Path(__file__).parents[1] / folder for folder in FOLDERS)],
        env={**os.environ, "BONGSU_DATABASE": database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    for room in ("people", "commons", "credits"):
        assert len(re.findall(rf"^tests/{room}/\S+::.* PASSED", done.stdout, re.MULTILINE)) >= 20, room


def _serve_many(database: str, node_folder: Path, posts: int) -> list[int]:
    """Serves the node on the database and asks for links, many at once. Returns the statuses."""
    with served(node_folder, BONGSU_DATABASE=database, BONGSU_DATABASE_CONNECTIONS="4") as server:
        page = server.get("/en/account/login/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
        assert token, page.body
        cookie = page.headers["set-cookie"].split(";")[0]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie,
            "Host": "localhost",
            "Accept": "text/html",
        }

        def ask(number: int) -> int:
            form = urlencode({"csrfmiddlewaretoken": token[1].decode(), "link-email": f"kim{number}@stat.example"})
            return server.post("/en/account/link/", form.encode(), headers).status

        with ThreadPoolExecutor(posts) as pool:
            return list(pool.map(ask, range(posts)))


def test_many_posts_at_once_use_few_connections(database: str, node_folder: Path) -> None:
    statuses = _serve_many(database, node_folder, 120)
    assert set(statuses) <= {200, 429, 503}, statuses
    assert statuses.count(200) >= 15


def test_a_database_that_is_away_is_a_503_with_retry_after(node_folder: Path) -> None:
    address = f"postgresql://bongsu@127.0.0.1:{free_port()}/postgres?connect_timeout=2"
    code = (
        "import os, sys; from pathlib import Path\n"
        "from bongsu.web.django_setup import setup_django; setup_django(Path(sys.argv[1]))\n"
        "from django.test import Client\n"
        "client = Client(headers={'host': 'localhost', 'accept': 'text/html'}, raise_request_exception=False)\n"
        "client.cookies['sessionid'] = 'a' * 32\n"
        "for path in ('/en/account/', '/en/glossary/'):\n"
        "    answer = client.get(path); print(answer.status_code, answer.get('Retry-After'))\n"
        "client = Client(headers={'host': 'localhost', 'accept': 'text/html'}, raise_request_exception=False)\n"
        "answer = client.post('/en/account/link/', {'link-email': 'kim@stat.example'})\n"
        "print(answer.status_code, answer.get('Retry-After')); print(client.get('/en/glossary/').status_code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(node_folder)],
        env={**os.environ, "BONGSU_DATABASE": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["503 5", "503 5", "503 5", "200"], (done.stdout, done.stderr[-2000:])
