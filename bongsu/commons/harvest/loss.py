"""Decides whether a harvest lost so many records that a person must look at it before its entries are used.

A source that answers with half of its records looks like one that deleted the other half.
"""

from __future__ import annotations

from enum import StrEnum

from bongsu.core.errors import N_

MAX_GONE_PERCENT = 10


class Loss(StrEnum):
    """Why a harvest waits for a person."""

    FEWER = "fewer-than-announced"
    GONE = "many-gone"


LOSS_TEXTS = {
    Loss.FEWER: N_("The source announced {announced} records and sent {fetched}."),
    Loss.GONE: N_("{gone} of {previous} entries would disappear, more than {limit} %."),
}


def find_losses(*, announced: int | None, fetched: int, previous: int, gone: int) -> tuple[Loss, ...]:
    """Returns why a harvest must wait; empty if it need not.

    `announced` is the number of records that the source says it has (None: it does not say), `fetched` the number that came,
    `previous` the number of entries of the last accepted harvest, and `gone` how many of these the new one lacks.
    """
    fewer = announced is not None and fetched < announced
    many = 100 * gone > MAX_GONE_PERCENT * previous
    return (*([Loss.FEWER] if fewer else []), *([Loss.GONE] if many else []))
