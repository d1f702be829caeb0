"""The keys that sign for a node, and its card, which makes the public halves known.

keys/root.key         the root key (PKCS 8, PEM), which signs the card alone; may be kept elsewhere between uses
keys/signing-N.key    the keys that sign everything else; a new one every year, a week before the last one ends
keys/card.json        the newest card in its envelope: public
keys/root-change-N.json  the cards with which the root changed, signed by the old root too: public

A change writes the new key first and the card last: a key without a card is never used, and is written over.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bongsu.core.envelope import Envelope, Signer, parse_envelope, sign_body
from bongsu.core.errors import N_, BadInput, Damaged, Missing
from bongsu.core.node_card import CARD_TYPE, FORMAT, PROTOCOLS, Card, Key, open_card, root_before_id, root_id
from bongsu.store.disk.clock import format_moment
from bongsu.store.disk.files import lock_file, sync_to_disk, write_file

CARD_LIFE = timedelta(days=30)
KEY_LIFE = timedelta(days=365)
OVERLAP = timedelta(days=7)
RENEWED_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class About:
    """What the card says of the node beside its keys."""

    node: str
    name: Mapping[str, str]
    agency: str
    url: str = ""
    contact: str = ""
    software: str = ""


class NodeKeys:
    """The keys in the folder `folder`. Safe against other threads and processes.

    `record` is called with each new card, and again before the next change: it writes what is not written yet.
    """

    def __init__(self, folder: Path, record: Callable[[Card], None] = lambda card: None) -> None:
        self.folder = folder
        self._record = record

    @property
    def card(self) -> Card | None:
        """The newest card; None before the first. Raises Damaged if it does not hold."""
        envelope = self.card_envelope
        return None if envelope is None else open_card(envelope, "keys/card.json")

    @property
    def card_envelope(self) -> Envelope | None:
        """The newest card in its envelope; None before the first."""
        path = self.folder / "card.json"
        return parse_envelope(path.read_bytes(), "keys/card.json") if path.exists() else None

    def sign(self, type_: str, body: bytes, now: datetime) -> Envelope:
        """Returns the body signed by the newest signing key that is valid. Raises Missing if there is none."""
        id_, sign = self.find_signer(now)
        return sign_body(type_, body, {id_: sign})

    def find_signer(self, now: datetime) -> tuple[str, Signer]:
        """Returns the newest signing key that is valid: its id, and what signs with it. Raises Missing if there is none."""
        card, moment = self.card, format_moment(now)
        valid = [key for key in card.signing if key.signs_at(moment)] if card else []
        if not valid:
            raise Missing(
                N_("This node has no valid signing key."), fix=N_("“bongsu keys renew” makes one, and a new card.")
            )
        newest = max(valid, key=lambda key: key.since)
        private = self._read_private(f"signing-{newest.id.partition('#')[2]}")
        if _public_text(private) != newest.key:
            raise Damaged(N_("A signing key is not the one on the card."), where=f"keys of {newest.id}")
        return newest.id, private.sign

    @property
    def root_changes(self) -> list[Envelope]:
        """The cards with which the root changed, oldest first: each is signed by the root before it too."""
        found = sorted(self.folder.glob("root-change-*.json"))
        return [parse_envelope(path.read_bytes(), f"keys/{path.name}") for path in found]

    def renew(self, about: About, now: datetime) -> Card:
        """Returns the card, renewed if it is a day old, if what it says has changed, or if a signing key ends within a week.

        The first call makes the root key and the first signing key. Raises Missing if the root key is kept elsewhere.
        """
        with self._change():
            card = self.card
            signing = card.signing if card else ()
            usable = [key for key in signing if key.signs_at(format_moment(now + OVERLAP))]
            due = (
                card is None or not usable or card.issued <= format_moment(now - RENEWED_AFTER) or _about(card) != about
            )
            if card is not None and not due:
                return card
            if card is None:
                self._write_private("root")
            if not usable:
                signing = (*signing, self._new_signing_key(about.node, signing, now))
            return self._issue(about, signing, card, now)

    def replace_signing_key(self, about: About, now: datetime, revoke: str = "") -> Card:
        """Makes a new signing key, and revokes the key named `revoke` from now on. Raises Missing for an unknown key."""
        with self._change():
            card = self._require_card()
            if revoke and revoke not in {key.id for key in card.signing}:
                raise Missing(
                    N_("This node has no key “{key}”."),
                    key=revoke,
                    fix=N_("Its keys are {known}."),
                    known=", ".join(key.id for key in card.signing),
                )
            kept = tuple(
                msgspec.structs.replace(key, revoked=format_moment(now))
                if key.id == revoke and not key.revoked
                else key
                for key in card.signing
            )
            return self._issue(about, (*kept, self._new_signing_key(about.node, kept, now)), card, now)

    def replace_root(self, about: About, now: datetime) -> Card:
        """Makes a new root key. The old and the new root sign the next card, so that who knows the old one may follow."""
        with self._change():
            card, old = self._require_card(), self._read_private("root")
            self._write_private("root-next")
            new = self._read_private("root-next")
            issued = self._issue(about, card.signing, card, now, root=new, also={root_before_id(card.node): old.sign})
            self._take_next_root(issued)
            return issued

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Locks the keys, and completes a change of the root that was interrupted after its card was written."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with lock_file(self.folder / "keys.lock"):
            if (card := self.card) is not None:
                self._take_next_root(card)
                for path in self.folder.glob("root-change-*.json"):
                    if (
                        int(path.stem.rpartition("-")[2]) > card.version
                    ):  # of a change that was cut short before its card
                        path.unlink()
                self._record(card)
            yield

    def _take_next_root(self, card: Card) -> None:
        path = self.folder / "root-next.key"
        if path.exists() and _public_text(self._read_private("root-next")) == card.root:
            path.rename(self.folder / "root.key")
            sync_to_disk(self.folder)

    def _issue(
        self,
        about: About,
        signing: tuple[Key, ...],
        before: Card | None,
        now: datetime,
        root: Ed25519PrivateKey | None = None,
        also: Mapping[str, Signer] | None = None,
    ) -> Card:
        root = root or self._read_private("root")
        if before and also is None and _public_text(root) != before.root:
            raise BadInput(N_("The root key is not the one on the card."), where="keys/root.key")
        card = Card(
            format=FORMAT,
            node=about.node,
            version=before.version + 1 if before else 1,
            issued=format_moment(now),
            expires=format_moment(now + CARD_LIFE),
            url=about.url,
            name=dict(about.name),
            agency=about.agency,
            contact=about.contact,
            root=_public_text(root),
            signing=signing,
            protocols=PROTOCOLS,
            software=about.software,
        )
        envelope = sign_body(CARD_TYPE, card.to_json(), {root_id(about.node): root.sign, **(also or {})})
        if also:  # before the card: peers that knew the old root follow from here to the new one
            write_file(self.folder / f"root-change-{card.version:06}.json", envelope.to_json())
        write_file(self.folder / "card.json", envelope.to_json())
        self._record(card)
        return card

    def _new_signing_key(self, node: str, signing: tuple[Key, ...], now: datetime) -> Key:
        number = max((int(key.id.partition("#")[2]) for key in signing), default=0) + 1
        self._write_private(f"signing-{number}")
        public = _public_text(self._read_private(f"signing-{number}"))
        return Key(id=f"{node}#{number}", key=public, since=format_moment(now), until=format_moment(now + KEY_LIFE))

    def _require_card(self) -> Card:
        if (card := self.card) is None:
            raise Missing(N_("This node has no keys yet."), fix=N_("“bongsu keys renew” makes them."))
        return card

    def _write_private(self, name: str) -> None:
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_file(self.folder / f"{name}.key", pem, mode=0o600)

    def _read_private(self, name: str) -> Ed25519PrivateKey:
        path = self.folder / f"{name}.key"
        try:
            key = load_pem_private_key(path.read_bytes(), None)
        except FileNotFoundError:
            raise Missing(
                N_("There is no key “{file}”."),
                file=f"keys/{path.name}",
                fix=N_("If it is kept elsewhere, put it back for this command."),
            ) from None
        except (ValueError, TypeError):
            raise Damaged(N_("“{file}” is not a private key."), file=f"keys/{path.name}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Damaged(N_("“{file}” is not a private key."), file=f"keys/{path.name}")
        return key


def _about(card: Card) -> About:
    return About(card.node, card.name, card.agency, card.url, card.contact, card.software)


def _public_text(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
