"""The registry of digital public goods: its nominees, with stage, licences and repositories."""

from __future__ import annotations

from collections.abc import Sequence

from bongsu.commons.readers.file_archive import read_files, to_text
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns id, name, stage, type, licence (SPDX), website and repositories of each nominee."""
    rows = []
    for id_, one in read_files(source, documents, "nominees"):
        licences = [to_text(each.get("spdx")) for each in one.get("license") or [] if isinstance(each, dict)]
        places = [to_text(each.get("url")) for each in one.get("repositories") or [] if isinstance(each, dict)]
        texts = (to_text(one.get(field)) for field in ("name", "stage", "type"))
        rows.append((id_, *texts, to_text(licences), to_text(one.get("website")), to_text(places)))
    return SourceTable(("id", "name", "stage", "type", "licence", "website", "repositories"), tuple(rows), {})
