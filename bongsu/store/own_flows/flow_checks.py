"""The checks that a flow.toml may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bongsu.store.own_flows.flow_file import FewLost, SumsTo, Within
from bongsu.store.releases.checks import few_lost, parts_sum_to_total, values_within

if TYPE_CHECKING:
    from bongsu.core.programme import Check


def make_check(spec: Within | SumsTo | FewLost) -> Check:
    """Returns the check that a table under [[checks]] describes."""
    match spec:
        case Within():
            return values_within(spec.low, spec.high, **spec.where)
        case SumsTo():
            return parts_sum_to_total(spec.dimension, spec.total, spec.parts, spec.tolerance)
        case FewLost():
            return few_lost(spec.dimension, spec.share)
