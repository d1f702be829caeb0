"""The bulk files of a release: CSV, Parquet, SDMX-CSV, SDMX-ML, SDMX-JSON and what the release attaches, with their SHA-256.

Written once, when first asked for, and never again: a release does not change, and a checksum that was cited must hold
under the next version of the code too. The Parquet file and the attachments are the sealed bytes themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from bongsu.core.errors import N_, unknown
from bongsu.core.release import Release
from bongsu.core.structure import OPTIONAL
from bongsu.publish.sdmx import csv_message, json_message, xml_message
from bongsu.publish.sdmx.message import Lines, Part, written
from bongsu.publish.sdmx.slices import Dataset, whole
from bongsu.store.disk.files import sha256_of, sync
from bongsu.store.node import Node
from bongsu.store.releases.release_store import OBSERVATIONS, STRUCTURE
from bongsu.store.releases.sql_text import Cell, Escape, compiled

SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Form:
    """A form of a release: the end of its file's name, its media type, what people call it, the standard it keeps to."""

    end: str
    media_type: str
    title: str
    standard: str = ""


_SDMX = "application/vnd.sdmx.data"
FORMS = (
    Form("csv", "text/csv", "CSV", "https://www.rfc-editor.org/info/rfc4180"),
    Form("parquet", "application/vnd.apache.parquet", "Parquet", "https://parquet.apache.org/docs/file-format/"),
    Form("sdmx.csv", f"{_SDMX}+csv", "SDMX-CSV 2.0", "https://github.com/sdmx-twg/sdmx-csv"),
    Form("sdmx.xml", f"{_SDMX}+xml", "SDMX-ML 3.0", "https://github.com/sdmx-twg/sdmx-ml"),
    Form("sdmx.json", f"{_SDMX}+json", "SDMX-JSON 2.0", "https://github.com/sdmx-twg/sdmx-json"),
)
_ATTACHED = {"jsonl": "application/jsonl", "json": "application/json", "csv": "text/csv"}


@dataclass(frozen=True)
class BulkFile:
    """One file: its name when downloaded, its address on the node, form, where it lies, size in bytes, SHA-256."""

    name: str
    address: str
    form: Form
    place: Path
    size: int
    sha256: str


def bulk(node: Node, release: Release) -> tuple[BulkFile, ...]:
    """Every file of a release; those that are not there are written. Raises Damaged where sealed bytes are not."""
    found = _bulk(node, release)
    if not all(file.place.exists() for file in found):  # someone has cleared the folder while the node ran
        _bulk.cache_clear()
        found = _bulk(node, release)
    return found


@lru_cache(maxsize=4096)
def _bulk(node: Node, release: Release) -> tuple[BulkFile, ...]:
    folder = _folder(node, release)
    sums = _sums(folder)
    return (*(_file(node, release, form, folder, sums) for form in FORMS), *_attached(node, release))


def find(node: Node, release: Release, end: str) -> BulkFile:
    """The release's file in a form, by the end of its name. Raises UnknownName."""
    for file in bulk(node, release):
        if file.form.end == end:
            return file
    raise unknown(N_("format"), end, [form.end for form in FORMS])


def sums(node: Node, release: Release) -> str:
    """SHA256SUMS of all files of a release, as sha256sum reads it."""
    return "".join(f"{file.sha256}  {file.name}\n" for file in bulk(node, release))


def _file(node: Node, release: Release, form: Form, folder: Path, sums: dict[str, str]) -> BulkFile:
    name, address = f"{release.dataflow}-{release.number}.{form.end}", f"{release.dataflow}/{release.number}.{form.end}"
    if form.end == "parquet":
        sealed = next(file for file in node.releases.manifest(release).files if file.name == OBSERVATIONS)
        return BulkFile(name, f"/files/{address}", form, node.releases.path(release), sealed.size, sealed.sha256)
    place = folder / name
    return BulkFile(name, f"/files/{address}", form, place, place.stat().st_size, sums[name])


def attached(node: Node, release: Release, name: str) -> Path | None:
    """Where the release's attachment with this name lies; None where it attaches none."""
    names = [file.name for file in node.releases.manifest(release).files]
    return node.releases.attachment(release, name) if name in names else None


def _attached(node: Node, release: Release) -> Iterator[BulkFile]:
    for file in node.releases.manifest(release).files:
        if file.name not in (OBSERVATIONS, STRUCTURE):
            end = file.name.rpartition(".")[2]
            form = Form(file.name, _ATTACHED.get(end, "application/octet-stream"), file.name)
            address = f"/files/{release.dataflow}/{release.number}/{file.name}"
            yield BulkFile(
                file.name, address, form, node.releases.attachment(release, file.name), file.size, file.sha256
            )


def _folder(node: Node, release: Release) -> Path:
    """The folder of a release's files, written whole or not at all."""
    place = node.root / "files" / release.dataflow / f"{release.number:04}-{release.content[:16]}"
    if (place / SUMS).exists():
        return place
    node.releases.manifest(release)  # damage is found before anything is written
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    beside.mkdir()
    try:
        lines = []
        for form in FORMS:
            if form.end != "parquet":
                file = beside / f"{release.dataflow}-{release.number}.{form.end}"
                with file.open("wb") as out:
                    out.writelines(chunks(node, release, form))
                sync(file)
                lines.append(f"{sha256_of(file)}  {file.name}\n")
        (beside / SUMS).write_text("".join(lines), encoding="utf-8")
        beside.rename(place)
    except OSError:
        if not (place / SUMS).exists():  # else another thread or process was first, with the same bytes
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def _sums(folder: Path) -> dict[str, str]:
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def chunks(node: Node, release: Release, form: Form) -> Iterable[bytes]:
    """The bytes of a release in a form, written by the engine; memory does not grow with the release."""
    dataset, agency = whole(node, release), node.identity.agency
    head = xml_message.Head(f"{release.dataflow}-{release.number}", release.sealed_at, agency)
    parts: list[Part]
    if form.end == "csv":
        parts = _csv(dataset)
    elif form.end == "sdmx.csv":
        parts = list(csv_message.parts([dataset], agency, "dataflow", csv_message.Options()))
    elif form.end == "sdmx.xml":
        parts = list(xml_message.parts([dataset], "dataflow", False, head))
    else:
        parts = list(json_message.parts(node, [dataset], head, "en", old=False))
    return written(node.engine, parts) or (part for part in parts if isinstance(part, bytes))


def _csv(dataset: Dataset) -> list[Part]:
    """Plain CSV (RFC 4180): a header, a line an observation, nothing where a value is missing."""
    row: list[str | Cell] = []
    for column in dataset.columns:
        escape = Escape.NONE if column in dataset.plain else Escape.CSV
        row += ["," if row else "", Cell(column, escape, optional=column in OPTIONAL)]
    header = ",".join(dataset.columns) + "\r\n"
    return [header.encode(), Lines(compiled(dataset.table, [*row, "\r\n"]))]
