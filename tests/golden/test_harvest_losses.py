"""When a harvest waits for a person: fewer records than announced, or more than 10 % of the previous entries gone.

1 of 10 is 10 %, which passes; 1 of 9 is 11.1 %. 10 of 100 is 10 %; 11 of 100 is 11 %. 100 of 1,009 is 9.91 %; 101 of 1,009 is
10.01 %.
"""

from __future__ import annotations

import pytest

from bongsu.commons.harvest.loss import Loss, find_losses

FEWER, GONE = Loss.FEWER, Loss.GONE


@pytest.mark.parametrize(
    ("announced", "fetched", "previous", "gone", "losses"),
    [
        (None, 0, 0, 0, ()),  # the first harvest of an empty source
        (None, 5, 0, 0, ()),  # the first harvest
        (0, 0, 0, 0, ()),
        (5, 5, 0, 0, ()),
        (5, 6, 0, 0, ()),  # one was added while the pages were read
        (6, 5, 0, 0, (FEWER,)),
        (1, 0, 0, 0, (FEWER,)),
        (None, 9, 10, 1, ()),  # exactly 10 %
        (None, 8, 9, 1, (GONE,)),
        (None, 90, 100, 10, ()),
        (None, 89, 100, 11, (GONE,)),
        (None, 909, 1009, 100, ()),
        (None, 908, 1009, 101, (GONE,)),
        (None, 0, 1, 1, (GONE,)),  # a source with one record that lost it
        (None, 3, 4, 1, (GONE,)),
        (None, 0, 100, 100, (GONE,)),
        (0, 0, 100, 100, (GONE,)),  # the source says itself that it has none
        (100, 100, 100, 100, (GONE,)),  # all are replaced by others
        (100, 99, 100, 1, (FEWER,)),
        (100, 50, 100, 50, (FEWER, GONE)),
    ],
)
def test_losses(announced: int | None, fetched: int, previous: int, gone: int, losses: tuple[Loss, ...]) -> None:
    assert find_losses(announced=announced, fetched=fetched, previous=previous, gone=gone) == losses
