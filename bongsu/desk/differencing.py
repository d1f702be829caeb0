"""The desk's memory: an answer is refused where, with what was answered before, it would show a group that is too small.

Everything that was shown of a holding is a set of sums over people. Take the atoms of all questions together: people who
agree in every concept that any of them used. Each shown cell is then a sum over atoms, and what a reader can work out by
adding and subtracting cells, of however many answers, is exactly the span of those sums. So draw a random vector over the
atoms and project it on the vectors that every shown cell sums to zero: a group of atoms is determined if and only if the
projection sums to zero over the group too (with probability one). Groups that are tested, where they have fewer
contributors than the minimum: every cell of every table of up to MOST concepts; every overlap of a new cell with a cell
answered before; two of them together. That covers dropping a person, margins, hierarchies and overlapping bands.

Left out: groups of three or more scattered pieces, and bounds across answers (within an answer, audit.py has them).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.microdata import Condition, Question, Split
from bongsu.desk.layout import TOTAL, UNKNOWN
from bongsu.desk.tally import band

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MOST = 4
STEPS = 3_000
NEAR = 1e-5
SEED = 8_128  # the same history gives the same decision


@dataclass(frozen=True)
class Shown:
    """A question that was answered (or is about to be): what it broke the population down by, and which cells are hidden."""

    where: tuple[Condition, ...]
    breakdown: tuple[Split, ...]
    margins: bool
    hidden: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, question: Question, hidden: Sequence[Sequence[str]], *, moments: bool = False) -> list[Shown]:
        """The tables that an answer shows: its own and, for a model whose moments are shown, every pair of its terms."""
        found = [cls(question.where, question.breakdown, question.margins, frozenset(map(tuple, hidden)))]
        if moments:
            terms = sorted({term for statistic in question.statistics for term in statistic.terms})
            pairs: list[tuple[str, ...]] = [*combinations(terms, 2)] or [(term,) for term in terms]
            found += [cls(question.where, tuple(map(Split, pair)), margins=True, hidden=frozenset()) for pair in pairs]
        return found

    @property
    def concepts(self) -> set[str]:
        """The concepts that it used."""
        return {c.concept for c in self.where} | {split.concept for split in self.breakdown}


class Atoms:
    """The atoms of a holding: columns of codes and how many contributors each has."""

    def __init__(self, table: pa.Table) -> None:
        columns: dict[str, Any] = {name: table[name] for name in table.column_names}
        self.n: Floats = np.asarray(columns.pop("n").cast("float64").to_numpy(), np.float64)
        self.codes: dict[str, list[Any]] = {name: column.to_pylist() for name, column in columns.items()}

    def population(self, conditions: tuple[Condition, ...]) -> Mask:
        """The atoms that meet the conditions."""
        inside = np.ones(len(self.n), dtype=bool)
        for condition in conditions:
            values = self.codes[condition.concept]
            if condition.codes:
                inside &= np.array([value in condition.codes for value in values], bool)
            low = -np.inf if condition.low is None else condition.low
            high = np.inf if condition.high is None else condition.high
            if not condition.codes:
                inside &= np.array([value is not None and low <= value <= high for value in values], bool)
        return inside

    def levels(self, split: Split, *, margins: bool) -> list[list[str]]:
        """The code of every atom at each level of a split, the lowest first."""
        values = self.codes[split.concept]
        if split.bands:
            low = [-1 if v is None else int(np.searchsorted(split.bands, v, side="right")) for v in values]
            found = [[band(split, number) for number in low]]
        elif split.digits:
            longest = max(split.digits)
            cut = [UNKNOWN if v is None else v[:longest] for v in values]
            leaf = [v if v == UNKNOWN or len(v) == longest else v + UNKNOWN for v in cut]
            found = [leaf] + [
                [v if v == UNKNOWN else v[:digits] for v in cut] for digits in sorted(split.digits, reverse=True)[1:]
            ]
        else:
            found = [[UNKNOWN if v is None else str(v) for v in values]]
        return [*found, [TOTAL] * len(values)] if margins else found

    def blocks(self, shown: Shown) -> Iterator[tuple[Numbers, Mask]]:
        """For every choice of levels: the number of each atom's cell (-1 outside the population), and whether it is shown."""
        inside = self.population(shown.where)
        levels = [self.levels(split, margins=shown.margins) for split in shown.breakdown]
        for chosen in product(*levels):
            names = list(zip(*chosen, strict=True)) if chosen else [()] * len(self.n)
            numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
            cells = np.where(inside, np.array([numbers[name] for name in names], np.int64), -1)
            yield cells, inside & np.array([name not in shown.hidden for name in names], bool)


