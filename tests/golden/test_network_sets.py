"""Which nodes follow from the sets answered, worked out by hand.

{A, B, C} + {A, D, E} - {B, C, D, E} = 2 A. {A, B, C} - {A, B} = C. {A, C, D} - {B, C, D} = A - B, which tells B what A has.
{A, B, C, D} - {A, B, E, F, G} = C + D - E - F - G: five nodes, and no other combination has fewer than three.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import Refused
from bongsu.core.microdata_question import Condition
from bongsu.network.sets import check_set, choose_prime, find_complement, find_isolated, find_rank, may_overlap


@pytest.mark.parametrize(
    ("sets", "isolated"),
    [
        (["ABC", "ADE", "BCDE"], ("A",)),
        (["ABC", "AB"], ("C",)),
        (["ABC", "ABC"], ()),
        (["ACD", "BCD"], ("A", "B")),
        (["ABCD", "ABEFG"], ()),
        (["ABCDEF", "ABC"], ()),
        (["ABCDEF", "ABC", "DEG"], ("F", "G")),  # the first less the second less the third: F - G
        (["ABCDE"], ()),
        (["AB"], ("A", "B")),
    ],
)
def test_sets_by_hand(sets: list[str], isolated: tuple[str, ...]) -> None:
    assert find_isolated(sets, {}) == isolated


def test_nodes_of_one_institution_count_once() -> None:
    """A and Z are of one institution: {A, Z, B} are two, and {A, B, C, D} - {Z, B, C, D} = A - Z is of one."""
    one = {"A": "institute", "Z": "institute"}
    assert find_isolated(["AZB"], one) == ("B", "institute")
    assert find_isolated(["AZBC"], one) == ()
    assert find_isolated(["ABCD", "ZBCD"], one) == ("institute",)
    assert find_isolated(["ABCDZ", "BCEFG"], one) == ()
    with pytest.raises(Refused, match="at least 3 institutions"):
        check_set("AZB", [], one)
    check_set("AZBC", [], one)


def test_guard_of_a_member() -> None:
    check_set("ABC", ["ABC"], {})
    check_set("ABC", [], {})
    with pytest.raises(Refused, match="reveal the figures of A"):
        check_set("BCDE", ["ABC", "ADE"], {})
    with pytest.raises(Refused, match="at least 3"):
        check_set("AB", [], {})


def test_primes_exceed_every_minor() -> None:
    """Seven columns: 8^4 / 2^7 = 32, which the Fano plane's 7 x 7 matrix nearly reaches (24); 30: 31^15.5 / 2^30 = 1.2e14."""
    assert choose_prime(7) == choose_prime(30) == 2**61 - 1
    for size in (1, 2, 7, 30, 100, 200, 1000):
        assert choose_prime(size) ** 2 * 4**size > (size + 1) ** (size + 1)
    assert choose_prime(100) > 2**61


def test_ranks_by_hand() -> None:
    """Rows 110, 011, 101 have determinant 2: rank 3, but 2 modulo 2. Orthogonal to 111 and 100: (0, -1, 1)."""
    rows = [[1, 1, 0], [0, 1, 1], [1, 0, 1]]
    assert find_rank(rows, choose_prime(3)) == 3
    assert find_rank(rows, 2) == 2
    prime = choose_prime(3)
    assert find_complement([[1, 1, 1], [1, 0, 0]], prime) == [[0], [prime - 1], [1]]


def confined(rows: Sequence[Sequence[int]], inside: set[int]) -> bool:
    """By fractions: deleting the columns `inside` lowers the rank."""

    def rank(matrix: list[list[Fraction]]) -> int:
        found = 0
        for column in range(len(matrix[0]) if matrix else 0):
            pivot = next((n for n in range(found, len(matrix)) if matrix[n][column]), None)
            if pivot is None:
                continue
            matrix[found], matrix[pivot] = matrix[pivot], matrix[found]
            for n in range(found + 1, len(matrix)):
                times = matrix[n][column] / matrix[found][column]
                matrix[n] = [a - times * b for a, b in zip(matrix[n], matrix[found], strict=True)]
            found += 1
        return found

    whole = [[Fraction(each) for each in row] for row in rows]
    rest = [[Fraction(each) for column, each in enumerate(row) if column not in inside] for row in rows]
    return rank(whole) > rank(rest)


@given(st.lists(st.sets(st.sampled_from("ABCDEFG"), min_size=3), min_size=1, max_size=6), st.booleans())
def test_guard_equals_ranks_by_fractions(sets: list[set[str]], joined: bool) -> None:
    groups = {"A": "ab", "B": "ab"} if joined else {}
    nodes = sorted(set().union(*sets))
    names = sorted({groups.get(node, node) for node in nodes})
    rows = [[int(node in each) for node in nodes] for each in sets]
    wanted = [
        chosen
        for size in (1, 2)
        for chosen in combinations(names, size)
        if confined(rows, {n for n, node in enumerate(nodes) if groups.get(node, node) in chosen})
    ]
    assert find_isolated(sets, groups) == (wanted[0] if wanted else ())


def test_populations_that_may_overlap() -> None:
    women, men = Condition("SEX", ("F",)), Condition("SEX", ("M",))
    young, old = Condition("AGE", high=29), Condition("AGE", low=30)
    assert not may_overlap([women], [men])
    assert may_overlap([women], [young])
    assert may_overlap([women], [Condition("SEX", ("F", "M"))])
    assert not may_overlap([young], [old])
    assert not may_overlap([old], [young])
    assert may_overlap([young], [Condition("AGE", low=29, high=40)])
    assert may_overlap([women, young], [])
    assert not may_overlap([women, young], [women, old])
    assert may_overlap([Condition("AGE", ("_U",))], [young])
