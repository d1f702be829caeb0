"""A node is made whole, opened cheaply, and shared between threads without a wrong answer."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bongsu.core.errors import BadInput, Busy, CheckFailed, Missing
from bongsu.core.selection import Selection
from bongsu.store.disk.files import lock_file
from bongsu.store.node import Node, read_secret
from tests.store.drafts import draft, rows


def test_a_node_is_never_made_over_something(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        Node.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(BadInput, match="agency"):
        Node.create(tmp_path / "node", agency="bad id")
    assert not (tmp_path / "node").exists()


def test_a_folder_that_is_no_node(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="bongsu init"):
        Node(tmp_path)
    with pytest.raises(Missing):
        read_secret(tmp_path)
    (tmp_path / "node.toml").write_text("format = ")
    with pytest.raises(BadInput, match=r"node\.toml"):
        Node(tmp_path)
    (tmp_path / "node.toml").write_text('format = "bongsu.node/9"')
    with pytest.raises(BadInput, match=r"bongsu\.node/9"):
        Node(tmp_path)


def test_the_secret_is_the_operators_alone(empty: Node) -> None:
    path = empty.root / "secret.key"
    assert path.stat().st_mode & 0o077 == 0
    assert len(read_secret(empty.root)) == 64


def test_threads_get_their_own_answers(empty: Node) -> None:
    release, _ = empty.releases.seal(draft(rows(2000)))
    flow = empty.releases.structure(release).dataflow
    expected = {r["REF_AREA"]: r["OBS_VALUE"] for r in rows(259)}

    def ask(area: str) -> bool:
        found = empty.observations(release, Selection.of(flow, [f"REF_AREA={area}", "YEAR=1990"])).to_pylist()
        return [row["OBS_VALUE"] for row in found] == [expected[area]]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, list(expected) * 4))


def test_one_process_seals_at_a_time(empty: Node) -> None:
    with (
        lock_file(empty.root / "sealing.lock"),
        pytest.raises(Busy),
        lock_file(empty.root / "sealing.lock", wait=False),
    ):
        pass


@pytest.mark.slow
def test_a_thousand_releases_open_in_a_second_and_answer_in_20_ms(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "node")
    observations = draft(rows(10_000))
    first, _ = node.releases.seal(observations)
    one = node.releases.root / "TEST_FLOW" / "0001"
    manifest = node.releases.manifest(first)
    from dataclasses import replace

    from bongsu.store.disk.files import dump_json
    from bongsu.store.releases.release_store import _add_seal

    for number in range(2, 1001):
        place = one.with_name(f"{number:04}")
        shutil.copytree(one, place)
        (place / "manifest.json").write_text(dump_json(_add_seal(replace(manifest, number=number))))
    Node(node.root)  # indexes what was copied in

    started = time.perf_counter()
    again = Node(node.root)
    releases = again.releases.all()
    opened = time.perf_counter() - started
    assert len(releases) == 1000
    assert opened < 1

    selection = Selection.of(again.releases.structure(first).dataflow, ["REF_AREA=KOR"])
    times = []
    for number in (500, 500, 501, 777, 777):
        release = again.releases.get("TEST_FLOW", number)
        started = time.perf_counter()
        assert again.observations(release, selection).num_rows > 30
        times.append(time.perf_counter() - started)
    assert (
        sorted(times)[2] < 0.02 * 3
    )  # the bar is 20 ms on a quiet machine (docs/benchmarks.md); tests run on busy ones


def test_a_failed_check_seals_nothing(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.energy.programme import PROGRAMME
    from bongsu.energy.sources import DATACENTRE_FIGURES
    from bongsu.store.building import build_releases

    node = Node(node_folder)
    before = node.releases.all()
    figures = node.snapshots.read(node.snapshots.newest(DATACENTRE_FIGURES.name))  # type: ignore[arg-type]
    wrong = figures.replace(b"IEA,2025,USA,BASE,2024,183,", b"IEA,2025,USA,BASE,2024,1830,")  # x 10
    assert wrong != figures
    node.snapshots.keep(DATACENTRE_FIGURES.name, wrong, DATACENTRE_FIGURES.origin, "wrong")
    with pytest.raises(CheckFailed, match="2063 / 415 TWh"):
        list(build_releases(node, PROGRAMME))
    assert node.releases.all() == before
