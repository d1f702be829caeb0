"""Current AI's map of open-source AI: products with the score and class of their openness."""

from __future__ import annotations

from collections.abc import Sequence

from bongsu.commons.readers.file_archive import read_files, to_text
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns id, name, type, openness (0 to 5) and class of each product that has a score."""
    scores = {id_: one.get("openness") for id_, one in read_files(source, documents, "sources/scores")}
    rows = []
    for id_, one in read_files(source, documents, "sources/products"):
        openness = scores.get(id_)
        if isinstance(openness, dict):
            texts = (to_text(one.get("display_name") or one.get("name")), to_text(one.get("type")))
            rows.append((id_, *texts, to_text(openness.get("score")), to_text(openness.get("class"))))
    return SourceTable(("id", "name", "type", "openness", "class"), tuple(rows), {})
