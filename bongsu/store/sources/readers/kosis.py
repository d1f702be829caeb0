"""KOSIS, Korea's statistics: a list of JSON objects, each an observation; an object with err and errMsg instead of an error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from bongsu.core.errors import N_, BadInput
from bongsu.core.text_files import decode_text
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import SourceTable, map_rows


def make_table(source: LivingSource, documents: Sequence[bytes]) -> SourceTable:
    """Returns the observations by the table `read` of the source, whose headings are the names of the JSON fields."""
    return map_rows(source, (row for data in documents for row in _read_rows(source, data)))


def _read_rows(source: LivingSource, data: bytes) -> Iterator[Mapping[str, str]]:
    try:
        found = json.loads(decode_text(data, source.name))
    except (ValueError, RecursionError) as error:
        raise BadInput(N_("The file is not valid JSON: {reason}."), where=source.name, reason=error) from None
    if isinstance(found, dict) and "errMsg" in found:
        text = f"{found.get('err')} {found['errMsg']}"[:200]
        raise BadInput(N_("KOSIS refused the request: {text}."), where=source.name, text=text)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadInput(N_("The file is not a list of observations."), where=source.name)
    names = dict.fromkeys(name for one in found for name in one)
    for one in found:
        yield {name: str(one.get(name) or "") for name in names}
