"""What must hold before the catalogue is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bongsu.core.errors import N_
from bongsu.core.release import Draft, Finding

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LOST_SHARE = 0.2  # of the entries before: a harvest that lost more went wrong, and a person should look


def few_entries_lost(draft: Draft, before: pa.Table | None) -> Finding:
    """No more than a fifth of the entries of the release before are gone."""
    now = set(draft.observations.column("ENTRY").unique().to_pylist())
    earlier = set(before.column("ENTRY").unique().to_pylist()) if before is not None else set()
    lost = sorted(str(entry) for entry in earlier - now)
    holds = len(lost) <= MAX_LOST_SHARE * len(earlier)
    shown = ", ".join(lost[:20]) or "none"
    return Finding(N_("entries since the last release"), holds, f"{len(now)} entries, {len(lost)} lost: {shown}")


def open_entries_have_licence(draft: Draft, before: pa.Table | None) -> Finding:
    """No entry counts as open without a licence declared."""
    wrong = [
        str(row["ENTRY"])
        for row in draft.observations.to_pylist()
        if row["INDICATOR"] == "LICENCE_OPEN" and row["OBS_VALUE"] == 1 and row["COMMENT_OBS"].startswith("no licence")
    ]
    return Finding(N_("open entries declare a licence"), not wrong, ", ".join(wrong) or "all")


def parts_sum_to_whole(draft: Draft, before: pa.Table | None) -> Finding:
    """Open, closed and unknown sum to all entries, in every breakdown."""
    sums: dict[tuple[str, str], list[float]] = {}
    for row in draft.observations.to_pylist():
        whole, parts = sums.setdefault((row["BREAKDOWN"], row["BREAKDOWN_VALUE"]), [0.0, 0.0])
        if row["INDICATOR"] == "ENTRIES":
            whole = row["OBS_VALUE"]
        else:
            parts += row["OBS_VALUE"]
        sums[row["BREAKDOWN"], row["BREAKDOWN_VALUE"]] = [whole, parts]
    wrong = [f"{'/'.join(key)}: {parts:g} of {whole:g}" for key, (whole, parts) in sums.items() if whole != parts]
    return Finding(N_("open, closed and unknown sum to all"), not wrong, "; ".join(wrong) or f"{len(sums)} groups")
