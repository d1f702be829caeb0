"""The folder of a peer: its card, the lines of its public log, the checkpoints that it signed, and its releases.

peers/3f2a9c0d11e4b5a7/
    card.json            the newest card, in its signed envelope
    state.json           how this node stands to the peer, for pages that read no records
    checkpoint.json      the newest checkpoint, in its signed envelope: this node is a witness of it
    log.jsonl            the lines of the peer's log up to the checkpoint
    witnessed/           checkpoints of this peer that other peers hold
    evidence/            what shows that the peer broke a rule: never deleted
    releases/            releases as received, to the byte; withdrawals/ those that the peer withdrew
    received.jsonl       what was received when

A checkpoint is written before the lines that lead to it: after a kill in between, the next pull must still reach it.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from bongsu.core.envelope import Envelope, parse_envelope
from bongsu.core.errors import N_, Damaged
from bongsu.core.log_line import EMPTY, Checkpoint, Head, Line, open_checkpoint
from bongsu.core.node_card import Card, open_card
from bongsu.core.release import Release, Withdrawal
from bongsu.store.disk.files import dump_json, write_file
from bongsu.store.logs.journal import Journal
from bongsu.store.releases.release_store import Releases

_NODE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Standing:
    """How this node stands to a peer: its state (network/tables/peer_state_kinds.csv), and whether its releases are shown."""

    state: str
    shown: bool
    name: Mapping[str, str]
    agency: str
    url: str


class PeerFolder:
    """The folder of the peer `node`. Reading a part that is not there gives None or nothing."""

    def __init__(self, root: Path, node: str) -> None:
        if not _NODE.fullmatch(node):
            raise ValueError(node)  # a path is made of it: callers have checked it
        self.node = node
        self.root = root / node
        self.log = Journal(self.root / "log.jsonl")
        self._opening = threading.Lock()

    @property
    def card_envelope(self) -> Envelope | None:
        """The newest card in its envelope."""
        return self._read_envelope("card.json")

    @property
    def card(self) -> Card | None:
        """The newest card."""
        envelope = self.card_envelope
        return None if envelope is None else open_card(envelope, f"peers/{self.node}/card.json")

    def write_card(self, envelope: Envelope) -> None:
        """Keeps a card that was checked."""
        write_file(self.root / "card.json", envelope.to_json())

    @property
    def standing(self) -> Standing | None:
        """How this node stands to the peer."""
        path = self.root / "state.json"
        return Standing(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None

    def write_standing(self, standing: Standing) -> None:
        """Keeps how this node stands to the peer; the records of the network say the same, and are right."""
        write_file(self.root / "state.json", dump_json(asdict(standing)).encode())

    @property
    def checkpoint_envelope(self) -> Envelope | None:
        """The newest checkpoint that the peer signed and this node has compared, in its envelope."""
        return self._read_envelope("checkpoint.json")

    def read_checkpoint(self, card: Card) -> Checkpoint | None:
        """Returns the newest checkpoint."""
        envelope = self.checkpoint_envelope
        return None if envelope is None else open_checkpoint(card, envelope, f"peers/{self.node}/checkpoint.json")

    @property
    def reached(self) -> Head:
        """The last line of the peer's log that is here."""
        last = self.log.last
        return Head(last.number, last.hash) if last else EMPTY

    def hash_at(self, number: int) -> str:
        """Returns the hash of a line of the log; "" if it is not here."""
        if not self.log.path.exists():
            return ""
        with self.log.path.open("rb") as file:
            text = next(islice(file, number - 1, number), b"")
        return str(json.loads(text)["hash"]) if text.endswith(b"\n") else ""

    def add_lines(self, lines: list[Line], checkpoint: Envelope) -> None:
        """Keeps lines that were checked, and the checkpoint to which they lead."""
        write_file(self.root / "checkpoint.json", checkpoint.to_json())
        if lines:
            self.log.extend(lines)

    def write_witnessed(self, witness: str, envelope: Envelope) -> None:
        """Keeps the checkpoint of this peer that the node `witness` holds."""
        write_file(self.root / "witnessed" / f"{witness}.json", envelope.to_json())

    def read_witnessed(self) -> dict[str, Envelope]:
        """Returns the checkpoints of this peer that other nodes hold, by the witness."""
        found = sorted((self.root / "witnessed").glob("*.json"))
        return {path.stem: parse_envelope(path.read_bytes(), path.name) for path in found}

    def keep_evidence(self, name: str, parts: Mapping[str, bytes]) -> str:
        """Keeps files that show what the peer did. Returns the name of their folder. The same evidence is kept once."""
        place = self.root / "evidence" / name
        for file, data in parts.items():
            if not (place / file).exists():
                write_file(place / file, data)
        return place.name

    def list_evidence(self) -> dict[str, list[str]]:
        """Returns the files of each piece of evidence, by its name."""
        places = sorted((self.root / "evidence").glob("*"))
        return {place.name: sorted(file.name for file in place.iterdir()) for place in places}

    def evidence_path(self, name: str, file: str) -> Path | None:
        """Returns the path of a file of the evidence; None if there is no such file."""
        known = self.list_evidence()
        return self.root / "evidence" / name / file if file in known.get(name, ()) else None

    @property
    def has_releases(self) -> bool:
        """Whether a release was ever received."""
        return (self.root / "releases").exists()

    @cached_property
    def _releases(self) -> Releases:
        return Releases(self.root, Journal(self.root / "received.jsonl"))

    @property
    def releases(self) -> Releases:
        """The releases as received. Opening them enters what a killed process received completely."""
        with self._opening:
            return self._releases

    def write_withdrawal(self, release: str, withdrawal: Withdrawal) -> None:
        """Keeps that the peer withdrew a release, such as “GRID_INTENSITY 3”, whether or not it was received."""
        dataflow, _, number = release.partition(" ")
        path = self.root / "withdrawals" / dataflow / f"{int(number):04}.json"
        if not path.exists():
            write_file(path, dump_json(asdict(withdrawal)).encode())

    def list_releases(self) -> list[Release]:
        """Returns the releases that were received, oldest first."""
        return self.releases.all() if self.has_releases else []

    def _read_envelope(self, name: str) -> Envelope | None:
        path = self.root / name
        return parse_envelope(path.read_bytes(), f"peers/{self.node}/{name}") if path.exists() else None


