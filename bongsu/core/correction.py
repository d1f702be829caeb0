"""A correction: values of a dataflow that a person replaces, with author, reason, source and date. It is an input of a release.

It says what the value was. So it holds as long as the source gives that value; if the source changes it, a person decides anew.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from msgspec import Struct

from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput
from bongsu.core.provenance import CORRECTION, Input, Origin
from bongsu.core.reason import Reason

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CorrectedValue:
    """One value: the codes of all dimensions, the value it had (None: none), and the right one with its range if it has one."""

    key: Key
    was: float | None
    now: float
    low: float | None = None
    high: float | None = None

    def describe(self, unit: str = "") -> str:
        """Returns the key and both values: REF_AREA=USA, TIME_PERIOD=2014: 60 → 58 TWh."""
        key = ", ".join(f"{name}={code}" for name, code in self.key)
        was = "–" if self.was is None else f"{self.was:.12g}"
        return f"{key}: {was} → {self.now:.12g} {unit}".rstrip()


@dataclass(frozen=True)
class Correction:
    """Corrected values of a dataflow. `id` is unique in the dataflow; `at` is a date or a time (UTC)."""

    id: str
    dataflow: str
    author: str
    reason: Reason
    source: str
    at: str
    values: tuple[CorrectedValue, ...]

    def to_json(self) -> dict[str, Any]:
        """Returns the correction as it is stored."""
        reason = self.reason
        languages = (
            {reason.language: reason.text, **dict(reason.translations)} if reason.language else {"": reason.text}
        )
        return {
            "id": self.id,
            "dataflow": self.dataflow,
            "author": self.author,
            "source": self.source,
            "at": self.at,
            "reason": languages,
            "values": [{**asdict(one), "key": dict(one.key)} for one in self.values],
        }

    def as_input(self) -> Input:
        """Returns the correction as a manifest lists it."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        values = "; ".join(one.describe() for one in self.values)
        address = self.source if self.source.startswith(("http://", "https://")) else ""
        origin = Origin(self.author, f"{values}. {self.reason.text}", address, "", self.source)
        return Input(f"{CORRECTION}{self.id}", hashlib.sha256(text.encode()).hexdigest(), self.at[:10], origin)


class _ValueTable(Struct, forbid_unknown_fields=True):
    key: dict[str, str]
    now: float
    was: float | None = None
    low: float | None = None
    high: float | None = None


class _CorrectionTable(Struct, forbid_unknown_fields=True):
    id: str
    dataflow: str
    author: str
    source: str
    at: str
    reason: dict[str, str]
    values: list[_ValueTable]


def parse_correction(document: Mapping[str, Any], where: str) -> Correction:
    """Returns the correction that `to_json` wrote, or that a table of a programme has. Raises BadInput."""
    row = convert_document(document, _CorrectionTable, where)
    if not row.reason or not row.values:
        raise BadInput(N_("A correction needs a reason and a value."), where=where)
    (language, text), *others = row.reason.items()
    values = tuple(CorrectedValue(tuple(one.key.items()), one.was, one.now, one.low, one.high) for one in row.values)
    for value in values:
        check_value(value, where)
    reason = Reason(text, language, tuple(others))
    return Correction(row.id, row.dataflow, row.author, reason, row.source, row.at, values)


def check_value(value: CorrectedValue, where: str) -> None:
    """Raises BadInput if a corrected value is not finite, lies outside its range, or equals the value it corrects."""
    numbers = [number for number in (value.low, value.now, value.high) if number is not None]
    if not all(map(math.isfinite, numbers)):
        raise BadInput(N_("A corrected value must be finite: {value}."), where=where, value=value.describe())
    if numbers != sorted(numbers) or (value.low is None) != (value.high is None):
        raise BadInput(
            N_("A range must have both ends and contain the value: {value}."), where=where, value=value.describe()
        )
    if value.now == value.was and value.low is None:
        raise BadInput(N_("The value is the same already: {value}."), where=where, value=value.describe())
