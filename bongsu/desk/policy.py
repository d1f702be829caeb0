"""The disclosure control policy of a holding, with safe defaults.

The rules are those of the Handbook on Statistical Disclosure Control (Hundepool et al. 2012), chapter 4. Not here: how
they are applied (primary_suppression.py, secondary_suppression.py, perturbation.py, differencing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name

MIN_MINIMUM = 3


@dataclass(frozen=True)
class Policy:
    """The rules that a holding's owner sets for every answer.

    `minimum`: a cell with fewer contributors (unweighted) is not shown.
    `dominance` (n, k): a cell is not shown if its n largest contributions are more than k % of its total.
    `p_percent`: a cell is not shown if the second largest contributor could estimate the largest to within p % (0: rule off).
    `zeros`: "protect" treats an empty cell as one with too few contributors; "show" shows that it is empty.
    `noise`: 0, or the largest number of contributors by which cell-key perturbation changes a count. With noise there is no
    secondary suppression, and questions that differ by a few contributors are answered, because the noise protects them.
    """

    minimum: int = 10
    dominance: tuple[int, float] | None = (2, 85.0)
    p_percent: float = 10.0
    zeros: str = "protect"
    noise: int = 0

    @classmethod
    def from_data(cls, table: Mapping[str, Any], where: str = "") -> Policy:
        """Reads the table [policy] of a mapping. Raises BadInput or UnknownName with the field."""
        known = [field.name for field in fields(cls)]
        for name in table:
            if name not in known:
                raise unknown_name(N_("rule of a policy"), name, known, where=where)
        values = dict(table)
        minimum = _parse_whole_number(values, "minimum", MIN_MINIMUM, cls.minimum, where)
        noise = _parse_whole_number(values, "noise", 0, cls.noise, where)
        if noise >= minimum:
            raise BadInput(
                N_("“noise” must be smaller than “minimum”, so that no count becomes negative."), where=where
            )
        p = values.get("p_percent", cls.p_percent)
        if not _is_number(p) or not 0 <= p < 100:
            raise BadInput(
                N_("“{field}” must be a percentage: at least 0 and less than 100."), where=where, field="p_percent"
            )
        zeros = values.get("zeros", cls.zeros)
        if zeros not in ("protect", "show"):
            raise BadInput(N_("“zeros” must be “protect” or “show”."), where=where)
        return cls(minimum, _parse_dominance(values.get("dominance", cls.dominance), where), float(p), zeros, noise)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _parse_whole_number(values: Mapping[str, Any], name: str, least: int, default: int, where: str) -> int:
    value = values.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise BadInput(N_("“{field}” must be a whole number, {least} or more."), where=where, field=name, least=least)
    return value


def _parse_dominance(value: Any, where: str) -> tuple[int, float] | None:
    if value is False or value is None:
        return None
    if (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(map(_is_number, value))
        and int(value[0]) == value[0] >= 1
        and 0 < value[1] <= 100
    ):
        return int(value[0]), float(value[1])
    raise BadInput(
        N_("“dominance” must be [n, k], a number of contributions and a percentage of the total, or false."),
        where=where,
    )
