"""The desk's memory: an answer is refused where, with what was answered before, it would show a group that is too small.

Everything that was shown of a holding is a set of sums over people. Take the atoms of all questions together: people who
agree in every concept that any of them used. Each shown cell is then a sum over atoms, and what a reader can work out by
adding and subtracting cells, of however many answers, is exactly the span of those sums. So draw a random vector over the
atoms and project it on the vectors that every shown cell sums to zero: a group of atoms is determined if and only if the
projection sums to zero over the group too (with probability one). Groups that are tested, where they have fewer
contributors than the minimum: every cell of every table of up to MAX_CONCEPTS concepts; every cell, hidden ones too; every
overlap of a new cell with another; two of them together. That covers dropping a person, margins, hierarchies and overlapping
bands. For a measure the same is done with the answers that show it, and groups that dominance or the p % rule protects.

Left out: groups of three or more scattered pieces, and bounds across answers (within an answer, audit.py has them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.desk.atoms import Atoms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.released_tables import ReleasedTable

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    # The cell of every atom, -1 for none that is seen, and the number of which the sums are known (None: people).
    Sums = tuple[Numbers, "Floats | None"]

MAX_CONCEPTS = 4
MAX_STEPS = 3_000
TOLERANCE = 1e-5
SEED = 8_128  # the same history gives the same decision


def discloses_group(
    atoms: Atoms, before: Sequence[ReleasedTable], new: Sequence[ReleasedTable], policy: Policy
) -> bool:
    """Whether what is shown, old and new together, determines a group that the policy protects."""
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
    # Whoever no answer tells apart: of several answers, old ones too, what is left of one without the others.
    groupings += [
        _combine_groupings([np.where(cells < 0, -1, 0) for _, (cells, _) in (*old_blocks, *new_blocks)]),
        _combine_groupings(seen),
    ]
    free = _draw_null_vectors(_visible_sums(atoms, [*old_blocks, *new_blocks]), len(atoms.n))
    if _is_any_determined(atoms, groupings, free, lambda some, group: _is_too_few(some, group, policy), policy):
        return True
    for measure in atoms.measures:
        told = [(shown, block) for shown, block in (*old_blocks, *new_blocks) if measure in shown.variables]
        free = _draw_null_vectors(_visible_sums(atoms, told), len(atoms.n))

        def sensitive(some: Atoms, group: Numbers, measure: str = measure) -> Mask:
            return some.dominated(measure, group, policy)

        if _is_any_determined(atoms, groupings, free, sensitive):
            return True
        # Total / mean is how many have a value, and with the count of people how many have none.
        free = _draw_null_vectors(
            _visible_sums(atoms, [(s, block) for s, block in told if measure in s.totals]), len(atoms.n)
        )

        def lacking(some: Atoms, group: Numbers, measure: str = measure) -> Mask:
            number = some.without(measure, group)
            return (number > 0) & (number < policy.minimum)

        if any(measure in shown.totals for shown in new) and _is_any_determined(atoms, groupings, free, lacking):
            return True
    return False


def _visible_sums(atoms: Atoms, blocks: list[tuple[ReleasedTable, tuple[Numbers, Mask]]]) -> list[Sums]:
    """What is known of every visible cell: how many people and, where a whole number was summed up, its sum over them."""
    found: list[Sums] = []
    for shown, (cells, visible) in blocks:
        seen = np.where(visible, cells, -1)
        found.append((seen, None))
        for name in sorted(shown.variables & atoms.codes.keys()):
            values, index = atoms.codes[name]
            found.append((seen, np.array([0.0 if value is None else value for value in values])[index]))
    return found


def _is_too_few(atoms: Atoms, group: Numbers, policy: Policy) -> Mask:
    sizes = atoms.people(group)
    return (sizes > 0) & (sizes < policy.minimum)


def _is_any_determined(
    atoms: Atoms,
    groupings: list[Numbers],
    free: Floats,
    sensitive: Callable[[Atoms, Numbers], Mask],
    pairs: Policy | None = None,
) -> bool:
    """Whether a sensitive group is determined; with `pairs`, also two small ones that are determined together."""
    for grouping in groupings:
        inside = grouping >= 0
        if not inside.any():
            continue
        group = grouping[inside]
        some = atoms.take(inside)
        wanted = sensitive(some, group)
        if not wanted.any():
            continue
        sums = np.stack([np.bincount(group, each[inside], len(wanted)) for each in free], axis=1)[wanted]
        if (np.abs(sums) < TOLERANCE).all(axis=1).any():
            return True
        if pairs is not None:
            sizes = some.people(group)[wanted]
            order = np.argsort(np.abs(sums[:, 0]))  # two groups that are determined together have opposite sums
            sizes, sums = sizes[order], sums[order]
            near = (np.abs(sums[1:] + sums[:-1]) < TOLERANCE).all(axis=1)
            if (near & (sizes[1:] + sizes[:-1] < pairs.minimum)).any():
                return True
    return False


def _combine_groupings(parts: list[Numbers]) -> Numbers:
    """The number of each atom's combination. To be outside a part (-1) counts as one: "here, but not there" is a group."""
    joint = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        joint = joint * (int(part.max(initial=0)) + 2) + part + 1
        if joint.max(initial=0) > 4 * len(joint) + 1024:
            joint = np.unique(joint, return_inverse=True)[1].astype(np.int64)
    return joint


