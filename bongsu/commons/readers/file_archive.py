"""Files of a repository's archive (TAR, gzip): what three registries of the commons publish, one file for each entry."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from bongsu.core.errors import N_, BadInput
from bongsu.core.text_files import decode_text
from bongsu.store.sources.source_file import LivingSource
from bongsu.store.sources.table import LARGEST

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is faster but optional
_MOST = 20_000  # files of an archive


def read_files(
    source: LivingSource, documents: Sequence[bytes], folder: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yields name and content of each JSON or YAML file in a folder of the repository. Raises BadInput with the file."""
    for data in documents:
        for name, content in _unpack(source, data):
            parts = name.split("/")[1:]  # without the folder of the archive itself
            if "/".join(parts[:-1]) == folder and parts[-1].endswith((".json", ".yml", ".yaml")):
                yield parts[-1].rpartition(".")[0], _parse(content, f"{source.name}, {'/'.join(parts)}")


def _unpack(source: LivingSource, data: bytes) -> Iterator[tuple[str, bytes]]:
    size = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for count, member in enumerate(archive):
                size += member.size
                if size > LARGEST or count > _MOST:
                    raise BadInput(
                        N_("The archive has more than {limit} bytes unpacked."), where=source.name, limit=LARGEST
                    )
                file = archive.extractfile(member) if member.isfile() else None
                if file:
                    yield member.name, file.read()
    except (tarfile.TarError, EOFError, OSError) as wrong:
        raise BadInput(N_("The file is not a valid TAR archive: {reason}."), where=source.name, reason=wrong) from None


def _parse(data: bytes, where: str) -> Mapping[str, Any]:
    text = decode_text(data, where)
    try:
        found = json.loads(text) if where.endswith(".json") else yaml.load(text, _LOADER)  # noqa: S506 - a safe loader
    except (ValueError, RecursionError, yaml.YAMLError) as wrong:
        raise BadInput(
            N_("The file cannot be parsed: {reason}."), where=where, reason=" ".join(str(wrong).split())
        ) from None
    if not isinstance(found, dict):
        raise BadInput(N_("The file is not a table."), where=where)
    return found


def to_text(value: object) -> str:
    """Returns a cell for a value of a file: texts of a list are joined; "" for what is no text or number."""
    if isinstance(value, list):
        return "; ".join(filter(None, map(to_text, value)))
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
