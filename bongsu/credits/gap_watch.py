"""Keeps commands away from records that are older than the journal, or differ from it.

The journal is read when a process first posts, and when the last number that it saw has gone down: the database was restored
under it. Not with every batch.
"""

from __future__ import annotations

from bongsu.credits.day_heads import open_journal, require_no_gap
from bongsu.credits.models import Head

_last_seen: int | None = None  # the number of the ledger's last transfer; None: the journal was not compared yet


def require_whole(last: int | None = None) -> None:
    """Raises LedgerGap, unless the records agreed with the journal before. `last` is the number of the last transfer, if known.

    Raises Damaged if the journal's own chain is broken.
    """
    global _last_seen  # one value a process
    if _last_seen is None or (last is not None and last < _last_seen):
        _last_seen = None
        require_no_gap(open_journal())
        if last is None:
            last = Head.objects.values_list("transfer", flat=True).first() or 0
    if last is not None:
        _last_seen = last
