"""Tests of nodes: creation, access from several threads, and the number of files that are read."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bongsu.core.errors import BadInput, Busy, CheckFailed, Damaged, Missing
from bongsu.core.provenance import Origin
from bongsu.core.release import Manifest
from bongsu.core.selection import Selection
from bongsu.store.disk.files import dump_json, lock_file
from bongsu.store.node import Node, read_secret
from bongsu.store.query_engine import ROW_GROUP_SIZE
from bongsu.store.releases import release_store
from bongsu.store.releases.release_files import add_seal
from tests.store.drafts import draft, flow, rows


def test_a_node_is_not_created_in_a_folder_with_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        Node.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(BadInput, match="agency"):
        Node.create(tmp_path / "node", agency="bad id")
    assert not (tmp_path / "node").exists()


def test_a_folder_that_is_not_a_node_is_refused(tmp_path: Path) -> None:
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


def test_a_node_has_an_id_and_others_may_read_what_it_publishes(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "missing" / "node")
    assert re.fullmatch("[0-9a-f]{16}", node.identity.id)
    assert node.root.stat().st_mode & 0o777 == 0o755


def test_reading_does_not_wait_for_a_process_that_seals(empty: Node) -> None:
    """What it has half-written is left to it, and cleared once it is gone."""
    half = empty.releases.root / ".sealing-x"
    half.mkdir()
    with lock_file(empty.releases.root.parent / "sealing.lock"):
        assert Node(empty.root).releases.all() == []
        assert half.exists()
    assert Node(empty.root).releases.all() == []
    assert not half.exists()


def test_only_the_operator_can_read_the_secret_key(empty: Node) -> None:
    path = empty.root / "secret.key"
    assert path.stat().st_mode & 0o077 == 0
    assert len(read_secret(empty.root)) == 64


def test_threads_get_their_own_results(empty: Node) -> None:
    release, _ = empty.releases.seal(draft(rows(2000)))
    flow = empty.releases.structure(release).dataflow
    expected = {r["REF_AREA"]: r["OBS_VALUE"] for r in rows(259)}

    def ask(area: str) -> bool:
        found = empty.observations(release, Selection.parse(flow, [f"REF_AREA={area}", "YEAR=1990"])).to_pylist()
        return [row["OBS_VALUE"] for row in found] == [expected[area]]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, list(expected) * 4))


def test_the_index_is_read_by_every_thread(empty: Node) -> None:
    empty.releases.seal(draft(rows(2)))
    assert len(empty.releases.all()) == 1  # opens the index in this thread
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(empty.releases.all).result()) == 1


def test_one_process_seals_at_a_time(empty: Node) -> None:
    with (
        lock_file(empty.root / "sealing.lock"),
        pytest.raises(Busy),
        lock_file(empty.root / "sealing.lock", wait=False),
    ):
        pass


class Reads:
    """Counts the manifests that are parsed and the files that are hashed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.manifests = self.hashed = 0
        parse, hash_ = release_store.read_manifest, release_store.hash_file

        def count_manifest(path: Path) -> Manifest:
            self.manifests += 1
            return parse(path)

        def count_hash(path: Path) -> str:
            self.hashed += 1
            return hash_(path)

        monkeypatch.setattr(release_store, "read_manifest", count_manifest)
        monkeypatch.setattr(release_store, "hash_file", count_hash)


