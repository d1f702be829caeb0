"""The checks that a flow.toml may ask for: values within limits, parts that sum to a total, few codes lost."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding
from bongsu.core.structure import VALUE
from bongsu.store.own_flows.flow_file import FewLost, SumsTo, Within

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.core.programme import Check

_SHOWN = 5


def make_check(spec: Within | SumsTo | FewLost) -> Check:
    """Returns the check that a table under [[checks]] describes."""

    def check(draft: Draft, before: pa.Table | None) -> Finding:
        if isinstance(spec, Within):
            return _check_within(spec, draft)
        if isinstance(spec, SumsTo):
            return _check_sums(spec, draft)
        return _check_lost(spec, draft, before)

    return check


def _check_within(spec: Within, draft: Draft) -> Finding:
    outside = [
        f"{_describe_key(draft, row)}: {row[VALUE]:g}"
        for row in draft.observations.to_pylist()
        if row[VALUE] is not None
        and all(row[name] in codes for name, codes in spec.where.items())
        and not spec.low <= row[VALUE] <= spec.high
    ]
    detail = f"{len(outside)} outside {spec.low:g} to {spec.high:g}"
    return Finding(N_("values are within their limits"), not outside, "; ".join([detail, *outside[:_SHOWN]]))


def _check_sums(spec: SumsTo, draft: Draft) -> Finding:
    """Compares each sum with its total; a total without all its parts is not compared."""
    others = [name for name in (*draft.structure.dataflow.keys, "UNIT_MEASURE") if name != spec.dimension]
    found: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for row in draft.observations.to_pylist():
        if row[VALUE] is not None:
            found[tuple(row[name] for name in others)][row[spec.dimension]] = row[VALUE]
    compared, wrong = 0, []
    for key, values in found.items():
        if spec.total in values and values.keys() >= set(spec.parts):
            compared += 1
            total = math.fsum(values[part] for part in spec.parts)
            if not math.isclose(total, values[spec.total], rel_tol=1e-12, abs_tol=spec.tolerance):
                wrong.append(f"{' '.join(key)}: {total:g} / {values[spec.total]:g}")
    detail = "; ".join([f"{compared} sums, {len(wrong)} wrong", *wrong[:_SHOWN]])
    return Finding(N_("parts sum to the total"), not wrong, detail)


def _check_lost(spec: FewLost, draft: Draft, before: pa.Table | None) -> Finding:
    now = _codes(draft.observations, spec.dimension)
    earlier = _codes(before, spec.dimension) if before is not None else set()
    lost = sorted(earlier - now)
    detail = f"{len(now)} codes, {len(lost)} lost: {', '.join(lost) or '-'}"
    return Finding(N_("codes since the last release"), len(lost) <= spec.share * len(earlier), detail)


def _codes(observations: pa.Table, dimension: str) -> set[str]:
    return {str(code) for code in observations.column(dimension).unique().to_pylist()}


def _describe_key(draft: Draft, row: dict[str, Any]) -> str:
    return " ".join(row[name] for name in draft.structure.dataflow.keys)
