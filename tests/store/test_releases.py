"""Tests of releases: sealed completely or not at all, verified when read, withdrawn but kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, BongsuError, Busy, Damaged, Missing, UnknownName
from bongsu.store.disk.files import lock_file
from bongsu.store.node import Node
from bongsu.store.releases import release_store
from bongsu.store.tables.definitions import code_lists
from tests.store.drafts import draft, rows


def files(node: Node) -> list[Path]:
    return sorted(path for path in node.releases.root.rglob("*") if path.is_file())


def test_a_release_is_read_as_it_was_sealed(empty: Node) -> None:
    release, new = empty.releases.seal(draft(rows(700)))
    assert new
    assert (release.number, release.rows) == (1, 700)
    assert sorted(empty.observations(release).column("OBS_VALUE").to_pylist()) == [float(n) for n in range(700)]


areas = st.sampled_from([code.id for code in code_lists()["CL_AREA"]])
years = st.integers(1900, 2100).map(str)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.none()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.tuples(areas, years), st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=40))
def test_any_valid_observations_are_read_as_they_were_sealed(
    tmp_path_factory: pytest.TempPathFactory, cells: dict[Any, Any]
) -> None:
    observations = []
    for (area, year), numbers in cells.items():
        known = sorted(number for number in numbers if number is not None)
        low, value, high = known if len(known) == 3 else (None, known[0] if known else 0.0, None)
        observations.append(
            {
                **rows(1)[0],
                "REF_AREA": area,
                "TIME_PERIOD": year,
                "OBS_VALUE": value,
                "LOWER_BOUND": low,
                "UPPER_BOUND": high,
            }
        )
    node = Node.create(tmp_path_factory.mktemp("laws") / "node")
    release, _ = node.releases.seal(draft(observations))
    back = {(r["REF_AREA"], r["TIME_PERIOD"]): r for r in node.observations(release).to_pylist()}
    assert {key: row["OBS_VALUE"] for key, row in back.items()} == {
        (row["REF_AREA"], row["TIME_PERIOD"]): row["OBS_VALUE"] for row in observations
    }


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"OBS_VALUE": None}, "a value or a range"),
        ({"OBS_VALUE": float("nan")}, "finite"),
        ({"OBS_VALUE": float("inf")}, "finite"),
        ({"LOWER_BOUND": 10.0}, "low <= value"),
        ({"UPPER_BOUND": -10.0}, "low <= value"),
        ({"KIND": None}, "empty"),
        ({"REF_AREA": ""}, "empty"),
        ({"COLOUR": "red", "SIZE": 1}, "has no column COLOUR, SIZE"),
        ({"REF_AREA": "KOR", "TIME_PERIOD": "2024"}, "once"),
    ],
)
def test_observations_that_break_a_rule_are_refused_as_a_whole(empty: Node, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(BadInput, match=rule):
        empty.releases.seal(draft(rows(3, **changes)))
    assert files(empty) == []
    assert empty.releases.all() == []


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        (("2023", "2023-A1"), "each key occurs once"),
        (("2023-05", "2023-M05"), "each key occurs once"),
        (("2023-01-01T09:00:00+09:00", "2023-01-01T00:00:00Z"), "each key occurs once"),
        (("2023", "２０２３"), "not a valid time period"),
        (("2023", "2023-01-01Tgarbage"), "not a valid time period"),
    ],
)
def test_one_period_in_two_spellings_is_one_key(empty: Node, periods: tuple[str, str], said: str) -> None:
    observations = [
        {**row, "REF_AREA": "KOR", "TIME_PERIOD": period} for row, period in zip(rows(2), periods, strict=True)
    ]
    with pytest.raises(BadInput, match=said):
        empty.releases.seal(draft(observations))
    assert empty.releases.dataflows() == []
    observations[0]["REF_AREA"] = "FRA"
    if "once" in said:
        assert empty.releases.seal(draft(observations))[0].rows == 2


def test_the_same_inputs_give_the_same_hashes(tmp_path: Path) -> None:
    manifests = []
    for name in ("one", "two"):
        node = Node.create(tmp_path / name)
        release, _ = node.releases.seal(draft(rows(70_000)))
        manifests.append(node.releases.manifest(release))
    assert manifests[0].files == manifests[1].files
    assert manifests[0].content == manifests[1].content


def test_the_same_content_is_not_sealed_again(empty: Node) -> None:
    first, _ = empty.releases.seal(draft())
    again, new = empty.releases.seal(draft())
    assert (again, new) == (first, False)
    changed, new = empty.releases.seal(draft(rows(4)))
    assert (changed.number, new) == (2, True)


@pytest.mark.parametrize("name", ["observations.parquet", "structure.json", "manifest.json"])
@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_detected_and_its_file_is_named(empty: Node, name: str, where: float) -> None:
    release, _ = empty.releases.seal(draft())
    path = empty.releases.root / "TEST_FLOW" / "0001" / name
    data = bytearray(path.read_bytes())
    data[int(len(data) * where)] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match=name):
        Node(empty.root).observations(release)


def test_a_missing_file_is_damage(empty: Node) -> None:
    release, _ = empty.releases.seal(draft())
    (empty.releases.root / "TEST_FLOW" / "0001" / "observations.parquet").unlink()
    with pytest.raises(Damaged, match="observations"):
        Node(empty.root).observations(release)


def test_attachments_are_sealed_with_the_release(empty: Node) -> None:
    made = replace(draft(), attachments={"entries.jsonl": b"one"})
    release, _ = empty.releases.seal(made)
    path = empty.releases.attachment(release, "entries.jsonl")
    assert path.read_bytes() == b"one"
    assert empty.releases.seal(made) == (release, False)
    _, new = empty.releases.seal(replace(made, attachments={"entries.jsonl": b"two"}))
    assert new  # another attachment is another release
    with pytest.raises(UnknownName):
        empty.releases.attachment(release, "observations.parquet")
    path.write_bytes(b"onE")
    with pytest.raises(Damaged, match="entries"):
        Node(empty.root).releases.attachment(release, "entries.jsonl")


def test_a_withdrawn_release_stays_readable_and_never_current(empty: Node) -> None:
    first, _ = empty.releases.seal(draft())
    second, _ = empty.releases.seal(draft(rows(5)))
    empty.releases.withdraw("TEST_FLOW", 2, "a unit was wrong")
    again = Node(empty.root)
    assert again.releases.current("TEST_FLOW").number == 1
    withdrawn = again.releases.get("TEST_FLOW", 2)
    assert withdrawn.withdrawal is not None
    assert withdrawn.withdrawal.reason == "a unit was wrong"
    assert again.observations(withdrawn).num_rows == 5
    with pytest.raises(BadInput, match="already"):
        again.releases.withdraw("TEST_FLOW", 2, "twice")
    with pytest.raises(BadInput, match="reason"):
        again.releases.withdraw("TEST_FLOW", 1, " ")
    again.releases.withdraw("TEST_FLOW", 1, "also wrong")
    with pytest.raises(Missing, match="withdrawn"):
        again.releases.current("TEST_FLOW")
    # with a person's reason, sealing the content of a withdrawn release again makes a new release
    assert again.releases.seal(draft(), despite="right after all")[0].number == 3
    assert first.number == 1
    assert second.number == 2


def test_the_current_release_as_of_a_date(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    days = iter(["2026-01-10T08:00:00Z", "2026-02-10T08:00:00Z", "2026-03-10T08:00:00Z"])
    monkeypatch.setattr("bongsu.store.releases.release_store.utc_now", lambda: next(days))
    empty.releases.seal(draft(rows(1)))
    empty.releases.seal(draft(rows(2)))
    empty.releases.withdraw("TEST_FLOW", 2, "wrong")
    current = empty.releases.current
    assert current("TEST_FLOW").number == 1
    assert current("TEST_FLOW", "2026-01-10").number == 1
    assert current("TEST_FLOW", "2026-02-09").number == 1
    assert current("TEST_FLOW", "2026-02-10").number == 2  # it was current at that time, and is marked as withdrawn
    assert current("TEST_FLOW", "2026-02-10T07:59:59Z").number == 1
    assert current("TEST_FLOW", "2026-02-10T08:00:00Z").number == 2
    assert current("TEST_FLOW", "2026-03-10").number == 1
    with pytest.raises(Missing, match="2026-01-10"):
        current("TEST_FLOW", "2026-01-09")
    with pytest.raises(BadInput, match="not a valid date"):
        current("TEST_FLOW", "yesterday")


def test_the_index_is_rebuilt_from_the_releases(empty: Node) -> None:
    empty.releases.seal(draft())
    empty.releases.seal(draft(rows(5)))
    empty.releases.withdraw("TEST_FLOW", 1, "wrong")
    before = empty.releases.all()
    for file in empty.root.glob("index.sqlite3*"):
        file.unlink()
    again = Node(empty.root)
    assert again.releases.all() == before
    assert [line.event for line in again.journal.lines()] == ["created", "sealed", "sealed", "withdrawn"]


def test_a_withdrawal_is_undone_if_the_block_raises(empty: Node) -> None:
    empty.releases.seal(draft())
    with pytest.raises(ZeroDivisionError), empty.releases.withdrawing("TEST_FLOW", 1, "wrong"):
        raise ZeroDivisionError
    for node in (empty, Node(empty.root)):
        assert node.releases.current("TEST_FLOW").number == 1
        assert [line.event for line in node.journal.lines()] == ["created", "sealed"]
    empty.releases.withdraw("TEST_FLOW", 1, "wrong")


def test_a_withdrawal_that_was_killed_is_completed(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.releases.seal(draft())
    monkeypatch.setattr(empty.releases, "_journal", None)  # fails when the file has been written
    with pytest.raises(AttributeError):
        empty.releases.withdraw("TEST_FLOW", 1, "wrong")
    for _ in range(2):
        again = Node(empty.root)
        [release] = again.releases.all()
        assert release.withdrawal is not None
        assert release.withdrawal.reason == "wrong"
        assert [line.event for line in again.journal.lines()] == ["created", "sealed", "withdrawn"]


def test_unknown_dataflows_and_numbers_are_refused(empty: Node) -> None:
    empty.releases.seal(draft())
    with pytest.raises(UnknownName, match="TEST_FLOW"):
        empty.releases.current("TEST_FLOWS")
    with pytest.raises(Missing, match="newest is 1"):
        empty.releases.get("TEST_FLOW", 7)


def test_a_release_of_a_later_format_is_refused(empty: Node) -> None:
    from bongsu.store.disk.files import dump_json
    from bongsu.store.releases.release_files import compute_seal

    release, _ = empty.releases.seal(draft())
    path = empty.releases.root / "TEST_FLOW" / "0001" / "manifest.json"
    body = json.loads(path.read_text())
    body.pop("seal")
    body["format"] = "bongsu.release/99"
    path.write_text(dump_json({**body, "seal": compute_seal(body)}))
    with pytest.raises(BongsuError, match="newer Bongsu"):
        Node(empty.root).releases.manifest(release)


def test_a_release_in_the_first_format_can_be_read(tmp_path: Path) -> None:
    kept = Path(__file__).parents[1] / "specimens" / "release-1"
    shutil.copytree(kept, tmp_path / "node")
    node = Node(tmp_path / "node")
    release = node.releases.current("TEST_FLOW")
    assert release.content == "9216c937b5f9004c9622e7e433747f10d59091a225d2328d707c0e3dafb8d2b3"
    rows_ = node.observations(release).to_pylist()
    assert [(row["REF_AREA"], row["OBS_VALUE"]) for row in rows_] == [("APAC_X_CHN", 2.0), ("EUR", 1.0), ("WORLD", 0.0)]
    assert node.releases.structure(release).dataflow.name.to("ko") == "시험"
    assert node.releases.manifest(release).inputs[0].origin.licence == "CC-BY-4.0"
    assert node.journal.verify() == 2


def test_sealing_and_withdrawing_hold_the_lock(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other process can take the lock between the choice of a number and its entry in the index."""
    lock = empty.root / "sealing.lock"
    seen: list[str] = []

    def expect_busy(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with pytest.raises(Busy), lock_file(lock, wait=False):
                pass
            seen.append(name)
            return call(*args, **kwargs)

        return wrapper

    monkeypatch.setattr(empty.engine, "write", expect_busy("write", empty.engine.write))
    monkeypatch.setattr(empty.journal, "append", expect_busy("append", empty.journal.append))
    release, _ = empty.releases.seal(draft())
    empty.releases.withdraw(release.dataflow, release.number, "wrong year")
    assert seen == ["write", "append", "append"]
    with lock_file(lock, wait=False):
        pass


def test_a_release_is_on_disk_before_it_has_its_name(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, the folder that holds them, and after the renaming the folder above: a power cut leaves no half release."""
    synced: list[tuple[str, bool]] = []

    def sync(path: Path) -> None:
        synced.append((path.name, any(empty.releases.root.glob("TEST_FLOW/*"))))

    monkeypatch.setattr(release_store, "sync_to_disk", sync)
    empty.releases.seal(draft(rows(2)))
    *before, (sealing, _), above = synced
    assert {name for name, _ in before} == {"manifest.json", "observations.parquet", "structure.json"}
    assert sealing.startswith(".sealing-")
    assert not any(named for _, named in synced[:-1])
    assert above == ("TEST_FLOW", True)
