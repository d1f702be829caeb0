"""Recognises the people of one holding in another: with other names of concepts, a column more or less, or rounded weights.

For every record there is a keyed hash of its values, and one for each column without the values of that column. Numbers count
by their first digits, and names of concepts do not count. Two holdings have the same people if most records that are alone with
their hash in the one are alone with it in the other. Only the hashes of such records are kept, and of large holdings only the
smallest hashes. Not here: what is done about it (holdings.py).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.store.microdata.bit_mixing import mix_bits

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

DIGITS = 3  # of a number: weights rounded to four digits are the same
SAME_PEOPLE = 0.5  # of the records that are alone with their hash
LEAST_ALONE = 0.05  # of all records: with fewer, the values do not tell people apart
MAX_COLUMNS = 24  # that are left out, one after the other
MAX_KEPT = 200_000  # records of a holding


@dataclass(frozen=True)
class People:
    """The people of a holding: the number of records, and for each choice of columns the hashes of those that are alone.

    Only hashes below `limit` are kept, so that two holdings keep the same people.
    """

    records: int
    limit: int
    alone: tuple[Hashes, ...]

    def share_same(self, other: People) -> float:
        """Returns the largest share of lone records that both have; 0 if too few are alone."""
        import numpy as np

        limit = min(self.limit, other.limit)
        least = LEAST_ALONE * max(self.records, other.records) * limit / 2**64
        ours, theirs = ([row[row < limit] for row in each.alone] for each in (self, other))
        shares = [
            len(np.intersect1d(one, two, assume_unique=True)) / max(len(one), len(two))
            for one in ours
            for two in theirs
            if max(len(one), len(two)) > least
        ]
        return max(shares, default=0.0)


def find_people(table: pa.Table, secret: bytes) -> People:
    """Returns the people of a holding's records."""
    import numpy as np

    key = hashlib.blake2b(secret, person=b"bongsu people").digest()
    columns = [_hash_column(table[name], key) for name in sorted(table.column_names)]
    whole = np.zeros(table.num_rows, np.uint64)
    for column in columns:
        whole = whole + column  # a sum, so that neither the order nor the names of columns matter
    limit = min(2**64 - 1, 2**64 * MAX_KEPT // max(1, table.num_rows))
    rows = [mix_bits(each) for each in (whole, *(whole - column for column in columns[:MAX_COLUMNS]))]
    alone = []
    for row in rows:
        values, counts = np.unique(row[row < limit], return_counts=True)
        alone.append(values[counts == 1])
    return People(table.num_rows, limit, tuple(alone))


def save_people(people: People, path: Path) -> None:
    """Writes what `load_people` reads."""
    import numpy as np

    arrays: dict[str, Any] = {f"alone{number}": row for number, row in enumerate(people.alone)}
    arrays |= {"records": np.uint64(people.records), "limit": np.uint64(people.limit)}
    with path.open("wb") as file:
        np.savez(file, **arrays)


def load_people(path: Path) -> People:
    """Reads the people of a holding."""
    import numpy as np

    with np.load(path) as data:
        rows = tuple(data[f"alone{number}"] for number in range(len(data.files) - 2))
        return People(int(data["records"]), int(data["limit"]), rows)


def _hash_column(column: Any, key: bytes) -> Hashes:
    """Returns a keyed hash of every value: BLAKE2b of each distinct text, or of a number's first digits."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded: Any = pc.dictionary_encode(pa.chunked_array([column.combine_chunks()]), null_encoding="encode").chunk(0)
    texts = [_write_value(value) for value in encoded.dictionary.to_pylist()]
    hashed = b"".join(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest() for text in texts)
    return mix_bits(np.frombuffer(hashed, np.uint64)[encoded.indices.to_numpy()])


def _write_value(value: Any) -> str:
    if value is None:
        return ""
    try:
        return f"{float(value):.{DIGITS}g}"  # a code with zeros before it is the same number
    except ValueError:
        return str(value).strip()
