"""The protected base of a holding: its solved plan as a sealed file, from which every question inside the plan is answered.

The file lies in holdings/.plans/NAME/0001.json and stays when the holding is dropped, because what was shown stays known. A
plan can be extended by a later one, never changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, Damaged, Refused
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.plans.score_sums import ScoreBase
from bongsu.store.disk.files import dump_json, lock_file, write_file

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from bongsu.desk.plans.linked_cells import CellKey
    from bongsu.store.microdata.holdings import Holding, Holdings
    from bongsu.store.node import Node

FORMAT = "bongsu.protected-base/1"


@dataclass(frozen=True)
class ProtectedBase:
    """A plan, its number, and what is hidden in it: by measure ("" is people) the hidden cells; the sums of scores.

    `records`, `mapping`: hashes of the records and of the mapping that it was solved for; `default`: whether the node proposed
    the plan, because its holding had none.
    """

    number: int
    plan: PublicationPlan
    hidden: Mapping[str, frozenset[CellKey]]
    scores: Mapping[str, ScoreBase]
    records: str = ""
    mapping: str = ""
    default: bool = False

    def to_data(self) -> dict[str, Any]:
        """Returns the base as JSON data."""
        return {
            "format": FORMAT,
            "number": self.number,
            "records": self.records,
            "mapping": self.mapping,
            "default": self.default,
            "plan": self.plan.to_data(),
            "hidden": {name: sorted(map(_write_key, keys)) for name, keys in self.hidden.items()},
            "scores": {
                name: {
                    "rounded": base.rounded,
                    "values": dict(base.values),
                    "amounts": sorted([_write_key(key), *sums] for key, sums in base.amounts.items()),
                }
                for name, base in self.scores.items()
            },
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ProtectedBase:
        """Makes a base from JSON data."""
        return cls(
            data["number"],
            PublicationPlan.from_data(data["plan"]),
            {name: frozenset(map(_read_key, keys)) for name, keys in data["hidden"].items()},
            {
                name: ScoreBase(
                    {_read_key(key): (amount, weight) for key, amount, weight in one["amounts"]},
                    one["rounded"],
                    one["values"],
                )
                for name, one in data["scores"].items()
            },
            data["records"],
            data["mapping"],
            data.get("default", False),  # plans before the default one have no such field
        )


def _write_key(key: CellKey) -> list[list[str]]:
    return [list(part) for part in sorted(key)]


def _read_key(written: list[list[str]]) -> CellKey:
    return frozenset((concept, code) for concept, code in written)


def read_base(node: Node, holding: str) -> ProtectedBase | None:
    """Returns the base of the holding's last plan in the journal, or None if it has no plan.

    Raises Damaged if the file was changed or deleted.
    """
    last = node.questions.find_last_plan(holding)
    if last is None:
        return None
    path = _path(node, holding, last[0])
    if not path.exists():
        raise Damaged(
            N_("The plan “{path}” is missing."),
            fix=N_("Restore holdings/.plans from a backup: what the plan has shown must stay known."),
            path=path.name,
        )
    _, _, body = path.read_bytes().partition(b"\n")
    if hashlib.sha256(body).hexdigest() != last[1]:
        raise Damaged(N_("The plan “{path}” was changed after it was solved."), path=path.name)
    return ProtectedBase.from_data(json.loads(body))


def require_same_holding(base: ProtectedBase, holdings: Holdings, holding: Holding) -> None:
    """Raises Refused if the records or the mapping are not those that the plan was solved for."""
    if (base.records, base.mapping) != holdings.hash_contents(holding):
        raise Refused(
            N_("The plan of “{holding}” was solved for other records, or for another mapping."),
            fix=N_("Solve it again: bongsu desk plan {holding} --set PLAN.toml"),
            holding=holding.name,
        )


def write_base(node: Node, base: ProtectedBase) -> str:
    """Stores a base and records it in the journal. Returns its seal, the SHA-256 of its bytes."""
    body = dump_json(base.to_data()).encode()
    seal = hashlib.sha256(body).hexdigest()
    write_file(_path(node, base.plan.holding, base.number), seal.encode() + b"\n" + body, mode=0o600)
    node.journal.append("planned", base.plan.holding, plan=base.number, seal=seal)
    return seal


def lock_desk(node: Node) -> AbstractContextManager[object]:
    """Locks the desk of a node: one question at a time, so that two simultaneous questions are compared with each other too."""
    return lock_file(node.root / "holdings" / ".desk.lock")


def next_number(node: Node, holding: str) -> int:
    """Returns the number of the holding's next plan."""
    last = node.questions.find_last_plan(holding)
    return last[0] + 1 if last else 1


def _path(node: Node, holding: str, number: int) -> Path:
    return node.root / "holdings" / ".plans" / holding / f"{number:04d}.json"
