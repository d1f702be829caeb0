"""What every test may use: a node with the first releases, the shared data, and the parts of a machine that some need."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

CI = os.environ.get("CI") == "true"
os.environ.setdefault("BONGSU_NODE", "no-node")
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


DATA = Path(os.environ.get("BONGSU_DATA", Path(__file__).parents[2] / "shared" / "data"))
PARTS = {
    "chromium": Part(shutil.which("chromium") is not None, "apt-get install chromium"),
    "postgres": Part(_postgres() is not None, "apt-get install postgresql"),
    "poppler": Part(shutil.which("pdftotext") is not None, "apt-get install poppler-utils"),
    "java": Part(shutil.which("java") is not None, "apt-get install default-jre-headless"),
    "data": Part(DATA.is_dir(), "set BONGSU_DATA to the folder of shared data"),
    "gpu": Part(_gpu(), "an NVIDIA GPU with its driver", always_in_ci=False),
}


def pytest_configure(config: pytest.Config) -> None:
    for name, part in PARTS.items():
        config.addinivalue_line("markers", f"{name}: needs {name} ({part.install})")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


def _left_out(item: pytest.Item) -> list[str]:
    named = {name for name in PARTS if item.get_closest_marker(name)}
    if "data" in getattr(item, "fixturenames", ()):
        named.add("data")
    return sorted(name for name in named if not PARTS[name].present)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for name in _left_out(item):
            if CI and PARTS[name].always_in_ci:
                raise pytest.UsageError(f"CI leaves nothing out, but {name} is missing: {PARTS[name].install}")
            item.add_marker(pytest.mark.skip(reason=f"left out: needs {name}; to install it: {PARTS[name].install}"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of shared public data."""
    return DATA


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node with every programme's first releases. Read it; to change a node, use `node`."""
    from bongsu.cli.programmes import PROGRAMMES
    from bongsu.store.building import build_releases
    from bongsu.store.node import Node

    root = tmp_path_factory.mktemp("starter") / "node"
    node = Node.create(root, name="Test node", agency="TEST")
    for programme in PROGRAMMES:
        for source in programme.sources:
            node.snapshots.take(source)
        list(build_releases(node, programme))
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
