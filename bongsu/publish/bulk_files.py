"""The bulk files of a release: CSV, Parquet, SDMX-CSV, SDMX-ML, SDMX-JSON and what the release attaches, with their SHA-256.

Each file is written once, on first request: a release does not change, and a cited checksum must stay valid
under later versions of the code. The Parquet file and the attachments are the sealed bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from bongsu.core.errors import N_, unknown_name
from bongsu.core.release import Release
from bongsu.core.structure import OPTIONAL_COLUMNS
from bongsu.publish.sdmx import csv_message, json_message, xml_message
from bongsu.publish.sdmx.datasets import Dataset, full_dataset
from bongsu.publish.sdmx.message import LinesPart, Part, write_message
from bongsu.store.disk.files import hash_file, sync_to_disk
from bongsu.store.node import Node
from bongsu.store.releases.release_store import OBSERVATIONS_FILE, STRUCTURE_FILE
from bongsu.store.releases.sql_text import Escape, TextCell, compile_text_query

CHECKSUMS_FILE = "SHA256SUMS"


@dataclass(frozen=True)
class BulkFormat:
    """A format of bulk files: suffix of the name, media type, title for people, address of the standard."""

    suffix: str
    media_type: str
    title: str
    standard: str = ""


_SDMX = "application/vnd.sdmx.data"
BULK_FORMATS = (
    BulkFormat("csv", "text/csv", "CSV", "https://www.rfc-editor.org/info/rfc4180"),
    BulkFormat("parquet", "application/vnd.apache.parquet", "Parquet", "https://parquet.apache.org/docs/file-format/"),
    BulkFormat("sdmx.csv", f"{_SDMX}+csv", "SDMX-CSV 2.0", "https://github.com/sdmx-twg/sdmx-csv"),
    BulkFormat("sdmx.xml", f"{_SDMX}+xml", "SDMX-ML 3.0", "https://github.com/sdmx-twg/sdmx-ml"),
    BulkFormat("sdmx.json", f"{_SDMX}+json", "SDMX-JSON 2.0", "https://github.com/sdmx-twg/sdmx-json"),
)
_ATTACHMENT_TYPES = {"jsonl": "application/jsonl", "json": "application/json", "csv": "text/csv"}


@dataclass(frozen=True)
class BulkFile:
    """One file: its name when downloaded, its address on the node, format, path on disk, size in bytes, SHA-256."""

    name: str
    address: str
    format: BulkFormat
    path: Path
    size: int
    sha256: str


def list_bulk_files(node: Node, release: Release) -> tuple[BulkFile, ...]:
    """Lists every file of a release and writes the missing ones. Raises Damaged if sealed files are damaged."""
    found = _list_bulk_files(node, release)
    if not all(file.path.exists() for file in found):  # the folder was emptied while the node ran
        _list_bulk_files.cache_clear()
        found = _list_bulk_files(node, release)
    return found


@lru_cache(maxsize=4096)
def _list_bulk_files(node: Node, release: Release) -> tuple[BulkFile, ...]:
    folder = _folder(node, release)
    sums = _read_checksums(folder)
    return (*(_file(node, release, form, folder, sums) for form in BULK_FORMATS), *_list_attachments(node, release))


def find_bulk_file(node: Node, release: Release, end: str) -> BulkFile:
    """Returns the release's file with the suffix `end`. Raises UnknownName if there is no such format."""
    for file in list_bulk_files(node, release):
        if file.format.suffix == end:
            return file
    raise unknown_name(N_("format"), end, [form.suffix for form in BULK_FORMATS])


