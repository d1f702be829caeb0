"""Writes Parquet and Arrow, with the components of one dataflow as columns. An extension of the standard.

The schema's metadata names the dataflow. Left out: several dataflows in one file, because their columns differ.
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator, Sequence
from itertools import chain

import pyarrow as pa
import pyarrow.parquet as pq

from bongsu.core.errors import N_
from bongsu.publish.sdmx.datasets import Dataset
from bongsu.publish.sdmx.errors import AnswerTooLarge
from bongsu.publish.sdmx.structure_catalogue import make_urn
from bongsu.store.node import Node


class _Sink(io.RawIOBase):
    """A file whose content is taken chunk by chunk while it is written."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        chunk = bytes(memoryview(data))  # type: ignore[arg-type]  # the writer passes its own buffers
        self._chunks.append(chunk)
        return len(chunk)

    def take(self) -> bytes:
        content, self._chunks = b"".join(self._chunks), []
        return content


def write_table(node: Node, datasets: Sequence[Dataset], form: str) -> Generator[bytes, None, None] | None:
    """Writes the rows as `form` (parquet, arrow); None if there are none. Raises AnswerTooLarge for several datasets."""
    if not datasets:
        return None
    if len(datasets) > 1:
        raise AnswerTooLarge(
            N_("A Parquet or Arrow file contains one release of one dataflow."),
            fix=N_("Request one dataflow without history, or SDMX-CSV."),
        )
    batches = node.engine.stream(datasets[0].table)
    first = next(batches, None)
    if first is None or not first.num_rows:
        return None
    return _chunks(node, datasets[0], first, batches, form)


def _chunks(
    node: Node, dataset: Dataset, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch], form: str
) -> Generator[bytes, None, None]:
    flow = dataset.structure.dataflow
    about = {"sdmx.structure": make_urn("dataflow", dataset.release.agency, flow.id, flow.version)}
    schema = first.schema.with_metadata(about)
    sink = _Sink()
    writer = (
        pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd")
        if form == "parquet"
        else pa.ipc.new_stream(sink, schema)
    )
    with writer:
        for batch in chain([first], rest):
            writer.write_batch(batch.replace_schema_metadata(about))
            if chunk := sink.take():
                yield chunk
    yield sink.take()
