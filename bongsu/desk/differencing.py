"""The desk's memory: an answer is refused where, with what was answered before, it would show a group that is too small.

Everything that was shown of a holding is a set of sums over people. Take the atoms of all questions together: people who
agree in every concept that any of them used. Each shown cell is then a sum over atoms, and what a reader can work out by
adding and subtracting cells, of however many answers, is exactly the span of those sums. So draw a random vector over the
atoms and project it on the vectors that every shown cell sums to zero: a group of atoms is determined if and only if the
projection sums to zero over the group too (with probability one). Groups that are tested, where they have fewer
contributors than the minimum: every cell of every table of up to MOST concepts; every cell, hidden ones too; every overlap
of a new cell with another; two of them together. That covers dropping a person, margins, hierarchies and overlapping
bands. For a measure the same is done with the answers that show it, and groups that dominance or the p % rule protects.

Left out: groups of three or more scattered pieces, and bounds across answers (within an answer, audit.py has them).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.desk.atoms import Atoms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.shown import Shown

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MOST = 4
STEPS = 3_000
NEAR = 1e-5
SEED = 8_128  # the same history gives the same decision


def discloses(atoms: Atoms, before: list[Shown], new: list[Shown], policy: Policy) -> bool:
    """Whether what is shown, old and new together, determines a group that the policy protects."""
    if not len(atoms.n):
        return False
    old_blocks = [(shown, block) for shown in before for block in atoms.blocks(shown)]
    new_blocks = [(shown, block) for shown in new for block in atoms.blocks(shown)]
    used = sorted(set().union(*(shown.concepts for shown in (*before, *new))))
    factors = [atoms.codes[name][1] for name in used]
    groupings: list[Numbers] = [np.arange(len(atoms.n))]
    for size in range(1, min(MOST, len(used)) + 1):
        groupings += [_joint([factors[i] for i in chosen]) for chosen in combinations(range(len(used)), size)]
    groupings += [cells for _, (cells, _) in (*old_blocks, *new_blocks)]
    for number, (_, (cells, _)) in enumerate(new_blocks):
        groupings += [_joint([cells, other]) for _, (other, _) in (*old_blocks, *new_blocks[:number])]
    seen = _seen([*old_blocks, *new_blocks])
    if _determined(atoms, groupings, _free(seen, len(atoms.n)), lambda some, group: _few(some, group, policy), policy):
        return True
    for measure in atoms.measures:
        told = [(shown, block) for shown, block in (*old_blocks, *new_blocks) if measure in shown.variables]
        free = _free(_seen(told), len(atoms.n))

        def sensitive(some: Atoms, group: Numbers, measure: str = measure) -> Mask:
            return some.dominated(measure, group, policy)

        if _determined(atoms, groupings, free, sensitive):
            return True
    return False


def _seen(blocks: list[tuple[Shown, tuple[Numbers, Mask]]]) -> list[Numbers]:
    return [np.where(visible, cells, -1) for _, (cells, visible) in blocks]


def _few(atoms: Atoms, group: Numbers, policy: Policy) -> Mask:
    sizes = atoms.people(group)
    return (sizes > 0) & (sizes < policy.minimum)


def _determined(
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
        if (np.abs(sums) < NEAR).all(axis=1).any():
            return True
        if pairs is not None:
            sizes = some.people(group)[wanted]
            order = np.argsort(np.abs(sums[:, 0]))  # two groups that are determined together have opposite sums
            sizes, sums = sizes[order], sums[order]
            near = (np.abs(sums[1:] + sums[:-1]) < NEAR).all(axis=1)
            if (near & (sizes[1:] + sizes[:-1] < pairs.minimum)).any():
                return True
    return False


def _joint(parts: list[Numbers]) -> Numbers:
    """The number of each atom's combination. To be outside a part (-1) counts as one: "here, but not there" is a group."""
    joint = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        joint = joint * (int(part.max(initial=0)) + 2) + part + 1
        if joint.max(initial=0) > 4 * len(joint) + 1024:
            joint = np.unique(joint, return_inverse=True)[1].astype(np.int64)
    return joint


def _free(blocks: list[Numbers], atoms: int) -> Floats:
    """(2, atoms): random vectors that every shown cell sums to zero, by conjugate gradients on the cells' sums."""
    random = np.random.default_rng(SEED)
    places = _places({block.tobytes(): block for block in blocks}.values())

    def down(x: Floats) -> list[Floats]:
        sums = [np.bincount(block, x, minlength=len(root)) / root for block, root in places]
        for each in sums:
            each[-1] = 0.0
        return sums

    def up(y: list[Floats]) -> Floats:
        total = np.zeros(atoms)
        for (block, root), values in zip(places, y, strict=True):
            total += (values / root)[block]
        return total

    return np.stack([_projected(random.standard_normal(atoms), down, up) for _ in range(2)])


def _places(blocks: Any) -> list[tuple[Numbers, Floats]]:
    """Each block with its last place for the atoms outside, and the root of how many atoms stand in each place."""
    found = []
    for block in blocks:
        size = int(block.max(initial=-1)) + 2
        block = np.where(block < 0, size - 1, block)
        found.append((block, np.sqrt(np.maximum(1.0, np.bincount(block, minlength=size)))))
    return found


def _projected(x: Floats, down: Any, up: Any) -> Floats:
    """CGLS (Björck 1996, section 7.4) for min |x - A' y|; what is left of x is its projection on the null space of A."""
    residual, gradient = x.copy(), down(x)
    direction = [each.copy() for each in gradient]
    norm = sum(float(each @ each) for each in gradient)
    goal = 1e-20 * max(norm, 1e-300)
    for _ in range(STEPS):
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
