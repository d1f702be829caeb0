"""Protects against differencing: detects answers that, combined with earlier ones, determine a group that is too small.

Every shown cell is a sum over atoms (groups of people with equal codes in every concept used so far). What a reader can compute
by adding and subtracting cells of any number of answers is the span of these sums. The test draws a random vector over the
atoms and projects it on the null space of the sums: the vectors that add up to zero over every shown cell. A group of atoms is
determined if and only if the projection adds up to zero over the group too (with probability one).

Tested are groups with fewer contributors than the minimum: every cell of every table of up to MAX_CONCEPTS concepts; every
cell of an answer, hidden or not; every overlap of a new cell with another; and two such groups together. This covers dropping a
person, margins, hierarchies and overlapping bands. The mean of a score is a sum of its numbers by code. For a measure, the same
is done with the answers that show it and the groups that the dominance or p % rule protects.

Not here: groups of three or more unconnected parts, and bounds from several answers (audit.py tests those of one answer).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.desk.atoms import Atoms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.released_tables import ReleasedTable, ShownScore

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    # The cell number of every atom (-1: not visible), and the amounts that are summed by cell (None: people).
    Sums = tuple[Numbers, "Floats | None"]

MAX_CONCEPTS = 4
MAX_STEPS = 3_000
TOLERANCE = 1e-5
SEED = 8_128  # fixed, so that the same history gives the same decision


def discloses_group(
    atoms: Atoms, before: Sequence[ReleasedTable], new: Sequence[ReleasedTable], policy: Policy
) -> bool:
    """Whether earlier and new tables together determine a group that the policy protects."""
    if not len(atoms.n):
        return False
    old_blocks = [(shown, block) for shown in before for block in atoms.blocks(shown)]
    new_blocks = [(shown, block) for shown in new for block in atoms.blocks(shown)]
    used = sorted(atoms.codes)
    factors = [atoms.codes[name][1] for name in used]
    groupings: list[Numbers] = [np.arange(len(atoms.n))]
    for size in range(1, min(MAX_CONCEPTS, len(used)) + 1):
        groupings += [
            _combine_groupings([factors[i] for i in chosen]) for chosen in combinations(range(len(used)), size)
        ]
    groupings += [cells for _, (cells, _) in (*old_blocks, *new_blocks)]
    for number, (_, (cells, _)) in enumerate(new_blocks):
        groupings += [_combine_groupings([cells, other]) for _, (other, _) in (*old_blocks, *new_blocks[:number])]
    seen = [block for block, _ in _visible_sums(atoms, [*old_blocks, *new_blocks])]
    # Groups that no answer distinguishes, such as the part of one answer's population that is outside all others.
    groupings += [
        _combine_groupings([np.where(cells < 0, -1, 0) for _, (cells, _) in (*old_blocks, *new_blocks)]),
        _combine_groupings(seen),
    ]
    free = _draw_null_vectors(_visible_sums(atoms, [*old_blocks, *new_blocks]), len(atoms.n))
    if _is_any_determined(atoms, groupings, free, lambda subset, group: _is_too_few(subset, group, policy), policy):
        return True
    for measure in atoms.measures:
        with_measure = [(shown, block) for shown, block in (*old_blocks, *new_blocks) if measure in shown.variables]
        free = _draw_null_vectors(_visible_sums(atoms, with_measure), len(atoms.n))

        def sensitive(subset: Atoms, group: Numbers, measure: str = measure) -> Mask:
            return subset.find_dominated(measure, group, policy)

        if _is_any_determined(atoms, groupings, free, sensitive):
            return True
        # Total / mean is the number of people with a value; with the count of people it gives the number without one.
        free = _draw_null_vectors(
            _visible_sums(atoms, [(s, block) for s, block in with_measure if measure in s.totals]), len(atoms.n)
        )

        def few_without_value(subset: Atoms, group: Numbers, measure: str = measure) -> Mask:
            number = subset.count_without_value(measure, group)
            return (number > 0) & (number < policy.minimum)

        if any(measure in shown.totals for shown in new) and _is_any_determined(
            atoms, groupings, free, few_without_value
        ):
            return True
    return False


def _visible_sums(atoms: Atoms, blocks: list[tuple[ReleasedTable, tuple[Numbers, Mask]]]) -> list[Sums]:
    """Returns the known sums of every visible cell: of people, and of each whole-number variable that is shown."""
    found: list[Sums] = []
    for shown, (cells, visible) in blocks:
        seen = np.where(visible, cells, -1)
        found.append((seen, None))
        for name in sorted(shown.variables & atoms.codes.keys()):
            values, index = atoms.codes[name]
            found.append((seen, np.array([0.0 if value is None else value for value in values])[index]))
        for score in sorted(shown.scores):
            codes, index = atoms.codes[score.by]
            found += [(seen, np.array(amounts)[index]) for amounts in _score_amounts(score, codes)]
    return found


def _score_amounts(score: ShownScore, codes: list[Any]) -> list[list[float]]:
    """Returns the amounts by code whose sums in a cell are known from a score's mean, and from its total if it is shown.

    From the mean alone, the sum of deviations from the mean is known to be 0; the mean is as good as any number here.
    """
    if not score.values:  # recorded by an earlier version: any numbers
        return [[_any_number(str(code)) for code in codes]]
    values = dict(score.values)
    if score.total:
        return [[values.get(code, 0.0) for code in codes], [float(code in values) for code in codes]]
    if len(set(values.values())) < 2:
        return []  # the mean is the one number
    mean = _any_number("mean")
    return [[values[code] - mean if code in values else 0.0 for code in codes]]


def _any_number(name: str) -> float:
    """Returns a number between 0 and 1 that has no relation to any other."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=6).digest()) / 2**48