class Peers:
    """The folders of all peers of a node, in its folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root / "peers"
        self._folders: dict[str, PeerFolder] = {}

    def folder(self, node: str) -> PeerFolder:
        """Returns the folder of a peer, which may not exist yet."""
        return self._folders.setdefault(node, PeerFolder(self.root, node))

    def all(self) -> Iterator[PeerFolder]:
        """Yields the folder of each peer, by its id."""
        for path in sorted(self.root.glob("*")):
            if _NODE.fullmatch(path.name):
                yield self.folder(path.name)

    def shown(self) -> Iterator[tuple[PeerFolder, Standing]]:
        """Yields the peers whose releases are shown beside this node's own, and of which some are here."""
        for folder in self.all():
            standing = folder.standing
            if standing is not None and standing.shown and folder.has_releases:
                yield folder, standing

    def find(self, node: str) -> PeerFolder | None:
        """Returns the folder of a peer that has one; None for any other text."""
        return self.folder(node) if _NODE.fullmatch(node) and (self.root / node).is_dir() else None


def damaged_release(where: str) -> Damaged:
    """Returns the error about a release whose bytes are not those that the peer sealed."""
    return Damaged(
        N_("The bytes that the peer sent are not those that it sealed."),
        where=where,
        fix=N_("Nothing of this release was kept. Fetch it again; tell the peer’s operators if it stays so."),
    )
