"""Runs the commands of a node, each in a process of its own that is forked from one where Django is set up.

A new process needs a second of processor time to import Bongsu and to find that the tables are there. What a command does when
it starts, before it opens its node, is tested with new processes (tests/cli/test_verbs.py, test_commands.py).
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


class _Server:
    """A process that is ready to run commands of one node in one environment; it ends when its input is closed."""

    def __init__(self, node: Path, environment: dict[str, str]) -> None:
        self.key = (node, environment)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(node)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        assert self._process.stdin
        assert self._process.stdout
        with tempfile.TemporaryDirectory() as made:
            files = [f"{made}/out", f"{made}/err"]
            print(json.dumps([words, str(Path.cwd()), *files]), file=self._process.stdin, flush=True)
            status = self._process.stdout.readline()
            assert status, "the process that runs commands has ended"
            return subprocess.CompletedProcess(words, int(status), *(Path(file).read_text() for file in files))

    def stop(self) -> None:
        self._process.communicate()


_servers: list[_Server] = []  # one at most


def run_command(node: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs `bongsu WORDS --node NODE` with further variables of the environment; the node has its tables."""
    environment = {**os.environ, **settings}
    environment.pop("PYTEST_CURRENT_TEST", None)
    if not _servers or _servers[0].key != (node, environment):
        stop_server()
        _servers.append(_Server(node, environment))
    return _servers[0].run((*words, "--node", str(node)))


@atexit.register
def stop_server() -> None:
    """Ends the process that runs commands, if there is one."""
    while _servers:
        _servers.pop().stop()


def _serve(node: Path) -> None:
    """Runs the commands that standard input names, one a line, and prints the status of each."""
    import bongsu.cli
    from bongsu.web import django_setup

    django_setup.prepare_django(node)
    from django.db import connections

    connections.close_all()
    for line in sys.stdin:
        words, folder, out, err = json.loads(line)
        child = os.fork()
        if not child:
            os.chdir(folder)
            _redirect(0, os.devnull, os.O_RDONLY)
            _redirect(1, out, os.O_WRONLY | os.O_CREAT)
            _redirect(2, err, os.O_WRONLY | os.O_CREAT)
            sys.argv = ["bongsu", *words]
            sys.exit(_run(bongsu.cli.main, node, django_setup))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def _redirect(number: int, file: str, flags: int) -> None:
    opened = os.open(file, flags)
    os.dup2(opened, number)
    os.close(opened)


def _run(main: Any, node: Path, django_setup: Any) -> int:
    """Runs the command, which must set Django up itself before it opens the database, as it must in a new process."""
    from django.db import connection

    prepared: list[Path] = []
    set_up = django_setup.setup_django

    def note(node: Path) -> None:
        prepared.append(node.resolve())
        set_up(node)

    django_setup.setup_django = note
    status: int = main()
    assert prepared or connection.connection is None, "the command does not set up Django for the records that it uses"
    assert set(prepared) <= {node.resolve()}
    return status


if __name__ == "__main__":
    sys.path.pop(0)  # this folder
    _serve(Path(sys.argv[1]))