def format_checksums(node: Node, release: Release) -> str:
    """Returns SHA256SUMS of all files of a release, in the format that sha256sum reads."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in list_bulk_files(node, release))


def _file(node: Node, release: Release, form: BulkFormat, folder: Path, sums: dict[str, str]) -> BulkFile:
    name, address = (
        f"{release.dataflow}-{release.number}.{form.suffix}",
        f"{release.dataflow}/{release.number}.{form.suffix}",
    )
    if form.suffix == "parquet":
        sealed = next(file for file in node.releases.manifest(release).files if file.name == OBSERVATIONS_FILE)
        return BulkFile(name, f"/files/{address}", form, node.releases.path(release), sealed.size, sealed.sha256)
    place = folder / name
    return BulkFile(name, f"/files/{address}", form, place, place.stat().st_size, sums[name])


def find_attachment(node: Node, release: Release, name: str) -> Path | None:
    """Returns the path of the release's attachment with this name; None if there is none."""
    names = [file.name for file in node.releases.manifest(release).files]
    return node.releases.attachment(release, name) if name in names else None


def _list_attachments(node: Node, release: Release) -> Iterator[BulkFile]:
    for file in node.releases.manifest(release).files:
        if file.name not in (OBSERVATIONS_FILE, STRUCTURE_FILE):
            end = file.name.rpartition(".")[2]
            form = BulkFormat(file.name, _ATTACHMENT_TYPES.get(end, "application/octet-stream"), file.name)
            address = f"/files/{release.dataflow}/{release.number}/{file.name}"
            yield BulkFile(
                file.name, address, form, node.releases.attachment(release, file.name), file.size, file.sha256
            )


def _folder(node: Node, release: Release) -> Path:
    """Returns the folder of a release's files; writes all missing files first, or none if one fails."""
    place = node.root / "files" / release.dataflow / f"{release.number:04}-{release.content[:16]}"
    if (place / CHECKSUMS_FILE).exists():
        return place
    node.releases.manifest(release)  # find damage before anything is written
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    beside.mkdir()
    try:
        lines = []
        for form in BULK_FORMATS:
            if form.suffix != "parquet":
                file = beside / f"{release.dataflow}-{release.number}.{form.suffix}"
                with file.open("wb") as out:
                    out.writelines(stream_release(node, release, form))
                sync_to_disk(file)
                lines.append(f"{hash_file(file)}  {file.name}\n")
        (beside / CHECKSUMS_FILE).write_text("".join(lines), encoding="utf-8")
        beside.rename(place)
    except OSError:
        if not (place / CHECKSUMS_FILE).exists():  # else another thread or process was first, with the same bytes
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def _read_checksums(folder: Path) -> dict[str, str]:
    lines = (folder / CHECKSUMS_FILE).read_text(encoding="utf-8").splitlines()
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def stream_release(node: Node, release: Release, form: BulkFormat) -> Iterable[bytes]:
    """Streams a release in a format, written by the engine; memory does not grow with the release."""
    dataset, agency = full_dataset(node, release), release.agency
    head = xml_message.MessageHeader(f"{release.dataflow}-{release.number}", release.sealed_at, agency)
    parts: list[Part]
    if form.suffix == "csv":
        parts = _csv_parts(dataset)
    elif form.suffix == "sdmx.csv":
        parts = list(csv_message.plan_csv([dataset], "dataflow", csv_message.CsvOptions()))
    elif form.suffix == "sdmx.xml":
        parts = list(xml_message.plan_xml([dataset], "dataflow", False, head))
    else:
        parts = list(json_message.plan_json(node, [dataset], head, "en", old=False))
    return write_message(node.engine, parts) or (part for part in parts if isinstance(part, bytes))


def _csv_parts(dataset: Dataset) -> list[Part]:
    """Plain CSV (RFC 4180): a header and one line per observation; missing values are empty."""
    row: list[str | TextCell] = []
    for column in dataset.columns:
        escape = Escape.NONE if column in dataset.unescaped else Escape.CSV
        row += ["," if row else "", TextCell(column, escape, optional=column in OPTIONAL_COLUMNS)]
    header = ",".join(dataset.columns) + "\r\n"
    return [header.encode(), LinesPart(compile_text_query(dataset.table, [*row, "\r\n"]))]