def _draw_null_vectors(sums: list[Sums], atoms: int) -> Floats:
    """(2, atoms): random vectors that every shown cell sums to zero, by conjugate gradients on the cells' sums."""
    random = np.random.default_rng(SEED)
    places = _normalise_sums(
        {(block.tobytes(), None if of is None else of.tobytes()): (block, of) for block, of in sums}.values()
    )

    def down(x: Floats) -> list[Floats]:
        sums = [np.bincount(block, x * of, minlength=len(root)) / root for block, of, root in places]
        for each in sums:
            each[-1] = 0.0
        return sums

    def up(y: list[Floats]) -> Floats:
        total = np.zeros(atoms)
        for (block, of, root), values in zip(places, y, strict=True):
            total += (values / root)[block] * of
        return total

    return np.stack([_project_to_null_space(random.standard_normal(atoms), down, up) for _ in range(2)])


def _normalise_sums(sums: Iterable[Sums]) -> list[tuple[Numbers, Floats, Floats]]:
    """Each block with its last place for the atoms outside, the number that is summed up, and the sums' lengths.

    A number is taken about its mean in each place, for the sum of people there is known too.
    """
    found = []
    for block, of in sums:
        size = int(block.max(initial=-1)) + 2
        block = np.where(block < 0, size - 1, block)
        many = np.maximum(1.0, np.bincount(block, minlength=size))
        about = np.ones(len(block)) if of is None else of - (np.bincount(block, of, minlength=size) / many)[block]
        length = np.sqrt(np.bincount(block, about**2, minlength=size))
        found.append((block, about, np.where(length > 0, length, 1.0)))
    return found


def _project_to_null_space(x: Floats, down: Any, up: Any) -> Floats:
    """CGLS (Björck 1996, section 7.4) for min |x - A' y|; what is left of x is its projection on the null space of A."""
    residual, gradient = x.copy(), down(x)
    direction = [each.copy() for each in gradient]
    norm = sum(float(each @ each) for each in gradient)
    goal = 1e-20 * max(norm, 1e-300)
    for _ in range(MAX_STEPS):
        if norm <= goal:
            break
        image = up(direction)
        length = float(image @ image)
        if length <= 0:
            break
        residual -= norm / length * image
        gradient = down(residual)
        new = sum(float(each @ each) for each in gradient)
        direction = [g + new / norm * d for g, d in zip(gradient, direction, strict=True)]
        norm = new
    return residual