def _is_too_few(atoms: Atoms, group: Numbers, policy: Policy) -> Mask:
    sizes = atoms.count_contributors(group)
    return (sizes > 0) & (sizes < policy.minimum)


def _is_any_determined(
    atoms: Atoms,
    groupings: list[Numbers],
    free: Floats,
    sensitive: Callable[[Atoms, Numbers], Mask],
    pairs: Policy | None = None,
) -> bool:
    """Whether a sensitive group is determined or, if `pairs` is given, two small groups together."""
    for grouping in groupings:
        inside = grouping >= 0
        if not inside.any():
            continue
        group = grouping[inside]
        subset = atoms.select(inside)
        wanted = sensitive(subset, group)
        if not wanted.any():
            continue
        sums = np.stack([np.bincount(group, each[inside], len(wanted)) for each in free], axis=1)[wanted]
        if (np.abs(sums) < TOLERANCE).all(axis=1).any():
            return True
        if pairs is not None:
            sizes = subset.count_contributors(group)[wanted]
            order = np.argsort(np.abs(sums[:, 0]))  # two groups that are determined together have sums of opposite sign
            sizes, sums = sizes[order], sums[order]
            near = (np.abs(sums[1:] + sums[:-1]) < TOLERANCE).all(axis=1)
            if (near & (sizes[1:] + sizes[:-1] < pairs.minimum)).any():
                return True
    return False


def _combine_groupings(parts: list[Numbers]) -> Numbers:
    """Numbers the combinations of groups. Being outside a grouping (-1) counts as a group of its own."""
    joint = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        joint = joint * (int(part.max(initial=0)) + 2) + part + 1
        if joint.max(initial=0) > 4 * len(joint) + 1024:
            joint = np.unique(joint, return_inverse=True)[1].astype(np.int64)
    return joint


def _draw_null_vectors(sums: list[Sums], atoms: int) -> Floats:
    """Returns (2, atoms): random vectors that add up to zero over every shown cell, by conjugate gradients."""
    random = np.random.default_rng(SEED)
    places = _normalise_sums(
        {
            (block.tobytes(), None if amounts is None else amounts.tobytes()): (block, amounts)
            for block, amounts in sums
        }.values()
    )

    def sum_by_cell(x: Floats) -> list[Floats]:
        sums = [np.bincount(block, x * amounts, minlength=len(root)) / root for block, amounts, root in places]
        for each in sums:
            each[-1] = 0.0
        return sums

    def spread_to_atoms(y: list[Floats]) -> Floats:
        total = np.zeros(atoms)
        for (block, amounts, root), values in zip(places, y, strict=True):
            total += (values / root)[block] * amounts
        return total

    return np.stack(
        [_project_to_null_space(random.standard_normal(atoms), sum_by_cell, spread_to_atoms) for _ in range(2)]
    )


def _normalise_sums(sums: Iterable[Sums]) -> list[tuple[Numbers, Floats, Floats]]:
    """Returns for each sum: cell numbers (the last is for atoms outside), the amounts, and their Euclidean norm in each cell.

    Amounts are centred on their mean in each cell, because the number of people there is known too.
    """
    found = []
    for block, amounts in sums:
        size = int(block.max(initial=-1)) + 2
        block = np.where(block < 0, size - 1, block)
        many = np.maximum(1.0, np.bincount(block, minlength=size))
        centred = (
            np.ones(len(block))
            if amounts is None
            else amounts - (np.bincount(block, amounts, minlength=size) / many)[block]
        )
        length = np.sqrt(np.bincount(block, centred**2, minlength=size))
        found.append((block, centred, np.where(length > 0, length, 1.0)))
    return found


def _project_to_null_space(x: Floats, multiply: Any, multiply_transposed: Any) -> Floats:
    """Solves min |x - A' y| by CGLS (Björck 1996, section 7.4). The residual is the projection of x on the null space of A."""
    residual, gradient = x.copy(), multiply(x)
    direction = [each.copy() for each in gradient]
    norm = sum(float(each @ each) for each in gradient)
    goal = 1e-20 * max(norm, 1e-300)
    for _ in range(MAX_STEPS):
        if norm <= goal:
            break
        image = multiply_transposed(direction)
        length = float(image @ image)
        if length <= 0:
            break
        residual -= norm / length * image
        gradient = multiply(residual)
        new = sum(float(each @ each) for each in gradient)
        direction = [g + new / norm * d for g, d in zip(gradient, direction, strict=True)]
        norm = new
    return residual
