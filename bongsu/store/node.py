"""A node: a folder that contains all data of one installation.

node.toml           the id, name and SDMX agency of the node
snapshots/          raw bytes, by hash
releases/           sealed releases
withdrawals/        the reasons of withdrawn releases
corrections/        corrected values, with author, reason and source
builds/             the last build of every dataflow, with the rows that its checks found
points/             accepted meter reports, by organisation and day
files/              bulk files of releases for download (written again if deleted)
journal.jsonl       the journal of events
network/log.jsonl   the public log, which peers copy
peers/              what other nodes published: their cards, logs and releases
keys/               the keys that sign for the node, and its card
index.sqlite3       the index of releases (written again if deleted)
entries.sqlite3     the index of the catalogue's entries in snapshots (written again if deleted)
questions.sqlite3   the index of the questions in the journal (written again if deleted)
records.sqlite3     the database of accounts (Django)
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu import __version__
from bongsu.core.envelope import Envelope
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.core.node_card import Card
from bongsu.core.observation_status import UsableRows, separate_flagged
from bongsu.core.release import Release, Sealer
from bongsu.core.selection import Selection
from bongsu.store.corrections.stored import Corrections
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import write_file
from bongsu.store.disk.node_file import read_node_file
from bongsu.store.disk.node_keys import About, NodeKeys
from bongsu.store.disk.snapshots import Snapshots
from bongsu.store.logs.build_log import BuildLog
from bongsu.store.logs.journal import Journal
from bongsu.store.logs.public_log import PublicLog, describe_keys
from bongsu.store.logs.question_index import QuestionIndex
from bongsu.store.logs.report_log import ReportLog
from bongsu.store.peers.peer_folder import Peers
from bongsu.store.releases.release_store import Releases
from bongsu.store.tables.site_table import Site, SiteFile, in_language

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from bongsu.store.query_engine import QueryResult

_IDENTITY = """# The identity of this node. `agency` is its SDMX agency id: capitals, digits and _.
format = "bongsu.node/1"
id = "{id}"
name = "{name}"
agency = "{agency}"
created = "{created}"
"""


@dataclass(frozen=True)
class Identity:
    """The identity of a node: a random id, its display name, its SDMX agency id, and when it was created."""

    id: str
    name: str
    agency: str
    created: str


class Node:
    """An open node. Opening it is cheap, and threads can share it."""

    def __init__(self, root: Path) -> None:
        """Opens the node in the folder `root`. Raises Missing or BadInput if the folder is not a node."""
        self.root = root.resolve()
        self.identity = _read_identity(root)
        self._site = SiteFile(self.root)
        self.keys = NodeKeys(self.root / "keys", self._record_keys)
        self.journal = Journal(self.root / "journal.jsonl")
        self.questions = QuestionIndex(self.root / "questions.sqlite3", self.journal)
        self.snapshots = Snapshots(self.root / "snapshots")
        self.report_log = ReportLog(self.root / "points")
        self.builds = BuildLog(self.root / "builds")
        self.public_log = PublicLog(self.root)
        self.corrections = Corrections(self.root / "corrections", self.journal)
        self.releases = Releases(self.root, self.journal, self._describe_sealer, self.public_log)
        self.engine = self.releases.engine
        self.peers = Peers(self.root)

    @classmethod
    def create(cls, root: Path, *, name: str = "Bongsu", agency: str = "BONGSU") -> Node:
        """Creates a node in `root`, which must be empty or not exist. Raises BadInput otherwise."""
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise BadInput(
                N_("“{root}” is not empty, so no node was created there."),
                fix=N_("Choose a folder that is empty or does not exist."),
                root=root,
            )
        if not re.fullmatch("[A-Z][A-Z0-9_]*", agency):
            raise BadInput(
                N_("“{agency}” is not a valid SDMX agency id."),
                fix=N_("Use capitals, digits and _, with a letter first."),
                agency=agency,
            )
        if re.search(r'["\\\x00-\x08\x0a-\x1f\x7f]', name):
            raise BadInput(N_("A node's name cannot contain quotation marks, backslashes or line breaks."))
        text = _IDENTITY.format(id=secrets.token_hex(8), name=name, agency=agency, created=utc_now())
        root.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".bongsu-", dir=root.parent))
        write_file(temporary / "secret.key", secrets.token_hex(32).encode(), mode=0o600)
        write_file(temporary / "node.toml", text.encode())
        temporary.chmod(0o755)
        temporary.rename(root)  # atomic: the node is complete or does not exist
        node = cls(root)
        node.journal.append("created", node.identity.id, name=name, agency=agency)
        return node

    def _describe_sealer(self) -> Sealer:
        """Returns who seals a release now, for its manifest."""
        return Sealer(self.identity.agency, {language: self.name_in(language) for language in TABLE_LANGUAGES})

    @property
    def site(self) -> Site:
        """What makes the site the institution's, as node.toml has it now. Raises BongsuError if it is wrong."""
        return self._site.read()

    def name_in(self, language: str) -> str:
        """Returns the name of the institution in a language; the node's own if it has none."""
        return in_language(self.site.name, language) or self.identity.name

    def about(self, url: str, contact: str = "") -> About:
        """Returns what the card says of the node, whose pages are at `url` ("" if that is not known)."""
        names = {language: self.name_in(language) for language in TABLE_LANGUAGES}
        return About(self.identity.id, names, self.identity.agency, url, contact, f"bongsu {__version__}")

    def _record_keys(self, card: Card) -> None:
        self.public_log.append_missing(describe_keys(card))

    def sign(self, type_: str, body: bytes, now: datetime) -> Envelope:
        """Returns the body signed by the node; the first signature makes its keys. Raises Missing if none is valid."""
        if self.keys.card is None:
            self.keys.renew(self.about(""), now)
        return self.keys.sign(type_, body, now)

    def table(self, release: Release) -> ir.Table:
        """Returns the observations of a release as an Ibis table, after verifying its files."""
        flow = self.releases.structure(release).dataflow
        return self.engine.table(f"{release.dataflow}/{release.number}", self.releases.path(release), flow)

    def observations(self, release: Release, selection: Selection | None = None) -> pa.Table:
        """Returns the observations of a release that match `selection`, sorted by the dimensions."""
        return self._select(release, selection).read_all()

    def usable_observations(self, release: Release, selection: Selection | None = None) -> UsableRows:
        """Returns the same observations to compute with, and apart from them the flagged ones (core/observation_status)."""
        return separate_flagged(self.observations(release, selection).to_pylist())

    def current_observations(self, flow: str) -> pa.Table | None:
        """Returns the observations of a dataflow's current release; None if it has no release, or all are withdrawn."""
        if all(release.withdrawal is not None for release in self.releases.all(flow)):
            return None
        return self.observations(self.releases.current(flow))

    def stream(self, release: Release, selection: Selection | None = None) -> Iterator[pa.RecordBatch]:
        """Yields the same observations in batches, in bounded memory."""
        return self._select(release, selection).read_batches()

    def _select(self, release: Release, selection: Selection | None) -> QueryResult:
        flow = self.releases.structure(release).dataflow
        name, path = f"{release.dataflow}/{release.number}", self.releases.path(release)
        return self.engine.select(name, path, flow, selection or Selection())


def read_secret(root: Path) -> str:
    """Returns the node's secret key. Raises Missing if the folder is not a node."""
    path = root / "secret.key"
    if not path.exists():
        raise Missing(N_("“{root}” is not a node: it has no secret.key."), root=root)
    return path.read_text(encoding="utf-8").strip()


def _read_identity(root: Path) -> Identity:
    read = read_node_file(root)
    return Identity(read.id, read.name, read.agency, read.created)
