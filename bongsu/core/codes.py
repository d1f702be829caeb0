"""Code lists with names in three languages, and correspondences between them with weights.

Codes are text: "0110" is not 110. A correspondence reports the amount that it cannot assign to any target code.
Reading code lists from files is the task of store/tables/definitions.py.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.text import Text

_MAX_SHOWN = 10  # codes named in an error


@dataclass(frozen=True)
class Code:
    """A code, its name in three languages, and its parent code if the list is a hierarchy."""

    id: str
    name: Text
    parent: str | None = None


@dataclass(frozen=True)
class CodeList:
    """A list of codes with an id and a version. The order of the codes is the order in which they are shown.

    Raises BadInput if a code is listed twice, if a parent is not in the list, or if a code is above itself.
    """

    id: str
    version: str
    name: Text
    codes: tuple[Code, ...]
    source: str = ""

    def __post_init__(self) -> None:
        if len(self._by_id) != len(self.codes):
            counts = Counter(code.id for code in self.codes)
            twice = sorted(id_ for id_, count in counts.items() if count > 1)
            shown = ", ".join(twice[:_MAX_SHOWN]) + (", …" if len(twice) > _MAX_SHOWN else "")
            raise BadInput(N_("Code list {list}: {codes} is listed twice."), list=self.id, codes=shown)
        checked: set[str] = set()  # codes whose ancestors are in the list and end at a code without a parent
        for code in self.codes:
            below: set[str] = set()
            here = code
            while here.parent is not None and here.id not in checked:
                below.add(here.id)
                if here.parent not in self._by_id or here.parent in below:
                    raise BadInput(
                        N_(
                            "Code list {list}: the parent “{parent}” of “{code}” is not in the list, or is below “{code}”."
                        ),
                        list=self.id,
                        parent=here.parent,
                        code=here.id,
                    )
                here = self._by_id[here.parent]
            checked |= below

    @cached_property
    def _by_id(self) -> Mapping[str, Code]:
        return {code.id: code for code in self.codes}

    def __contains__(self, code: object) -> bool:
        return code in self._by_id

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def get(self, code: str) -> Code:
        """Returns the code with this id. Raises UnknownName with the nearest ids."""
        if code not in self._by_id:
            raise unknown_name(N_("code"), code, self._by_id, where=self.id)
        return self._by_id[code]

    def name_of(self, code: str, language: str) -> str:
        """Returns the name of a code, or the code itself if it is not in the list."""
        found = self._by_id.get(code)
        return found.name.to(language) if found else code

    def select(self, ids: set[str]) -> CodeList:
        """Returns the list reduced to these codes and their ancestors, in the same order."""
        kept = set(ids & self._by_id.keys())
        for code in tuple(kept):
            above = self._by_id[code].parent
            while above is not None and above not in kept:
                kept.add(above)
                above = self._by_id[above].parent
        return CodeList(self.id, self.version, self.name, tuple(c for c in self.codes if c.id in kept), self.source)


@dataclass(frozen=True)
class Link:
    """The share `weight` (above 0, at most 1) of `source` that goes to `target`."""

    source: str
    target: str
    weight: float


@dataclass(frozen=True)
class Correspondence:
    """Converts amounts by the codes of one list into amounts by the codes of another.

    The weights of a source code sum to at most 1. The rest to 1 is reported as lost and is not given to other codes.
    """

    id: str
    source_list: str
    target_list: str
    links: tuple[Link, ...]
    origin: str = ""
    _targets: dict[str, tuple[Link, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        targets: dict[str, list[Link]] = {}
        for link in self.links:
            if not 0 < link.weight <= 1:
                raise BadInput(
                    N_(
                        "Correspondence {id}: the weight {weight} of {source} to {target} must be above 0 and at most 1."
                    ),
                    id=self.id,
                    weight=link.weight,
                    source=link.source,
                    target=link.target,
                )
            targets.setdefault(link.source, []).append(link)
        for source, links in targets.items():
            total = math.fsum(link.weight for link in links)
            if total > 1 + 1e-9 or len({link.target for link in links}) != len(links):
                raise BadInput(
                    N_("Correspondence {id}: the weights of {source} exceed 1 ({total}), or a target is listed twice."),
                    id=self.id,
                    source=source,
                    total=total,
                )
        object.__setattr__(self, "_targets", {source: tuple(links) for source, links in targets.items()})

    def links_of(self, source: str) -> tuple[Link, ...]:
        """Returns the links of a source code; no links for an unknown code."""
        return self._targets.get(source, ())

    def loss_of(self, source: str) -> float:
        """Returns the share of a source code that has no target: 1 for an unknown code."""
        return max(0.0, 1 - math.fsum(link.weight for link in self.links_of(source)))

    def convert_amounts(self, amounts: Mapping[str, float]) -> tuple[dict[str, float], float]:
        """Converts amounts (persons, hours) by source code. Returns the amounts by target code, and the amount lost.

        The amounts by target code and the amount lost sum to the amounts given.
        """
        out: dict[str, float] = {}
        for source, amount in amounts.items():
            for link in self.links_of(source):
                out[link.target] = out.get(link.target, 0.0) + amount * link.weight
        lost = math.fsum(amount * self.loss_of(source) for source, amount in amounts.items())
        return out, lost

    def convert_scores(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Converts scores by source code. Returns the weighted mean score by target code, over the sources with a score."""
        top: dict[str, float] = {}
        bottom: dict[str, float] = {}
        for source, score in scores.items():
            for link in self.links_of(source):
                top[link.target] = top.get(link.target, 0.0) + link.weight * score
                bottom[link.target] = bottom.get(link.target, 0.0) + link.weight
        return {target: top[target] / bottom[target] for target in top}
