"""The disclosure control policy of a holding, with safe defaults.

The rules are those of the Handbook on Statistical Disclosure Control (Hundepool et al. 2012), chapter 4. Not here: how
they are applied (primary_suppression.py, secondary_suppression.py, differencing.py; mode private: private/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from msgspec import Struct

from bongsu.core.document_shape import WholeNumber, convert_document, join_place, limit
from bongsu.core.errors import N_, BadInput
from bongsu.desk.private.rules import PrivateRules, describe_rules

if TYPE_CHECKING:
    from bongsu.core.mapping import Survey

MIN_MINIMUM = 3
PLAN: Final = "plan"
PRIVATE: Final = "private"


class PolicyShape(Struct, forbid_unknown_fields=True):
    """The fields of the table [policy] in a mapping file. `dominance` is [n, k], or false."""

    minimum: Annotated[int, limit(ge=MIN_MINIMUM)] = 10
    dominance: Any = (2, 85.0)
    p_percent: Annotated[float, limit(ge=0, lt=100)] = 10.0
    zeros: Literal["protect", "show"] = "protect"
    mode: Literal["plan", "private"] = PLAN
    private: Any = None
    noise: WholeNumber = 0  # of older mappings


@dataclass(frozen=True)
class Policy:
    """The rules that a holding's owner sets for every answer.

    `minimum`: a cell with fewer contributors (unweighted) is not shown.
    `dominance` (n, k): a cell is not shown if its n largest contributions are more than k % of its total.
    `p_percent`: a cell is not shown if the second largest contributor could estimate the largest to within p % (0: rule off).
    `zeros`: "protect" treats an empty cell as one with too few contributors; "show" shows that it is empty.
    `mode`: "plan", or "private" (differential privacy by the rules in `private`; the other rules do not apply then).
    """

    minimum: int = 10
    dominance: tuple[int, float] | None = (2, 85.0)
    p_percent: float = 10.0
    zeros: str = "protect"
    mode: str = PLAN
    private: PrivateRules | None = None

    @classmethod
    def from_data(cls, table: Mapping[str, Any], where: str = "") -> Policy:
        """Reads the table [policy] of a mapping. Raises BadInput or UnknownName with the field."""
        written = convert_document(dict(table), PolicyShape, where, "policy")
        if written.noise:
            raise BadInput(
                N_("The desk no longer adds noise by cell keys, because two questions defeat it."),
                where=join_place(where, "policy.noise"),
                fix=N_(
                    'Write mode = "private" and a table [policy.private] for differential privacy, or leave “noise” out.'
                ),
            )
        if (written.mode == PRIVATE) != (written.private is not None):
            raise BadInput(
                N_("Mode “private” and the table [policy.private] must be given together."),
                where=join_place(where, "policy.mode"),
            )
        dominance = _parse_dominance(written.dominance, join_place(where, "policy.dominance"))
        private = None if written.private is None else PrivateRules.from_data(written.private, where)
        return cls(written.minimum, dominance, written.p_percent, written.zeros, written.mode, private)

    def to_data(self) -> dict[str, Any]:
        """Returns the policy as JSON data."""
        return asdict(self) | {"private": self.private.to_data() if self.private else None}


def is_private(survey: Survey) -> bool:
    """Whether the mapping of a holding asks for mode private."""
    return survey.policy.get("mode") == PRIVATE


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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


def describe_policy(policy: Policy, translate: Callable[[str], str]) -> list[str]:
    """Returns the rules in words, in the language of `translate`."""
    if policy.private:
        return describe_rules(policy.private, translate)
    rules = [translate(N_("A cell with fewer than {minimum} people is not shown.")).format(minimum=policy.minimum)]
    if policy.dominance:
        count, percent = policy.dominance
        text = N_("A total is not shown if its {count} largest contributions make up more than {percent} % of it.")
        rules.append(translate(text).format(count=count, percent=f"{percent:g}"))
    if policy.p_percent:
        text = N_(
            "A total is not shown if the second largest contributor could estimate the largest to within {percent} %."
        )
        rules.append(translate(text).format(percent=f"{policy.p_percent:g}"))
    empty = {
        "protect": N_("An empty cell is treated like one with too few people."),
        "show": N_("An empty cell is shown as empty."),
    }
    rules.append(translate(empty[policy.zeros]))
    rules.append(translate(N_("Further cells are hidden, so that hidden ones cannot be computed from sums.")))
    return rules
