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

    `records`, `mapping`: hashes of the records and of the mapping that it was solved for.
    """

    number: int
    plan: PublicationPlan
    hidden: Mapping[str, frozenset[CellKey]]
    scores: Mapping[str, ScoreBase]
    records: str = ""
    mapping: str = ""

    def to_data(self) -> dict[str, Any]:
        """Returns the base as JSON data."""
        return {
            "format": FORMAT,
            "number": self.number,
            "records": self.records,
            "mapping": self.mapping,
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
        )


def _write_key(key: CellKey) -> list[list[str]]:
    return [list(part) for part in sorted(key)]


def _read_key(written: list[list[str]]) -> CellKey:
    return frozenset((concept, code) for concept, code in written)


def read_base(node: Node, holding: str) -> ProtectedBase | None:
    """Returns the base of the holding's last plan, or None if it has no plan. Raises Damaged if the file was changed."""
    paths = _list_bases(node, holding)
    if not paths:
        return None
    data = paths[-1].read_bytes()
    seal, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != seal:
        raise Damaged(N_("The plan “{path}” was changed after it was solved."), path=paths[-1].name)
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
    path = _folder(node, base.plan.holding) / f"{base.number:04d}.json"
    node.journal.append("planned", base.plan.holding, plan=base.number, seal=seal)
    write_file(path, seal.encode() + b"\n" + body, mode=0o600)
    return seal


def lock_desk(node: Node) -> AbstractContextManager[object]:
    """Locks the desk of a node: one question at a time, so that two simultaneous questions are compared with each other too."""
    return lock_file(node.root / "holdings" / ".desk.lock")


def next_number(node: Node, holding: str) -> int:
    """Returns the number of the holding's next plan."""
    paths = _list_bases(node, holding)
    return int(paths[-1].stem) + 1 if paths else 1


def _folder(node: Node, holding: str) -> Path:
    return node.root / "holdings" / ".plans" / holding


def _list_bases(node: Node, holding: str) -> list[Path]:
    return sorted(_folder(node, holding).glob("[0-9]*.json"))
