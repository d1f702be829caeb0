"""The guard of a member: which sets of nodes it may still add up with, given the sets answered before.

Every answer is the sum of the tables of a set of nodes, so a reader can compute any linear combination of the answers: A from
the sets {A, B, C}, {A, D, E} and {B, C, D, E}, and A - B from {A, C, D} and {B, C, D}, which tells B what A has. A set is
refused if some combination of the answered sets, other than zero, involves nodes of fewer than three groups. Nodes of one
institution are one group. Populations count together if they may overlap; whether the questions are alike does not matter.

The arithmetic is exact: a combination within a few nodes exists if and only if their rows of a basis of the orthogonal
complement are linearly dependent; ranks are computed modulo a prime that exceeds every minor of the matrix. Not here:
what the answered tables show of people (desk/joint.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import isqrt

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import Condition

MIN_GROUPS = 3
MERSENNE = (61, 89, 107, 127, 521, 607, 1279, 2203, 4423, 9689, 21701, 44497)  # exponents of primes 2^p - 1

Matrix = list[list[int]]


def check_set(wanted: Collection[str], answered: Iterable[Collection[str]], groups: Mapping[str, str]) -> None:
    """Raises Refused if an answer for the nodes `wanted`, together with those for the sets `answered`, isolates a group.

    `groups`: the group of nodes that share one; any other node is a group of its own.
    """
    if len({groups.get(node, node) for node in wanted}) < MIN_GROUPS:
        raise Refused(N_("A sum needs nodes of at least {least} institutions."), least=MIN_GROUPS)
    found = find_isolated([*answered, wanted], groups)
    if found:
        raise Refused(
            N_("Together with earlier answers this set of nodes would reveal the figures of {names}."),
            fix=N_(
                "Ask the same set of nodes as before, or one that differs from it by at least {least} institutions."
            ),
            names=", ".join(found),
            least=MIN_GROUPS,
        )


def find_isolated(sets: Iterable[Collection[str]], groups: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the first groups, fewer than MIN_GROUPS, to which a combination of the sets is confined; () if there are none."""
    rows = sorted({frozenset(each) for each in sets}, key=sorted)
    nodes = sorted(set().union(*rows))
    members: dict[str, list[int]] = {}
    for position, node in enumerate(nodes):
        members.setdefault(groups.get(node, node), []).append(position)
    prime = choose_prime(len(nodes))
    complement = find_complement([[int(node in row) for node in nodes] for row in rows], prime)
    for size in range(1, MIN_GROUPS):
        for chosen in combinations(sorted(members), size):
            inside = [complement[position] for group in chosen for position in members[group]]
            if find_rank(inside, prime) < len(inside):
                return chosen
    return ()


def choose_prime(size: int) -> int:
    """Returns a prime above every minor of a matrix of zeros and ones with `size` columns, so that no minor vanishes by chance.

    A minor of n rows is at most (n + 1)^((n + 1) / 2) / 2^n (Hadamard). Its square root is rounded up.
    """
    bound = (isqrt((size + 1) ** (size + 1)) + 1) >> size
    primes = (int(2**power - 1) for power in MERSENNE)
    return next(prime for prime in primes if prime > bound)


def find_complement(rows: Sequence[Sequence[int]], prime: int) -> Matrix:
    """Returns (columns, free): a basis of the vectors orthogonal to all rows, one vector a column, modulo `prime`."""
    reduced, pivots = _reduce([list(row) for row in rows], prime)
    columns = len(rows[0]) if rows else 0
    free = [column for column in range(columns) if column not in pivots]
    found = [[0] * len(free) for _ in range(columns)]
    for place, column in enumerate(free):
        found[column][place] = 1
        for row, pivot in zip(reduced, pivots, strict=True):
            found[pivot][place] = -row[column] % prime
    return found


def find_rank(rows: Sequence[Sequence[int]], prime: int) -> int:
    """Returns the rank of a matrix modulo `prime`."""
    return len(_reduce([list(row) for row in rows], prime)[1])


def _reduce(rows: Matrix, prime: int) -> tuple[Matrix, list[int]]:
    """Returns the reduced row echelon form without empty rows, and the column of each pivot."""
    pivots: list[int] = []
    for column in range(len(rows[0]) if rows else 0):
        at = len(pivots)
        first = next((number for number in range(at, len(rows)) if rows[number][column]), None)
        if first is None:
            continue
        rows[at], rows[first] = rows[first], rows[at]
        inverse = pow(rows[at][column], -1, prime)
        pivot = rows[at] = [each * inverse % prime for each in rows[at]]
        for number, row in enumerate(rows):
            if number != at and row[column]:
                times = row[column]
                rows[number] = [(one - times * other) % prime for one, other in zip(row, pivot, strict=True)]
        pivots.append(column)
    return rows[: len(pivots)], pivots


def may_overlap(one: Iterable[Condition], other: Iterable[Condition]) -> bool:
    """Whether two populations may have people in common: unless one concept has no code, or no number, that both allow."""
    conditions = {condition.concept: condition for condition in one}
    return not any(
        _are_apart(conditions[condition.concept], condition) for condition in other if condition.concept in conditions
    )


def _are_apart(one: Condition, other: Condition) -> bool:
    if one.codes and other.codes:
        return not set(one.codes) & set(other.codes)
    if one.codes or other.codes:
        return False
    lows = [each.low for each in (one, other) if each.low is not None]
    highs = [each.high for each in (one, other) if each.high is not None]
    return bool(lows and highs) and max(lows) > min(highs)
