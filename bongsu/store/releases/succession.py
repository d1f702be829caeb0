"""Which release of a dataflow stands instead of a withdrawn one, and why those figures are not sealed again."""

from __future__ import annotations

from collections.abc import Sequence

from bongsu.core.errors import N_, WithdrawnBefore
from bongsu.core.release import Release, Withdrawal


def find_successor(known: Sequence[Release], release: Release) -> Release | None:
    """Returns the release that stands instead of a withdrawn one: the first later one, or the current one; None if none.

    `known` are all releases of the dataflow, oldest first.
    """
    standing = [other for other in known if not other.withdrawal]
    later = [other for other in standing if other.number > release.number]
    return later[0] if later else standing[-1] if standing else None


def list_replaced(known: Sequence[Release], release: Release) -> list[Release]:
    """Returns the withdrawn releases that a release is the first later one to stand for, newest first."""
    if release.withdrawal:
        return []
    gone = [other for other in known if other.withdrawal and other.number < release.number]
    return [other for other in reversed(gone) if find_successor(known, other) == release]


def withdrawn_before_error(release: Release) -> WithdrawnBefore:
    """Returns the error of a draft whose observations are those of a withdrawn release."""
    said = release.withdrawal or Withdrawal("", "")
    return WithdrawnBefore(
        N_("{flow} was not sealed: its observations are those of {release}, withdrawn on {date}: “{why}”."),
        fix=N_(
            "Correct the input or the method. If the figures are right after all, a person can seal them with a "
            "reason: bongsu build --flow {flow} --despite REASON."
        ),
        flow=release.dataflow,
        release=release.name,
        date=said.at[:10],
        why=said.reason,
    )
