"""Fingerprints: a keyed hash of every record, with which two holdings are compared without their data.

The hash covers every column except FREQUENCY, so that registers by cell are compared by the number of people in each cell.
RECORD_KEY is 63 bits of it: an order of records that has nothing to do with their values, in which few records of a contributor
are chosen (whole_sums.py).
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


@dataclass(frozen=True)
class Fingerprints:
    """For each record, in the order of the file: its hash, and its number of contributors."""

    hashes: Hashes
    counts: NDArray[np.int64]

    def record_keys(self) -> pa.Array[Any]:
        """Returns the record keys: 63 bits of the hash of each record, as int64."""
        import numpy as np
        import pyarrow as pa

        return pa.array((self.hashes >> np.uint64(1)).astype(np.int64))

    def hash_records(self) -> str:
        """Returns a hash of all records, in whatever order."""
        import numpy as np

        order = np.lexsort((self.counts, self.hashes))
        return hashlib.sha256(self.hashes[order].tobytes() + self.counts[order].tobytes()).hexdigest()

    def count_differing(self, other: Fingerprints) -> int:
        """Returns the number of contributors that are in only one of the two."""
        import numpy as np

        together = np.concatenate([self.hashes, other.hashes])
        signed = np.concatenate([self.counts, -other.counts])
        _, group = np.unique(together, return_inverse=True)
        return int(np.abs(np.bincount(group, signed)).sum())


def compute_fingerprints(table: pa.Table, secret: bytes) -> Fingerprints:
    """Returns the fingerprints of the records of a holding."""
    import numpy as np

    key = hashlib.blake2b(secret, person=b"bongsu prints").digest()
    hashes = np.zeros(table.num_rows, np.uint64)
    for name in sorted(table.column_names):
        if name != "FREQUENCY":
            hashes = mix_bits(hashes ^ _hash_column(table[name], key, name))
    if "FREQUENCY" in table.column_names:
        counts = table["FREQUENCY"].to_numpy().astype(np.int64)
    else:
        counts = np.ones(table.num_rows, np.int64)
    return Fingerprints(hashes, counts)


def save_fingerprints(prints: Fingerprints, path: Path) -> None:
    """Writes the hashes and counts, which `count_differing` needs."""
    import numpy as np

    with path.open("wb") as file:
        np.savez(file, hashes=prints.hashes, counts=prints.counts)


def load_fingerprints(path: Path) -> Fingerprints:
    """Reads the file that `save_fingerprints` wrote."""
    import numpy as np

    with np.load(path) as data:
        return Fingerprints(data["hashes"], data["counts"])


def _hash_column(column: Any, key: bytes, name: str) -> Hashes:
    """Returns a keyed hash of every value: BLAKE2b of each distinct text, and a mix of the bits of numbers."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    own = hashlib.blake2b(name.encode(), key=key, digest_size=32).digest()
    if pa.types.is_string(column.type):
        encoded: Any = pc.dictionary_encode(pa.chunked_array([column.combine_chunks()]), null_encoding="encode").chunk(
            0
        )
        texts = [b"\0" if text is None else text.encode() for text in encoded.dictionary.to_pylist()]
        hashed = b"".join(hashlib.blake2b(text, key=own, digest_size=8).digest() for text in texts)
        return np.asarray(np.frombuffer(hashed, np.uint64)[encoded.indices.to_numpy()])
    numbers = column.cast(pa.float64()).to_numpy()
    return mix_bits(np.ascontiguousarray(numbers).view(np.uint64) ^ np.frombuffer(own[:8], np.uint64))
