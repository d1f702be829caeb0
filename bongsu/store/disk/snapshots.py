"""Stores raw bytes by their hash, and records of their origin. The same bytes are stored once; a record never changes.

snapshots/bytes/ab/abcd...            the bytes
snapshots/records/NAME/0001-abcd.json the name, origin, licence and vintage of the bytes
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bongsu.core.errors import N_, Damaged, Missing
from bongsu.core.provenance import Origin, Snapshot, Source
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import dump_json, hash_file, write_file


def read_source(source: Source) -> tuple[bytes, str]:
    """Returns the bytes of a source, which is a file or folder of an installed package, and their vintage. Raises Missing."""
    try:
        resource = files(source.package).joinpath(source.resource)
        data = _join_folder(resource) if resource.is_dir() else resource.read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        raise Missing(
            N_("The source “{name}” has no file {resource} in the package {package}."),
            name=source.name,
            resource=source.resource,
            package=source.package,
        ) from None
    return data, f"{source.distribution} {version(source.distribution)}" if source.distribution else source.vintage


def _join_folder(folder: Traversable) -> bytes:
    """Joins the text files of a folder to one file with a JSON line {"file", "text"} for each, sorted by name."""
    texts = sorted((file.name, file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.is_file())
    rows = (json.dumps({"file": name, "text": text}, ensure_ascii=False, sort_keys=True) for name, text in texts)
    return "".join(f"{row}\n" for row in rows).encode()


class Snapshots:
    """The snapshots in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def take(self, source: Source) -> tuple[Snapshot, bool]:
        """Takes a snapshot of the shipped copy of a source. Returns the snapshot and whether it is new.

        A table that came from where the source lives stands, and no shipped copy takes its place.
        """
        newest = self.newest(source.name)
        if newest and newest.made_from:
            return newest, False
        data, vintage = read_source(source)
        return self.save(source.name, data, source.origin, vintage)

    def save(self, name: str, data: bytes, origin: Origin, vintage: str, made_from: str = "") -> tuple[Snapshot, bool]:
        """Stores `data` as a snapshot called `name`. Returns the snapshot and whether it is new.

        `made_from` has the SHA-256 of the publisher's files that a table was made from, separated by commas.

        If the newest snapshot of that name has the same data, vintage and origin, it is returned and nothing is stored.
        """
        newest = self.newest(name)
        digest = hashlib.sha256(data).hexdigest()
        if newest and (newest.sha256, newest.vintage, newest.origin) == (digest, vintage, origin):
            return newest, False
        path = self._bytes_path(digest)
        if not path.exists():
            write_file(path, data)
        snapshot = Snapshot(name, digest, len(data), origin, vintage, utc_now(), made_from)
        records = self.root / "records" / name
        number = len(list(records.glob("*.json"))) + 1 if records.exists() else 1
        write_file(records / f"{number:04}-{digest[:12]}.json", dump_json(snapshot.to_json()).encode())
        return snapshot, True

    def _bytes_path(self, digest: str) -> Path:
        return self.root / "bytes" / digest[:2] / digest

    def all(self, name: str | None = None) -> list[Snapshot]:
        """Returns every snapshot, or those of a name, oldest first within a name."""
        records = sorted(self.root.glob(f"records/{name or '*'}/*.json"))
        return [Snapshot.from_json(json.loads(path.read_text(encoding="utf-8"))) for path in records]

    def list_names(self, family: str) -> list[str]:
        """Returns the names of the snapshots of a family: `family` itself, and names that begin with `family` and a hyphen."""
        names = sorted(path.name for path in (self.root / "records").glob(f"{family}*"))
        return [name for name in names if name == family or name.startswith(f"{family}-")]

    def newest(self, name: str) -> Snapshot | None:
        """Returns the newest snapshot of a name; None if there is none."""
        record = self.newest_record(name)
        return self.read_record(record) if record else None

    def newest_record(self, name: str) -> str:
        """Returns the record of the newest snapshot of a name, NAME/FILE, without opening a file; "" if there is none."""
        return max((f"{name}/{path.name}" for path in self.root.glob(f"records/{name}/*.json")), default="")

    def read_record(self, record: str) -> Snapshot:
        """Returns the snapshot of a record that `newest_record` returned."""
        return Snapshot.from_json(json.loads((self.root / "records" / record).read_text(encoding="utf-8")))

    def read(self, snapshot: Snapshot) -> bytes:
        """Returns the bytes of a snapshot, after verifying their hash. Raises Missing or Damaged with the file."""
        path = self._find_bytes(snapshot.name, snapshot.sha256)
        if hash_file(path) != snapshot.sha256:
            raise self._damaged_error(snapshot.name, path)
        return path.read_bytes()

    def read_part(self, name: str, whole: str, start: int, size: int, part: str) -> bytes:
        """Returns `size` bytes from `start` of the snapshot `name`; `whole` is its hash, `part` that of the bytes returned.

        Only the part is read and verified. Raises Missing or Damaged with the file.
        """
        path = self._find_bytes(name, whole)
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(size)
        if hashlib.sha256(data).hexdigest() != part:
            raise self._damaged_error(name, path)
        return data

    def _find_bytes(self, name: str, digest: str) -> Path:
        path = self._bytes_path(digest)
        if not path.exists():
            raise Missing(N_("The file of the snapshot “{name}” is missing."), where=self._place(path), name=name)
        return path

    def _place(self, path: Path) -> str:
        return str(path.relative_to(self.root.parent))

    def _damaged_error(self, name: str, path: Path) -> Damaged:
        return Damaged(
            N_("The file of the snapshot “{name}” has changed since it was taken."),
            where=self._place(path),
            fix=N_("Restore this file from a copy, or delete it and run “bongsu take”."),
            name=name,
        )
