"""Recognises ISCO-88 codes among codes that are declared as ISCO-08: the two lists share most codes, with other meanings.

2131 is computer systems designers in ISCO-88 and biologists in ISCO-08, so a single code tells nothing; but each list has codes
that the other does not have, and a column of one list has more of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bongsu.core.errors import N_, BadInput
from bongsu.store.tables.definitions import DEFINITIONS, code_lists, read_rows


@lru_cache(maxsize=1)
def _own_codes() -> tuple[frozenset[str], frozenset[str]]:
    """Returns the codes of any level that only ISCO-88 has, and those that only ISCO-08 has."""
    units = {row["source_code"] for row in read_rows(DEFINITIONS / "correspondences" / "ISCO88_ISCO08.csv")}
    old = {unit[:digits] for unit in units for digits in (1, 2, 3, 4)}
    new = {code.id for code in code_lists()["CL_ISCO08"]}
    return frozenset(old - new), frozenset(new - old)


def count_isco88(counts: Mapping[str, int], where: str) -> int:
    """Returns how many records (by code) have a code that only ISCO-88 has.

    Raises BadInput if they are more than the records with a code that only ISCO-08 has: the column is ISCO-88.
    """
    old, new = _own_codes()
    in_old = sum(count for code, count in counts.items() if code in old)
    if in_old > sum(count for code, count in counts.items() if code in new):
        raise BadInput(
            N_("The codes are those of ISCO-88, not of ISCO-08: {count} are only in ISCO-88."),
            where=where,
            fix=N_("Convert them with “bongsu work convert --from ISCO88”, or name ISCO-88 as their classification."),
            count=in_old,
        )
    return in_old
