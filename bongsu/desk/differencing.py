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

from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.microdata import Condition, Split
from bongsu.desk.layout import TOTAL, UNKNOWN
from bongsu.desk.sensitive import dominated, estimable, largest_sum
from bongsu.desk.tally import band

if TYPE_CHECKING:
    import pyarrow as pa
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


class Atoms:
    """The atoms of a holding: columns of codes, how many contributors each has, and sums of `measures`."""

    def __init__(self, table: pa.Table, measures: tuple[str, ...] = ()) -> None:
        columns: dict[str, Any] = {name: table[name] for name in table.column_names}
        self._sums = {
            name: tuple(_floats(columns.pop(f"{each}{i}")) for each in ("total", "top", "squares"))
            for i, name in enumerate(measures)
        }
        self.n: Floats = _floats(columns.pop("n"))
        self._who = _index(columns.pop("contributor")) if "contributor" in columns else None
        self._period = _index(columns.pop("period")) if "period" in columns else None
        self.codes: dict[str, list[Any]] = {name: column.to_pylist() for name, column in columns.items()}

    def people(self, group: Numbers) -> Floats:
        """Contributors by group (a number an atom, none below 0): each once, whoever comes in several atoms or periods."""
        if self._who is not None:
            many = int(self._who.max(initial=0)) + 1
            pairs = np.unique(group * many + self._who)
            return np.bincount(pairs // many, minlength=int(group.max(initial=-1)) + 1).astype(np.float64)
        if self._period is not None:
            many = int(self._period.max(initial=0)) + 1
            size = int(group.max(initial=-1)) + 1
            sums = np.bincount(group * many + self._period, self.n, size * many)
            return np.asarray(sums.reshape(size, many).max(axis=1), np.float64)
        return np.bincount(group, self.n).astype(np.float64)

    def take(self, chosen: Mask) -> Atoms:
        """Some of the atoms."""
        found = object.__new__(Atoms)
        found.n = self.n[chosen]
        found._sums = {name: tuple(each[chosen] for each in sums) for name, sums in self._sums.items()}
        found._who = None if self._who is None else self._who[chosen]
        found._period = None if self._period is None else self._period[chosen]
        found.codes = {}
        return found

    def dominated(self, measure: str, group: Numbers, policy: Policy) -> Mask:
        """The groups of which a few contributors make up too much of the measure's total."""
        total, top, squares = self._sums[measure]
        size = int(group.max(initial=-1)) + 1
        totals, sums = (np.bincount(group, each, size).astype(np.float64) for each in (total, squares))
        first = np.zeros(size)
        np.maximum.at(first, group, top)
        largest = largest_sum(first, sums, totals, policy.dominance[0] if policy.dominance else 2)
        second = largest_sum(first, sums, totals, 2) - first
        return dominated(totals, largest, policy) | estimable(totals, first, second, policy)

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
            hidden = np.array([name in shown.hidden for name in numbers], bool)
            yield cells, inside & ~hidden[cells]


def discloses(atoms: Atoms, before: list[Shown], new: list[Shown], policy: Policy) -> bool:
    """Whether what is shown, old and new together, determines a group that the policy protects."""
    if not len(atoms.n):
        return False
    old_blocks = [(shown, block) for shown in before for block in atoms.blocks(shown)]
    new_blocks = [(shown, block) for shown in new for block in atoms.blocks(shown)]
    used = sorted(set().union(*(shown.concepts for shown in (*before, *new))))
    factors = [_index_of(atoms.codes[name]) for name in used]
    groupings: list[Numbers] = [np.arange(len(atoms.n))]
    for size in range(1, min(MOST, len(used)) + 1):
        groupings += [_joint([factors[i] for i in chosen]) for chosen in combinations(range(len(used)), size)]
    groupings += [cells for _, (cells, _) in (*old_blocks, *new_blocks)]
    for number, (_, (cells, _)) in enumerate(new_blocks):
        groupings += [_joint([cells, other]) for _, (other, _) in (*old_blocks, *new_blocks[:number])]
    seen = _seen([*old_blocks, *new_blocks])
    if _determined(atoms, groupings, _free(seen, len(atoms.n)), lambda some, group: _few(some, group, policy), policy):
        return True
    for measure in atoms._sums:
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


def _floats(column: Any) -> Floats:
    return np.nan_to_num(np.asarray(column.cast("float64").to_numpy(), np.float64))


def _index(column: Any) -> Numbers:
    return _index_of(column.to_pylist())


def _index_of(values: list[Any]) -> Numbers:
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int64)


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
