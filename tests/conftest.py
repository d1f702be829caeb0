"""What every test may use: a node with the first releases, excerpts of public data, and the parts that some tests need."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow to draw and to run examples: no test fails for that.
settings.register_profile(
    "bongsu", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("bongsu")

CI = os.environ.get("CI") == "true"
os.environ.setdefault("BONGSU_NODE", "no-node")
os.environ.setdefault("BONGSU_ASK_SOURCES", "no")  # no test asks another machine
atexit.register(gc.freeze)  # as the command does: a library may crash when it is collected at the very end
os.environ.setdefault("BONGSU_LANGUAGE", "en")


class Part(NamedTuple):
    """A part of the machine that only some tests need: how to see whether it is there, and how to install it."""

    present: bool
    install: str
    always_in_ci: bool = True


def _postgres() -> Path | None:
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


def _gpu() -> bool:
    import pynvml

    try:
        pynvml.nvmlInit()
        return bool(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return False


EXCERPTS = Path(__file__).parent / "specimens" / "excerpts"
# The folder of the publishers' whole files, which the excerpts are taken from, or None.
WHOLE_FILES = Path(os.environ["BONGSU_DATA"]) if os.environ.get("BONGSU_DATA") else None
# Copyleft programs that tests compare with: in an environment of their own, never beside the code.
ORACLES = Path(__file__).parents[1] / "build" / "oracles" / "bin"
PARTS = {
    "chromium": Part(shutil.which("chromium") is not None, "apt-get install chromium"),
    "postgres": Part(_postgres() is not None, "apt-get install postgresql"),
    "poppler": Part(shutil.which("pdftotext") is not None, "apt-get install poppler-utils"),
    "beancount": Part((ORACLES / "bean-check").exists(), "make oracles"),
    "java": Part(shutil.which("java") is not None, "apt-get install default-jre-headless"),
    "gpu": Part(_gpu(), "an NVIDIA GPU with its driver", always_in_ci=False),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole-postgres", action="store_true", help="run every test on PostgreSQL, not a third (make postgres)"
    )
    parser.addoption("--third", type=int, choices=range(3), help="run the tests of one third, by their names, alone")


def pytest_configure(config: pytest.Config) -> None:
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as in the background of a script; what tests start inherits it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, part in PARTS.items():
        config.addinivalue_line("markers", f"{name}: needs {name} ({part.install})")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    # Before xdist starts its workers: an error that a worker raises while it collects ends in an INTERNALERROR.
    missing = [f"{name} ({part.install})" for name, part in PARTS.items() if part.always_in_ci and not part.present]
    if CI and missing:
        raise pytest.UsageError(f"CI leaves no test out, but these are missing: {', '.join(missing)}")
    if WHOLE_FILES and not WHOLE_FILES.is_dir():
        raise pytest.UsageError(f"BONGSU_DATA is not a folder: {WHOLE_FILES}")


def pytest_report_header() -> str:
    more = f"and whole files in {WHOLE_FILES}" if WHOLE_FILES else "(set BONGSU_DATA to run on whole files too)"
    return f"public data: excerpts {more}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    third = config.getoption("third")
    if third is not None:
        items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % 3 == third]
    # The longest first: whole folders on PostgreSQL, which one process would else run alone at the end.
    items.sort(key=lambda item: item.path.name != "test_postgres.py")
    for item in items:
        for name, part in PARTS.items():
            if not part.present and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=f"left out: needs {name}; to install it: {part.install}"))


@pytest.fixture(scope="session", params=["excerpts", "whole"] if WHOLE_FILES else ["excerpts"])
def data(request: pytest.FixtureRequest) -> Path:
    """The folder of excerpts of public data; with BONGSU_DATA, the test runs a second time, on the whole files."""
    return WHOLE_FILES if request.param == "whole" and WHOLE_FILES else EXCERPTS


@pytest.fixture(scope="session")
def whole(data: Path) -> bool:
    """Whether `data` is the folder of whole files, for numbers that are published for the whole file."""
    return data != EXCERPTS


@pytest.fixture(scope="session", autouse=True)
def builds_without_records() -> Iterator[None]:
    """Builds in this process read no database: a test of records that builds read adds them itself.

    The command would prepare the records of its own node, but this process has those of the tests.
    """
    from bongsu.cli import records
    from bongsu.store.building import builds as building

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "_record_writers", [])
        patch.setattr(records, "has_database", lambda root: False)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keeps the records in a file, as a node does: SQLite in memory knows no transactions beside each other."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("records") / "records.sqlite3")


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node with every programme's first releases. Read it; to change a node, use `node`."""
    from bongsu.store.building.builds import LeftOut, build_releases
    from bongsu.store.node import Node
    from bongsu.store.own_flows.node_programmes import installed_programmes

    root = tmp_path_factory.mktemp("starter") / "node"
    node = Node.create(root, name="Test node", agency="TEST")
    for programme in installed_programmes():
        for source in programme.sources:
            node.snapshots.take(source)
        assert not [one for one in build_releases(node, programme) if isinstance(one, LeftOut)]
    return root


@pytest.fixture
def node_folder(starter: Path, tmp_path: Path) -> Path:
    """A copy of the starter node's folder that a test may change."""
    copy = tmp_path / "node"
    shutil.copytree(starter, copy)
    return copy


@pytest.fixture
def node(node_folder: Path) -> object:
    """An opened copy of the starter node that a test may change."""
    from bongsu.store.node import Node

    return Node(node_folder)


@pytest.fixture
def empty(tmp_path: Path) -> object:
    """An opened node without snapshots or releases."""
    from bongsu.store.node import Node

    return Node.create(tmp_path / "empty")


@pytest.fixture
def served() -> Iterator[object]:
    """A server on loopback whose answers the test writes (tests/served_answers.py)."""
    from tests.served_answers import Served

    server = Served()
    yield server
    server.close()