def discloses(atoms: Atoms, before: list[Shown], new: list[Shown], minimum: int) -> bool:
    """Whether what is shown, old and new together, determines a group of fewer contributors than the minimum."""
    if not len(atoms.n):
        return False
    old_blocks = [block for shown in before for block in atoms.blocks(shown)]
    new_blocks = [block for shown in new for block in atoms.blocks(shown)]
    seen = [np.where(visible, cells, -1) for cells, visible in (*old_blocks, *new_blocks)]
    free = _free(seen, len(atoms.n))
    used = sorted(set().union(*(shown.concepts for shown in (*before, *new))))
    factors = [np.unique([str(v) for v in atoms.codes[name]], return_inverse=True)[1] for name in used]
    groupings: list[Numbers] = [np.arange(len(atoms.n))]
    for size in range(1, min(MOST, len(used)) + 1):
        groupings += [_joint([factors[i] for i in chosen]) for chosen in combinations(range(len(used)), size)]
    for cells, _ in new_blocks:
        groupings += [_joint([cells, other]) for other, _ in (*old_blocks, *new_blocks)]
        groupings.append(cells)
    return any(_small_and_determined(group, atoms.n, free, minimum) for group in groupings)


def _joint(parts: list[Numbers]) -> Numbers:
    """The number of each atom's combination; -1 only where all parts are -1."""
    joint = parts[0] + 1
    for part in parts[1:]:
        joint = joint * (int(part.max(initial=0)) + 2) + part + 1
    return np.unique(joint, return_inverse=True)[1].astype(np.int64)


def _small_and_determined(group: Numbers, n: Floats, free: Floats, minimum: int) -> bool:
    inside = group >= 0
    if not inside.any():
        return False
    sizes = np.bincount(group[inside], n[inside])
    sums = np.stack([np.bincount(group[inside], each[inside]) for each in free], axis=1)
    small = (sizes > 0) & (sizes < minimum)
    sizes, sums = sizes[small], sums[small]
    if (np.abs(sums) < NEAR).all(axis=1).any():
        return True
    order = np.argsort(np.abs(sums[:, 0]))  # two groups that are determined together have opposite sums
    sizes, sums = sizes[order], sums[order]
    near = (np.abs(sums[1:] + sums[:-1]) < NEAR).all(axis=1)
    return bool((near & (sizes[1:] + sizes[:-1] < minimum)).any())


def _free(blocks: list[Numbers], atoms: int) -> Floats:
    """(2, atoms): random vectors that every shown cell sums to zero, by conjugate gradients on the cells' sums."""
    random = np.random.default_rng(SEED)
    sizes = [int(block.max(initial=-1)) + 2 for block in blocks]  # the last place is for atoms outside
    roots = [
        np.sqrt(np.maximum(1.0, np.bincount(block, minlength=size)[:size])) for block, size in _places(blocks, sizes)
    ]

    def down(x: Floats) -> list[Floats]:
        sums = [np.bincount(b, x, minlength=s) / r for (b, s), r in zip(_places(blocks, sizes), roots, strict=True)]
        for each in sums:
            each[-1] = 0.0
        return sums

    def up(y: list[Floats]) -> Floats:
        total = np.zeros(atoms)
        for (block, _), values, root in zip(_places(blocks, sizes), y, roots, strict=True):
            total += (values / root)[block]
        return total

    return np.stack([_projected(random.standard_normal(atoms), down, up) for _ in range(2)])


def _places(blocks: list[Numbers], sizes: list[int]) -> Iterator[tuple[Numbers, int]]:
    for block, size in zip(blocks, sizes, strict=True):
        yield np.where(block < 0, size - 1, block), size


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
