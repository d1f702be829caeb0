"""The Model Openness Tool: its models with producer, version, and the number of components that are described."""

from __future__ import annotations

from collections.abc import Sequence

from bongsu.commons.readers.file_archive import read_files, to_text
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns id, name, producer, version, date, repository and components of each model."""
    rows = []
    for id_, one in read_files(source, documents, "models"):
        release = one.get("release")
        if isinstance(release, dict):
            texts = (to_text(release.get(field)) for field in ("name", "producer", "version", "date", "repository"))
            rows.append((id_, *texts, str(len(release.get("components") or []))))
    return SourceTable(("id", "name", "producer", "version", "date", "repository", "components"), tuple(rows), {})
