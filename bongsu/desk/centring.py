"""Whether the sums of a question are to be fetched again as sums of deviations from means.

A sum of squares less the square of a sum has lost as many digits as the two have in common: of 400 values of 10^8 with a
standard deviation of 1 no digit is left. The first sums show it, so that only such questions read the records again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.microdata_question import MODEL_KINDS

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from bongsu.store.microdata.expressions import SumPlan

    Floats = NDArray[np.float64]

LEAST_VARIANCE = 1e-8  # relative to the largest squared mean; a smaller variance has fewer than eight correct digits


def needs_centred_sums(plan: SumPlan, groups: pa.Table) -> bool:
    """Whether a standard error would lose digits in the sums `groups`."""
    kinds = {statistic.kind for statistic in plan.question.statistics}
    has_errors = plan.survey.design.sampled or bool(kinds & set(MODEL_KINDS))
    if not has_errors:
        return False
    if any(_loses_digits(groups, f"v{i}_") for i in range(len(plan.variables))):
        return True
    totals = any(statistic.kind == "total" and not statistic.of for statistic in plan.question.statistics)
    return totals and bool(plan.survey.design.weight) and _weights_lose_digits(groups)


def _loses_digits(groups: pa.Table, prefix: str) -> bool:
    """Whether values lie close together, within a row or over all, compared with their distance from zero."""
    n, a, b, aa, ab, bb = (_read(groups, prefix + each) for each in ("n", "a", "b", "aa", "ab", "bb"))
    n, a, b, aa, ab, bb = (np.r_[each, each.sum()] for each in (n, a, b, aa, ab, bb))
    means = np.divide(b, a, out=np.zeros_like(a), where=a > 0)
    squares = bb - 2 * means * ab + means**2 * aa
    return bool(((n > 1) & (squares < LEAST_VARIANCE * (means**2).max() * aa)).any())


def _weights_lose_digits(groups: pa.Table) -> bool:
    n, a, aa = (_read(groups, each) for each in ("n", "a", "aa"))
    return bool(((n > 1) & (aa - a**2 / np.maximum(n, 1.0) < LEAST_VARIANCE * aa)).any())


def _read(groups: pa.Table, name: str) -> Floats:
    column: Any = groups[name]
    return np.nan_to_num(np.asarray(column.cast("float64").to_numpy(), np.float64))
