"""Stores sealed releases: a manifest, a structure and a Parquet file in a folder, written once and verified when read.

    releases/GRID_INTENSITY/0001/{manifest.json, structure.json, observations.parquet}, and attachments
    withdrawals/GRID_INTENSITY/0001.json      why and when; the release itself is never changed

A release is written to a temporary folder, which is renamed when every byte is on disk: after a kill at any moment, the
release is either complete or does not exist.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any

from bongsu.core.errors import N_, BadInput, Busy, Damaged, Missing, unknown_name
from bongsu.core.reason import Reason
from bongsu.core.release import Draft, Finding, Manifest, Release, Sealer, Withdrawal
from bongsu.core.structure import Dataflow, Structure
from bongsu.store.disk.clock import parse_moment, utc_now
from bongsu.store.disk.files import dump_json, hash_file, lock_file, replace_file, sync_to_disk
from bongsu.store.logs.journal import Journal
from bongsu.store.logs.public_log import Entry, PublicLog, describe_sealed, describe_withdrawn
from bongsu.store.query_engine import Engine
from bongsu.store.releases.affected import list_affected_by
from bongsu.store.releases.observations import check_periods
from bongsu.store.releases.release_files import (
    add_seal,
    compute_seal,
    damaged_error,
    describe_file,
    read_manifest,
    read_withdrawal,
)
from bongsu.store.releases.release_index import ReleaseIndex
from bongsu.store.releases.succession import find_successor, list_replaced, withdrawn_before_error

OBSERVATIONS_FILE = "observations.parquet"
STRUCTURE_FILE = "structure.json"


class Releases:
    """The releases under the node's folder `root`. `sealer` says who seals now."""

    def __init__(
        self,
        root: Path,
        journal: Journal,
        sealer: Callable[[], Sealer | None] = lambda: None,
        public: PublicLog | None = None,
    ) -> None:
        """Opens them. `public` is the node's public log; None for releases of another node, which are in the log of that."""
        self.root = root / "releases"
        self._sealer = sealer
        self._withdrawals = root / "withdrawals"
        self._lock = root / "sealing.lock"
        self._journal = journal
        self._public = public
        self.engine = Engine()
        self._manifests: dict[tuple[str, int], Manifest] = {}
        self._verified: set[tuple[str, int, str]] = set()
        self._verifying = threading.Lock()
        self._structures: dict[tuple[str, int], Structure] = {}
        self.root.mkdir(parents=True, exist_ok=True)
        self._index = ReleaseIndex(root / "index.sqlite3")
        self.recover()
        if public and not public.exists:
            self._begin_public_log(public)

    # --- sealing

    def seal(self, draft: Draft, findings: tuple[Finding, ...] = (), despite: str = "") -> tuple[Release, bool]:
        """Seals a draft as the next release of its dataflow. Returns the release, and whether it is new.

        If the current release has the same content (the same inputs, code and observations) and agency, it is returned and
        nothing is sealed. Raises BadInput if the observations break a rule (Engine.write), and WithdrawnBefore if they are
        those of a withdrawn release, unless `despite` is a person's reason, which goes into the manifest and the journal.
        """
        flow = draft.structure.dataflow
        with lock_file(self._lock):
            temporary = self.root / f".sealing-{flow.id}-{token_hex(4)}"
            temporary.mkdir()
            try:
                rows = self.engine.write(draft.observations, flow, temporary / OBSERVATIONS_FILE)
                check_periods(draft.observations, flow)
                (temporary / STRUCTURE_FILE).write_text(dump_json(draft.structure.to_json()), encoding="utf-8")
                for name, data in draft.attachments.items():
                    with (temporary / name).open("xb") as file:
                        file.write(data)
                known = self._index.all(flow.id)
                manifest = Manifest(
                    dataflow=flow.id,
                    version=flow.version,
                    number=known[-1].number + 1 if known else 1,
                    sealed_at=utc_now(),
                    rows=rows,
                    inputs=draft.inputs,
                    method=draft.method,
                    code_version=version("bongsu"),
                    files=tuple(
                        describe_file(temporary / name)
                        for name in (OBSERVATIONS_FILE, STRUCTURE_FILE, *sorted(draft.attachments))
                    ),
                    findings=findings,
                    notes=draft.notes,
                    sealed_by=self._sealer(),
                )
                current = next((release for release in reversed(known) if not release.withdrawal), None)
                if current and self._is_same(current, manifest):
                    shutil.rmtree(temporary)
                    return current, False
                if found := self._find_withdrawn(flow, temporary / OBSERVATIONS_FILE, rows, known):
                    if not despite:
                        raise withdrawn_before_error(found)
                    manifest = replace(manifest, despite=despite)
                (temporary / "manifest.json").write_text(dump_json(add_seal(manifest)), encoding="utf-8")
                for path in temporary.iterdir():
                    sync_to_disk(path)
                sync_to_disk(temporary)
                place = self._folder(flow.id, manifest.number)
                place.parent.mkdir(exist_ok=True)
                temporary.rename(place)
                sync_to_disk(place.parent)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            self._record_release(manifest)
            return self.get(flow.id, manifest.number), True

    def _is_same(self, release: Release, manifest: Manifest) -> bool:
        """Whether a release has the content of a draft, and the agency that seals it.

        A person's reason to seal withdrawn observations is part of a release, not of a draft.
        """
        made = replace(manifest, despite=self._load_manifest(release.dataflow, release.number).despite)
        return release.content == made.content and (made.sealed_by is None or release.agency == made.sealed_by.agency)

    def _find_withdrawn(self, flow: Dataflow, path: Path, rows: int, known: Sequence[Release]) -> Release | None:
        """Returns the newest release with the observations in `path` if it is withdrawn, else None.

        VINTAGE and METHOD are not compared: they change by themselves with the version of a package or of the method.
        """
        alike = [release for release in known if release.rows == rows]
        if not any(release.withdrawal for release in alike):
            return None
        columns = [name for name in flow.columns if name not in ("VINTAGE", "METHOD")]
        for release in reversed(alike):
            older = self.structure(release).dataflow.columns
            if not set(columns) <= set(older) or not self.engine.has_same_rows(path, self.path(release), columns):
                continue
            return release if release.withdrawal else None
        return None

    def _record_release(self, manifest: Manifest) -> None:
        """Adds a release to the journal, then to the index. After a kill in between, `recover` completes both."""
        release = self._list_in_index(manifest)
        self._append_sealed(release, manifest)
        if self._public:
            self._public.append(describe_sealed(release, compute_seal(manifest.to_json())))
        self._index.add([release])

    def _append_sealed(self, release: Release, manifest: Manifest) -> None:
        detail = {"despite": manifest.despite} if manifest.despite else {}
        self._journal.append("sealed", release.name, content=release.content, rows=release.rows, **detail)

    def _list_in_index(self, manifest: Manifest) -> Release:
        return Release(
            manifest.dataflow,
            manifest.number,
            manifest.sealed_at,
            manifest.content,
            manifest.rows,
            agency=manifest.sealed_by.agency if manifest.sealed_by else self._first_agency(),
            inputs=manifest.releases,
            corrections=len(manifest.corrections),
        )

    def _first_agency(self) -> str:
        """Returns the agency under which the node was created, which sealed the releases that name none."""
        first = next(self._journal.lines(), None)
        return str(first.detail.get("agency", "")) if first else ""

    def recover(self) -> None:
        """Updates index and logs to the release folders, also to one that came from a peer; deletes incomplete folders."""
        on_disk = {
            (folder.parent.name, int(folder.name))
            for folder in self.root.glob("[A-Z]*/[0-9]*")
            if folder.name.isdecimal()
        }
        withdrawn = {(file.parent.name, int(file.stem)) for file in self._withdrawals.glob("[A-Z]*/[0-9]*.json")}
        leftovers = list(self.root.glob(".sealing-*"))
        if on_disk == self._index.keys() and withdrawn & on_disk == self._index.withdrawn_keys() and not leftovers:
            return
        try:
            with lock_file(self._lock, wait=False):
                for leftover in leftovers:
                    shutil.rmtree(leftover, ignore_errors=True)
                known = self._index.keys()
                self._index.remove(sorted(known - on_disk))
                changed = sorted((on_disk - known) | (withdrawn & on_disk - self._index.withdrawn_keys()))
                if not changed:
                    return
                recorded = {(line.event, line.subject) for line in self._journal.lines()}
                found = []
                for dataflow, number in changed:
                    manifest = read_manifest(self._folder(dataflow, number) / "manifest.json")
                    release = self._list_in_index(manifest)
                    withdrawal = read_withdrawal(self._withdrawals / dataflow / f"{number:04}.json")
                    if ("sealed", release.name) not in recorded:
                        self._append_sealed(release, manifest)
                    if withdrawal and ("withdrawn", release.name) not in recorded:
                        self._journal.append("withdrawn", release.name, reason=withdrawal.reason)
                    found.append(replace(release, withdrawal=withdrawal))
                if self._public and self._public.exists:
                    self._public.append_missing(self._describe_publicly(found))
                self._index.add(found)
        except Busy:
            return  # another process is sealing; the incomplete folder is its own

    def _begin_public_log(self, public: PublicLog) -> None:
        """Writes the public log of a node that an earlier version made, in the order of its releases."""
        with lock_file(self._lock):
            if not public.exists:
                public.begin(self._describe_publicly(sorted(self._index.all(), key=lambda release: release.sealed_at)))

    def _describe_publicly(self, releases: Sequence[Release]) -> Iterator[Entry]:
        for release in releases:
            yield describe_sealed(release, self.seal_of(release))
            if release.withdrawal:
                yield describe_withdrawn(release)

    def seal_of(self, release: Release) -> str:
        """Returns the seal of a release: the SHA-256 of its manifest, which has the hashes of its files. Raises Damaged."""
        self._load_manifest(release.dataflow, release.number)
        return str(json.loads(self.manifest_path(release).read_text(encoding="utf-8"))["seal"])

    def manifest_path(self, release: Release) -> Path:
        """Returns the path of the manifest of a release."""
        return self._folder(release.dataflow, release.number) / "manifest.json"

    def file_path(self, release: Release, name: str) -> Path:
        """Returns the path of a file that the manifest of a release lists, after verifying it. Raises Damaged."""
        key = (release.dataflow, release.number)
        self._verify(key, self._load_manifest(*key), [name])
        return self._folder(*key) / name

    # --- reading

    def all(self, dataflow: str | None = None) -> list[Release]:
        """Returns every release, or those of a dataflow, oldest first."""
        return self._index.all(dataflow)

    def dataflows(self) -> list[str]:
        """Returns the ids of the dataflows that have a release."""
        return sorted({release.dataflow for release in self._index.all()})

    def get(self, dataflow: str, number: int) -> Release:
        """Returns the release with this number, withdrawn or not. Raises UnknownName or Missing."""
        known = self._list_releases(dataflow)
        for release in known:
            if release.number == number:
                return release
        raise Missing(
            N_("{dataflow} has no release {number}; its newest is {newest}."),
            dataflow=dataflow,
            number=number,
            newest=known[-1].number,
        )

    def current(self, dataflow: str, as_of: str | None = None) -> Release:
        """Returns the newest release that was not withdrawn, now or as of a date. Raises UnknownName or Missing."""
        until = parse_moment(as_of) if as_of else "9999"
        known = self._list_releases(dataflow)
        for release in reversed(known):
            gone = release.withdrawal and release.withdrawal.at <= until
            if release.sealed_at <= until and not gone:
                return release
        if as_of:
            raise Missing(
                N_("No release of {dataflow} was current on {date}; the first was sealed on {first}."),
                dataflow=dataflow,
                date=as_of,
                first=known[0].sealed_at[:10],
            )
        raise Missing(N_("Every release of {dataflow} is withdrawn."), dataflow=dataflow)

    def list_affected_by(self, release: Release) -> list[Release]:
        """Returns the releases that the withdrawal of `release` affects, or would affect."""
        return list_affected_by(self._index.all(), release)

    def find_successor(self, release: Release) -> Release | None:
        """Returns the release that stands instead of a withdrawn one; None if none does."""
        return find_successor(self._index.all(release.dataflow), release)

    def list_replaced(self, release: Release) -> list[Release]:
        """Returns the withdrawn releases instead of which a release stands, newest first."""
        return list_replaced(self._index.all(release.dataflow), release)

    def _list_releases(self, dataflow: str) -> list[Release]:
        known = self._index.all(dataflow)
        if not known:
            raise unknown_name(N_("dataflow"), dataflow, self.dataflows())
        return known

    def manifest(self, release: Release, *, verified: bool = True) -> Manifest:
        """Returns the manifest of a release. If `verified`, every file is read and verified, once in each process.

        Raises Damaged with the file that has changed.
        """
        key = (release.dataflow, release.number)
        manifest = self._load_manifest(*key)
        if not verified:
            return manifest
        self._verify(key, manifest, [file.name for file in manifest.files])
        return manifest

    def is_intact(self, release: Release) -> bool:
        """Returns whether all files of a release are intact."""
        try:
            self.manifest(release)
        except Damaged:
            return False
        return True

    def _load_manifest(self, dataflow: str, number: int) -> Manifest:
        """Returns the manifest without verifying the other files. It is cached."""
        key = (dataflow, number)
        if key not in self._manifests:
            self._manifests[key] = read_manifest(self._folder(dataflow, number) / "manifest.json")
        return self._manifests[key]

    def _verify(self, key: tuple[str, int], manifest: Manifest, names: Sequence[str]) -> None:
        """Verifies the named files, each once in a process. Raises Damaged. Files that are not named may be damaged."""
        with self._verifying:
            for file in manifest.files:
                if file.name in names and (*key, file.name) not in self._verified:
                    path = self._folder(*key) / file.name
                    if not path.exists() or path.stat().st_size != file.size or hash_file(path) != file.sha256:
                        raise damaged_error(path)
                    self._verified.add((*key, file.name))

    def version(self, release: Release) -> str:
        """Returns the version of the dataflow that a release was sealed with. Only the manifest is read."""
        return self._load_manifest(release.dataflow, release.number).version

    def structure(self, release: Release) -> Structure:
        """Returns the dataflow and code lists that were sealed with the release. They are cached."""
        key = (release.dataflow, release.number)
        if key not in self._structures:
            self._verify(key, self._load_manifest(*key), [STRUCTURE_FILE])
            path = self._folder(*key) / STRUCTURE_FILE
            self._structures[key] = Structure.from_json(json.loads(path.read_text(encoding="utf-8")))
        return self._structures[key]

    def path(self, release: Release) -> Path:
        """Returns the path of the release's Parquet file, after verifying it. Raises Damaged."""
        key = (release.dataflow, release.number)
        self._verify(key, self._load_manifest(*key), [OBSERVATIONS_FILE])
        return self._folder(release.dataflow, release.number) / OBSERVATIONS_FILE

    def attachment(self, release: Release, name: str) -> Path:
        """Returns the path of an attachment of the release, after verifying it. Raises UnknownName or Damaged."""
        key = (release.dataflow, release.number)
        manifest = self._load_manifest(*key)
        attached = [file.name for file in manifest.files if file.name not in (OBSERVATIONS_FILE, STRUCTURE_FILE)]
        if name not in attached:
            raise unknown_name(N_("attachment"), name, attached, where=release.name)
        self._verify(key, manifest, [name])
        return self._folder(release.dataflow, release.number) / name

    def _folder(self, dataflow: str, number: int) -> Path:
        return self.root / dataflow / f"{number:04}"

    # --- withdrawing

    def withdraw(self, dataflow: str, number: int, reason: str | Reason, by: str = "") -> Release:
        """Withdraws a release. It can still be read by its number, but is not current any more.

        `by` names in the journal who did it. Raises BadInput, and Busy while a release is being sealed.
        """
        with self.withdrawing(dataflow, number, reason, by) as withdrawn:
            return withdrawn

    @contextmanager
    def withdrawing(self, dataflow: str, number: int, reason: str | Reason, by: str = "") -> Iterator[Release]:
        """Withdraws a release when the block has ended, and yields it as withdrawn. If the block raises, nothing is changed.

        After a kill in between, `recover` completes the withdrawal. Raises as `withdraw`.
        """
        why = Reason(reason) if isinstance(reason, str) else reason
        if not why.text.strip():
            raise BadInput(N_("A withdrawal needs a reason."))
        with lock_file(self._lock, wait=False):
            release = self.get(dataflow, number)
            if release.withdrawal:
                raise BadInput(
                    N_("{release} was withdrawn already on {date}."),
                    release=release.name,
                    date=release.withdrawal.at[:10],
                )
            withdrawal = Withdrawal(why.text.strip(), utc_now(), why.language, why.translations)
            path = self._withdrawals / dataflow / f"{number:04}.json"
            withdrawn = replace(release, withdrawal=withdrawal, affected=None)
            with replace_file(path, dump_json(asdict(withdrawal)).encode()):
                yield withdrawn
            detail: dict[str, Any] = {"by": by} if by else {}
            if affected := [other.name for other in self.list_affected_by(release)]:
                detail["affected"] = affected
            self._journal.append("withdrawn", release.name, reason=withdrawal.reason, **detail)
            if self._public:
                self._public.append(describe_withdrawn(withdrawn))
            self._index.add([withdrawn])
