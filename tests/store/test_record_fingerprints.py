"""Fingerprints are kept with a holding and compared with those of later files: they are the same in every version."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from bongsu.store.microdata.record_fingerprints import compute_fingerprints, load_fingerprints, save_fingerprints

SECRET = bytes(range(32))
HASHES = [11869672876056499048, 7338072983645174214, 12871244017757558432]


def table(**columns: list[object]) -> pa.Table:
    return pa.table({"AGE": [20, 30, 40], "JOB": ["0110", None, "2512"], **columns})


def test_fingerprints_of_the_first_version(tmp_path: Path) -> None:
    found = compute_fingerprints(table(), SECRET)
    assert found.hashes.tolist() == HASHES
    assert found.record_keys().to_pylist() == [number // 2 for number in HASHES]
    save_fingerprints(found, tmp_path / "prints.npz")
    assert load_fingerprints(tmp_path / "prints.npz").count_differing(found) == 0


def test_records_that_differ_are_counted_with_all_that_they_hold() -> None:
    before = compute_fingerprints(table(FREQUENCY=[1, 2, 5]), SECRET)
    assert before.count_differing(compute_fingerprints(table(FREQUENCY=[1, 2, 5]), SECRET)) == 0
    assert before.count_differing(compute_fingerprints(table(FREQUENCY=[1, 2, 7]), SECRET)) == 2
    assert before.count_differing(compute_fingerprints(table(FREQUENCY=[1, 2, 5]).slice(0, 2), SECRET)) == 5
    other = table(FREQUENCY=[1, 2, 5]).set_column(0, "AGE", pa.array([20, 31, 40]))
    assert before.count_differing(compute_fingerprints(other, SECRET)) == 4  # two left, two came


def test_another_secret_and_another_column_give_other_hashes() -> None:
    found = compute_fingerprints(table(), SECRET).hashes
    assert not set(found) & set(compute_fingerprints(table(), bytes(32)).hashes)
    renamed = table().rename_columns(["YEARS", "JOB"])
    assert not set(found) & set(compute_fingerprints(renamed, SECRET).hashes)


def test_a_record_has_the_same_key_wherever_it_is() -> None:
    """Which records of a contributor are chosen must not depend on other contributors."""
    keys = compute_fingerprints(table(CONTRIBUTOR=["a", "b", "a"]), SECRET).record_keys().to_pylist()
    assert len(set(keys)) == 3
    assert (
        compute_fingerprints(table(CONTRIBUTOR=["a", "b", "a"]).slice(2, 1), SECRET).record_keys().to_pylist()
        == keys[2:]
    )
