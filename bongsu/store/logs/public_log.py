"""The public log: what a node tells everybody that it did, as a hash chain of its own beside the private journal.

network/log.jsonl       a line for each release sealed or withdrawn, each key made or revoked, each new root

Peers copy the log and keep its signed length and last hash, so that nobody can be shown another past than others were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bongsu.core.log_line import EMPTY, Head, Line
from bongsu.core.node_card import Card
from bongsu.core.release import Release
from bongsu.store.disk.files import sync_to_disk
from bongsu.store.logs.journal import Journal

SEALED, WITHDRAWN, KEY, ROOT = "sealed", "withdrawn", "key", "root"


@dataclass(frozen=True)
class Entry:
    """A line to write: its event, its subject, and its details."""

    event: str
    subject: str
    detail: Mapping[str, str | int]

    @property
    def key(self) -> tuple[str, str, object, object]:
        """What two lines about the same fact have in common: a key has one line when it is made, and one when revoked."""
        return self.event, self.subject, self.detail.get("revoked"), self.detail.get("fingerprint")


class PublicLog:
    """The public log of the node in the folder `root`. Safe against other threads and processes."""

    def __init__(self, root: Path) -> None:
        self.path = root / "network" / "log.jsonl"
        self.journal = Journal(self.path)

    @property
    def exists(self) -> bool:
        """Whether the log was begun; a node of an earlier version has none."""
        return self.path.exists()

    def begin(self, entries: Iterable[Entry]) -> None:
        """Makes the log with its first lines: it has all of them, or does not exist."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name("beginning.jsonl")
        temporary.unlink(missing_ok=True)
        temporary.touch()
        log = Journal(temporary)
        for entry in entries:
            log.append(entry.event, entry.subject, **entry.detail)
        temporary.rename(self.path)
        sync_to_disk(self.path.parent)

    def append(self, *entries: Entry) -> None:
        """Appends lines. Returns when they are on disk."""
        for entry in entries:
            self.journal.append(entry.event, entry.subject, **entry.detail)

    def append_missing(self, entries: Iterable[Entry]) -> None:
        """Appends the lines about facts that the log has no line about. Reads the whole log."""
        known = {Entry(line.event, line.subject, line.detail).key for line in self.journal.lines()}
        self.append(*(entry for entry in entries if entry.key not in known))

    @property
    def head(self) -> Head:
        """The number and the hash of the last line."""
        last = self.journal.last
        return Head(last.number, last.hash) if last else EMPTY

    def read(self, first: int, count: int) -> bytes:
        """Returns the bytes of at most `count` lines from the line number `first` on."""
        if not self.exists:
            return b""
        with self.path.open("rb") as file:
            return b"".join(line for line in islice(file, first - 1, first - 1 + count) if line.endswith(b"\n"))

    def lines(self) -> Iterable[Line]:
        """Yields and verifies every line. Raises Damaged."""
        return self.journal.lines()


def describe_sealed(release: Release, seal: str) -> Entry:
    """Returns the line about a sealed release; `seal` is the hash of its manifest, which has the hashes of its files."""
    detail: dict[str, str | int] = {
        "seal": seal,
        "content": release.content,
        "rows": release.rows,
        "sealed_at": release.sealed_at,
    }
    return Entry(SEALED, release.name, detail)


def describe_withdrawn(release: Release) -> Entry:
    """Returns the line about a withdrawn release."""
    assert release.withdrawal is not None
    said = release.withdrawal
    detail: dict[str, str | int] = {"reason": said.reason, "withdrawn_at": said.at, "language": said.language}
    return Entry(WITHDRAWN, release.name, detail | {f"reason_{language}": text for language, text in said.translations})


def describe_keys(card: Card) -> list[Entry]:
    """Returns the lines about the keys of a card: its root, each signing key, and each revocation."""
    found = [Entry(ROOT, card.node, {"fingerprint": card.fingerprint, "key": card.root})]
    for key in card.signing:
        about: dict[str, str | int] = {"key": key.key, "from": key.since, "until": key.until}
        found.append(Entry(KEY, key.id, about))
        if key.revoked:
            found.append(Entry(KEY, key.id, {**about, "revoked": key.revoked}))
    return found
