"""Selects the first and last observations of each series, as an Ibis expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def select_first_and_last(observations: ir.Table, series: Sequence[str], along: str, first: int, last: int) -> ir.Table:
    """Returns the `first` first and `last` last observations of every series, ordered by the column `along`.

    `series` are the columns that identify a series. The order of the result is not defined.
    """
    import ibis

    kept = [
        ibis.row_number().over(group_by=list(series), order_by=order) < most
        for order, most in ((ibis.asc(along), first), (ibis.desc(along), last))
        if most
    ]
    names = [f"kept_{index}" for index in range(len(kept))]
    numbered = observations.mutate(**dict(zip(names, kept, strict=True)))
    return numbered.filter(ibis.or_(*(numbered[name] for name in names))).drop(*names)
