"""`bongsu serve`: serves the node's pages and data over HTTP with granian, until Ctrl-C."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from bongsu.cli.commands import Arguments, Option
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_, Busy
from bongsu.web.django_setup import prepare_django, write_static_files


def run(args: Arguments, terminal: Terminal) -> int:
    """Serves until stopped. Raises Busy if the port is in use, Misconfigured for a wrong setting."""
    from bongsu.store.node import Node

    for name, value in (("BONGSU_HOST", args.host), ("BONGSU_PORT", args.port)):
        if value is not None:
            os.environ[name] = value
    node = Node(Path(args.node))
    name_shown = node.name_in(get_language())  # a wrong table [site] stops the start
    prepare_django(node.root)
    write_static_files()
    from bongsu.publish.sdmx.http_responses import LARGE_SLOTS
    from bongsu.web.settings import read_settings
    from bongsu.web.site_address import name_host

    settings = read_settings()
    threads = settings["BONGSU_THREADS"] + LARGE_SLOTS
    host, port = settings["BONGSU_HOST"], settings["BONGSU_PORT"]
    _check_free(host, port)
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    terminal.say(translate(N_("{name} is at http://{host}:{port}  (Ctrl-C stops it)")).format(
        name=name_shown, host=name_host(host), port=port
    ))  # fmt: skip
    _offer_first_operator(terminal)
    server = Granian(
        "bongsu.cli.serve:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings["BONGSU_WORKERS"],
        blocking_threads=threads,
        backpressure=threads * 16,
        log_level=LogLevels.error,
        websockets=False,
        workers_kill_timeout=10,
    )
    with _tending(node.root) if args.tend else nullcontext():
        server.serve()
    terminal.say(translate(N_("Stopped.")))
    return 0


@contextmanager
def _tending(node: Path) -> Iterator[None]:
    """Runs `bongsu tend` in a process of its own, which ends with this one, even if this one is killed."""
    command = [sys.executable, "-m", "bongsu.cli", "tend", "--parent", str(os.getpid()), "--node", str(node)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  this command itself
    try:
        yield
    finally:
        process.terminate()  # after its current duty
        process.wait()


def _offer_first_operator(terminal: Terminal) -> None:
    """Prints a link that makes the first operator, while the node has none."""
    from bongsu.people.first_operator import has_operator, make_first_operator_link
    from bongsu.web.site_address import site_address

    if not has_operator():
        link = site_address(None, "become-operator", make_first_operator_link())
        terminal.say(
            translate(N_("This node has no operator. Become it here, once, within two days: {link}")).format(link=link)
        )


def application() -> Any:
    """Returns the WSGI application; called in each worker process of the server.

    Ctrl-C sends SIGINT to every process, and the parent also stops its workers; a worker that is stopped twice may hang.
    Workers therefore block SIGINT.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    from bongsu.web.wsgi import application

    gc.freeze()  # objects loaded so far live as long as the process: exclude them from garbage collection
    return application


def _end_with(parent: Any) -> None:
    """Ends this worker when the server's main process has ended, even if that was killed: nobody would stop it."""
    parent.join()
    os._exit(1)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as wrong:
            raise Busy(
                N_("The node cannot listen on {host}:{port}: {reason}."),
                fix=N_("Stop the program that uses it, or choose another port with --port."),
                host=host,
                port=port,
                reason=wrong.strerror,
            ) from None


EXAMPLES = ("bongsu serve", "bongsu serve --tend", "bongsu serve --host 0.0.0.0 --port 80")
PARAMETERS = (
    Option("--host", metavar="ADDRESS", help=N_("the address to listen on (default: BONGSU_HOST)")),
    Option("--port", metavar="N", help=N_("the port to listen on (default: BONGSU_PORT)")),
    Option("--tend", is_flag=True, help=N_("do the node's duties too (bongsu tend)")),
)
