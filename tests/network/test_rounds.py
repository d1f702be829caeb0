"""The masked sum: exact, all or nothing, and a part shows nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, Refused
from bongsu.network.rounds import Round, RoundKey, add_parts, decode_numbers, encode_numbers, mask_part

NAMES = ("aa", "bb", "cc", "dd")


def agree(names: Iterable[str] = NAMES, keeper: str = "bb") -> tuple[Round, dict[str, RoundKey]]:
    keys = {name: RoundKey() for name in names}
    return Round("request", "question", keeper, {name: key.public for name, key in keys.items()}), keys


numbers = st.floats(-1e20, 1e20, allow_nan=False).map(lambda x: x + 0.0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(numbers, min_size=3, max_size=6), min_size=5, max_size=5).map(lambda rows: [r[:3] for r in rows])
)
def test_sum_is_exact(rows: list[list[float]]) -> None:
    """The sum of Python's integers, in whatever order the parts come."""
    agreed, keys = agree(("aa", "bb", "cc", "dd", "ee"))
    parts = {name: mask_part(np.array(row), name, keys[name], agreed) for name, row in zip(keys, rows, strict=True)}
    wanted = [sum(round(x * 2**40) for x in column) / 2**40 for column in zip(*rows, strict=True)]
    assert add_parts(parts, agreed, 3).tolist() == wanted
    assert add_parts(dict(reversed(parts.items())), agreed, 3).tolist() == wanted


@given(numbers)
def test_encoding_keeps_a_number(number: float) -> None:
    found = decode_numbers(encode_numbers(np.array([number]), 3))[0]
    assert found == (number if abs(number) >= 4096 else round(number * 2**40) / 2**40)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e400, -0.0, 2.0**87 / 4, -(2.0**90)])
def test_numbers_that_no_part_can_hold(wrong: float) -> None:
    agreed, keys = agree()
    with pytest.raises(BadInput, match="Number 2"):
        mask_part(np.array([1.0, wrong]), "aa", keys["aa"], agreed)


def test_largest_number_does_not_overflow() -> None:
    agreed, keys = agree()
    largest = float(np.nextafter(2.0**87 / 4, 0))
    parts = {name: mask_part(np.array([largest, -largest]), name, keys[name], agreed) for name in NAMES}
    assert add_parts(parts, agreed, 2).tolist() == [4 * largest, -4 * largest]


def test_a_sum_that_lacks_a_part_fails() -> None:
    agreed, keys = agree()
    parts = {name: mask_part(np.arange(3.0), name, keys[name], agreed) for name in NAMES}
    assert add_parts(parts, agreed, 3).tolist() == [0, 4, 8]
    with pytest.raises(Refused, match="cc"):
        add_parts({name: part for name, part in parts.items() if name != "cc"}, agreed, 3)
    with pytest.raises(BadInput, match="“dd” has 48 bytes, not 64"):
        add_parts(parts | {"dd": parts["dd"][:-16]}, agreed, 3)
    with pytest.raises(Refused, match="“ee” is not a member"):
        add_parts(parts | {"ee": parts["dd"]}, agreed, 3)
    with pytest.raises(Refused, match="do not cancel"):
        add_parts(parts | {"dd": parts["cc"]}, agreed, 3)


def test_members_with_different_views_have_no_sum() -> None:
    """A keeper who shows one member another question, set or key gets noise, and the round fails."""
    agreed, keys = agree()
    others = [
        Round("request", "another", "bb", agreed.keys),
        Round("another", "question", "bb", agreed.keys),
        Round("request", "question", "cc", agreed.keys),
        Round("request", "question", "bb", {**agreed.keys, "ee": RoundKey().public}),
        Round("request", "question", "bb", {**agreed.keys, "cc": RoundKey().public}),
    ]
    for other in others:
        parts = {name: mask_part(np.ones(2), name, keys[name], other if name == "aa" else agreed) for name in NAMES}
        with pytest.raises(Refused, match="do not cancel"):
            add_parts(parts, agreed, 2)


def test_a_part_looks_random() -> None:
    """The sum of all parts but one does not correlate with the total, and the same part again has other bytes."""
    totals = np.random.default_rng(1).lognormal(3, 1, 2000)
    parts = []
    for _ in range(2):
        agreed, keys = agree()
        parts.append({name: mask_part(totals, name, keys[name], agreed) for name in NAMES})
    assert all(parts[0][name] != parts[1][name] for name in NAMES)
    others = [np.frombuffer(part, np.uint64).astype(float) for name, part in parts[0].items() if name != "aa"]
    lacking = np.sum(others, axis=0)
    assert (
        abs(np.corrcoef(lacking.reshape(-1, 2)[:-1, 0], totals)[0, 1]) < 0.09
    )  # four standard errors of 1 / sqrt(2000)
    bits = np.unpackbits(np.frombuffer(parts[0]["aa"], np.uint8))
    assert abs(bits.mean() - 0.5) < 0.004  # four standard errors of 0.5 / sqrt(256,000)


def test_rounds_that_are_refused() -> None:
    agreed, keys = agree()
    with pytest.raises(Refused, match="another key"):
        mask_part(np.ones(1), "aa", RoundKey(), agreed)
    with pytest.raises(Refused, match="another key"):
        mask_part(np.ones(1), "zz", keys["aa"], agreed)
    with pytest.raises(BadInput, match="from 3"):
        agree(("aa", "bb"))
    with pytest.raises(BadInput, match="keeper"):
        agree(keeper="zz")
    with pytest.raises(BadInput, match="key of its own"):
        Round("r", "q", "aa", {"aa": b"1" * 32, "bb": b"1" * 32, "cc": b"2" * 32})
    with pytest.raises(BadInput, match="key of its own"):
        Round("r", "q", "aa", {"aa": b"1" * 31, "bb": b"3" * 32, "cc": b"2" * 32})
    with pytest.raises(
        Refused, match="not valid"
    ):  # the point 0 has order 1: the shared secret would be 0 for everybody
        mask_part(np.ones(1), "aa", keys["aa"], Round("r", "q", "aa", {**agreed.keys, "bb": bytes(32)}))