@pytest.mark.slow
def test_a_thousand_releases_are_listed_from_the_index_and_each_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bench/releases.py measures the time."""
    node = Node.create(tmp_path / "node")
    first, _ = node.releases.seal(draft(rows(10_000)))
    one = node.releases.root / "TEST_FLOW" / "0001"
    manifest = node.releases.manifest(first)
    for number in range(2, 1001):
        place = one.with_name(f"{number:04}")
        shutil.copytree(one, place)
        (place / "manifest.json").write_text(dump_json(add_seal(replace(manifest, number=number))))
    Node(node.root)  # adds the copied releases to the index

    reads = Reads(monkeypatch)
    again = Node(node.root)
    assert len(again.releases.all()) == 1000
    assert again.releases.current("TEST_FLOW").number == 1000
    assert (reads.manifests, reads.hashed) == (0, 0)

    selection = Selection.parse(again.releases.structure(first).dataflow, ["REF_AREA=KOR"])
    before = (reads.manifests, reads.hashed)
    assert before == (1, 1)  # the manifest and the structure of the first release
    for number in (500, 500, 501, 777, 777):
        assert again.observations(again.releases.get("TEST_FLOW", number), selection).num_rows > 30
    assert (reads.manifests - before[0], reads.hashed - before[1]) == (3, 6)  # three releases, two files each


def bytes_read() -> int:
    """Returns the number of bytes that this process has read from files."""
    return int(Path("/proc/self/io").read_text().split()[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="reads /proc")
def test_a_filtered_read_leaves_most_of_the_file_unread(empty: Node) -> None:
    """The file has eight row groups, sorted by area; the rows of one country are in one or two of them."""
    few = draft(rows(3)).observations
    areas = sorted({row["REF_AREA"] for row in rows(250)})
    number = 8 * ROW_GROUP_SIZE
    columns = {name: pa.repeat(few.column(name)[0], number) for name in few.column_names} | {
        "REF_AREA": pa.array([areas[n % len(areas)] for n in range(number)]),
        "TIME_PERIOD": pa.array([str(1000 + n // len(areas)) for n in range(number)]),
        "OBS_VALUE": pa.array(np.random.default_rng(1).random(number)),  # values that do not compress
        "SOURCE": pa.array([f"number {n * 7919 % number}" for n in range(number)]),
    }
    release, _ = empty.releases.seal(draft(pa.table(columns).select(flow().columns)))
    size = empty.releases.path(release).stat().st_size
    selection = Selection.parse(flow(), ["REF_AREA=KOR"])
    empty.observations(release, selection)  # verifies the file, and so reads all of it
    before = bytes_read()
    assert empty.observations(release, selection).num_rows == number // len(areas) + 1
    one_country = bytes_read() - before
    before = bytes_read()
    assert empty.observations(release).num_rows == number
    whole = bytes_read() - before
    assert one_country < size / 3 < whole


def test_a_failed_check_seals_nothing(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.energy.dataflows.datacentre_electricity import FIGURES
    from bongsu.store.building.builds import LeftOut, build_releases
    from bongsu.store.tables.programmes import read_programme

    node = Node(node_folder)
    before = node.releases.all()
    figures = node.snapshots.read(node.snapshots.newest(FIGURES.name))  # type: ignore[arg-type]
    wrong = figures.replace(b"IEA,2025,USA,BASE,2024,183,", b"IEA,2025,USA,BASE,2024,1830,")  # x 10
    assert wrong != figures
    node.snapshots.save(FIGURES.name, wrong, FIGURES.origin, "wrong")
    (left_out,) = (one for one in build_releases(node, read_programme("energy")) if isinstance(one, LeftOut))
    assert isinstance(left_out.error, CheckFailed)
    assert "2063 / 415 TWh" in str(left_out.error)
    assert node.releases.all() == before


def test_errors_show_paths_of_the_node_and_not_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    node = Node.create(Path("office"))
    origin = Origin("Office", "Firms", "", "MIT")
    snapshot, _ = node.snapshots.save("firms", b"1", origin, "2025")
    (node.root / "snapshots" / "bytes" / snapshot.sha256[:2] / snapshot.sha256).write_bytes(b"2")
    with pytest.raises(Damaged) as damaged:
        node.snapshots.read(snapshot)
    assert damaged.value.where == f"snapshots/bytes/{snapshot.sha256[:2]}/{snapshot.sha256}"
    for text, said in (("format = [", "not valid TOML"), ('format = "bongsu.node/1"\n', "“id” is missing")):
        (node.root / "node.toml").write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=said) as caught:
            Node(Path("office"))
        assert caught.value.where.partition(",")[0] == "office/node.toml"


@pytest.mark.parametrize("name", ["A\nB", "A\\", 'A "B"', "A\x00", "A\x7f"])
def test_a_name_that_node_toml_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="backslashes"):
        Node.create(tmp_path / "node", name=name)
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("agency", ["", "kr", "1A", "É", "A-B", "Ａ", "A\n", "서울"])
def test_an_agency_is_an_id_of_sdmx(tmp_path: Path, agency: str) -> None:
    with pytest.raises(BadInput, match="agency"):
        Node.create(tmp_path / "node", agency=agency)


def test_a_node_may_be_edited_on_windows(tmp_path: Path) -> None:
    Node.create(tmp_path / "node", name="서울\tNode")
    file = tmp_path / "node" / "node.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert Node(tmp_path / "node").identity.name == "서울\tNode"
