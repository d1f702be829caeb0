"""Receives a release of a peer: every byte is checked against the seal that the peer's log states before anything is kept.

The manifest's hash is the seal; the manifest has the hash and the size of each file; the structure and the table are readable.
The files go into a temporary folder, which is renamed when all is checked and on disk: after a kill, the release is complete
or not there. A release that was renamed and not entered is entered when the peer's releases are opened next.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from secrets import token_hex
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.core.release import Manifest, Release
from bongsu.core.structure import NUMERIC_COLUMNS, Structure
from bongsu.store.disk.files import dump_json, hash_file, sync_to_disk
from bongsu.store.peers.peer_folder import PeerFolder, damaged_release
from bongsu.store.releases.release_store import OBSERVATIONS_FILE, STRUCTURE_FILE

MANIFEST_FILE = "manifest.json"
MAX_MANIFEST = 64 << 20  # bytes
MAX_FILES = 1000
_FLOW = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\.[A-Za-z0-9_-]{1,20}){0,3}")
_HASH = re.compile(r"[0-9a-f]{64}")
# Writes a file of the release to a path; `size` is the number of bytes that it may have at most.
Download = Callable[[str, Path, int], None]


def parse_release_name(name: str) -> tuple[str, int]:
    """Returns the dataflow and the number of a release's name as another node wrote it. Raises BadInput."""
    flow, _, number = name.partition(" ")
    if not _FLOW.fullmatch(flow) or not re.fullmatch("[1-9][0-9]{0,8}", number):
        raise BadInput(N_("“{name}” does not name a release."), name=name[:100])
    return flow, int(number)


def receive_release(folder: PeerFolder, name: str, seal: str, download: Download) -> Release:
    """Receives the release `name` whose manifest has the hash `seal`. Returns it; if it is here already, nothing is done.

    Raises Damaged if a byte differs from what was sealed, BadInput if this version cannot read it, and what `download` raises.
    """
    flow, number = parse_release_name(name)
    if known := find_release(folder, flow, number):
        return known
    incoming = folder.root / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)  # of a process that was killed; one at a time receives of a peer
    temporary = incoming / token_hex(4)
    temporary.mkdir(parents=True)
    try:
        download(MANIFEST_FILE, temporary / MANIFEST_FILE, MAX_MANIFEST)
        manifest = read_sealed_manifest((temporary / MANIFEST_FILE).read_bytes(), flow, number, seal)
        _check_inputs(folder, manifest)
        for file in manifest.files:
            path = temporary / file.name
            download(file.name, path, file.size)
            if path.stat().st_size != file.size or hash_file(path) != file.sha256:
                raise damaged_release(f"{name}: {file.name}")
        _check_readable(temporary, manifest)
        for path in (*temporary.iterdir(), temporary):
            sync_to_disk(path)
        place = folder.root / "releases" / flow / f"{number:04}"
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.rename(place)
        sync_to_disk(place.parent)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return enter_release(folder, flow, number)


def find_release(folder: PeerFolder, flow: str, number: int) -> Release | None:
    """Returns a release of the peer that is here; None if it is not."""
    return next((one for one in folder.list_releases() if (one.dataflow, one.number) == (flow, number)), None)


def enter_release(folder: PeerFolder, flow: str, number: int) -> Release:
    """Enters a release whose folder is complete, and withdrawals that were written. Returns the release."""
    folder.releases.recover()
    return folder.releases.get(flow, number)


def read_sealed_manifest(data: bytes, flow: str, number: int, seal: str) -> Manifest:
    """Returns the manifest if its bytes have the hash `seal`, are of this release, and name files that can be kept.

    Raises Damaged or BadInput.
    """
    name = f"{flow} {number}"
    try:
        read: Any = json.loads(data)
        stated = read.pop("seal")
        body = dump_json(read)
        is_sealed = stated == seal == hashlib.sha256(body.encode()).hexdigest()
        if not is_sealed or dump_json({**read, "seal": seal}).encode() != data:
            raise damaged_release(f"{name}: {MANIFEST_FILE}")
        manifest = Manifest.from_json(read, where=name)
        _check_manifest(manifest, flow, number)
    except BongsuError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadInput(
            N_("This manifest has a form that this version of Bongsu does not support."), where=name
        ) from None
    return manifest


def _check_manifest(manifest: Manifest, flow: str, number: int) -> None:
    where = f"{flow} {number}"
    if (manifest.dataflow, manifest.number) != (flow, number):
        raise BadInput(
            N_("The manifest is of {other} {number}."), other=manifest.dataflow, number=manifest.number, where=where
        )
    names = [file.name for file in manifest.files]
    for file in manifest.files:
        if not _FILE.fullmatch(file.name) or file.name == MANIFEST_FILE:
            raise BadInput(N_("A release cannot have a file named “{name}”."), name=str(file.name)[:100], where=where)
        if not _HASH.fullmatch(file.sha256) or type(file.size) is not int or file.size < 0:
            raise BadInput(N_("The manifest has no valid hash and size of “{name}”."), name=file.name, where=where)
    if len(set(names)) != len(names) or len(names) > MAX_FILES or not {OBSERVATIONS_FILE, STRUCTURE_FILE} <= set(names):
        raise BadInput(N_("The manifest does not list the files that a release has."), where=where)


def _check_inputs(folder: PeerFolder, manifest: Manifest) -> None:
    """Raises BadInput if the release was computed from itself, by way of those that are here already."""
    inputs = {(one.dataflow, one.number): one.inputs for one in folder.list_releases()}
    inputs[manifest.dataflow, manifest.number] = manifest.releases
    try:
        TopologicalSorter(inputs).prepare()
    except CycleError:
        raise BadInput(
            N_("The release states that it was computed from itself."), where=f"{manifest.dataflow} {manifest.number}"
        ) from None


def _check_readable(place: Path, manifest: Manifest) -> None:
    """Raises BadInput unless structure and observations are those of the manifest and this version can read them."""
    where = f"{manifest.dataflow} {manifest.number}"
    try:
        structure = Structure.from_json(json.loads((place / STRUCTURE_FILE).read_bytes()))
        columns = {
            name: pa.float64() if name in NUMERIC_COLUMNS else pa.string() for name in structure.dataflow.columns
        }
        with pq.ParquetFile(place / OBSERVATIONS_FILE) as table:
            schema, rows = table.schema_arrow, table.metadata.num_rows
        found = dict(zip(schema.names, schema.types, strict=True))
    except BongsuError as error:
        raise BadInput(N_("The structure cannot be read: {reason}"), where=where, reason=error) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError, pa.ArrowException):
        raise BadInput(N_("The structure or the observations cannot be read by this version."), where=where) from None
    flow = structure.dataflow
    if (flow.id, flow.version) != (manifest.dataflow, manifest.version) or found != columns or rows != manifest.rows:
        raise BadInput(N_("The structure or the observations are not those of the manifest."), where=where)


def require_release(folder: PeerFolder, flow: str, number: int) -> Release:
    """Returns a release of the peer that is here. Raises Missing."""
    release = find_release(folder, flow, number)
    if release is None:
        raise Missing(N_("The release {name} of this node is not here."), name=f"{flow} {number}")
    return release
