"""The node's keys and card: renewal, overlap, revocation, a new root, kills between two writes."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bongsu.core.envelope import BadSignature, open_envelope, parse_envelope, sign_body
from bongsu.core.errors import BadInput, Damaged, Missing
from bongsu.core.node_card import CARD_TYPE, Card, check_signed_by, fingerprint, open_card, root_id
from bongsu.store.disk import node_keys
from bongsu.store.disk.node_keys import About, NodeKeys

NOW = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
ABOUT = About("0123456789abcdef", {"en": "Test"}, "TEST", "https://node.example")
DAY = timedelta(days=1)


@pytest.fixture
def keys(tmp_path: Path) -> NodeKeys:
    keys = NodeKeys(tmp_path / "keys")
    keys.renew(ABOUT, NOW)
    return keys


def card_of(keys: NodeKeys) -> Card:
    card = keys.card
    assert card is not None
    return card


def test_fingerprint() -> None:
    # SHA-256 of the first public key of RFC 8032: 21fe 31df a154 a261 626b f854 046f d227 1b7b ed4b 6abe 45aa 5887 7ef4
    # 7f97 21b9; each as a number modulo 10,000: 0x21fe = 8702, 0x31df = 12767 -> 2767, ...
    key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    groups = "8702 2767 1300 1569 5195 3572 1135 3799 7035 0747 7326 7834 2663 2500 2663 8633"
    assert fingerprint(key) == groups


def test_first_card(keys: NodeKeys) -> None:
    card = card_of(keys)
    assert (card.version, card.issued, card.expires) == (1, "2026-11-28T09:30:00Z", "2026-12-28T09:30:00Z")
    assert [(key.id, key.since, key.until) for key in card.signing] == [
        ("0123456789abcdef#1", "2026-11-28T09:30:00Z", "2027-11-28T09:30:00Z")
    ]
    for name in ("root.key", "signing-1.key"):
        assert stat.S_IMODE((keys.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert "PRIVATE" not in (keys.folder / "card.json").read_text()


def test_renewed_once_a_day_and_when_something_changes(keys: NodeKeys) -> None:
    assert keys.renew(ABOUT, NOW + DAY - timedelta(seconds=1)).version == 1
    assert keys.renew(ABOUT, NOW + DAY).version == 2
    assert keys.renew(About(ABOUT.node, {"en": "Other"}, "TEST", ABOUT.url), NOW + DAY).version == 3
    assert len(card_of(keys).signing) == 1


def test_next_signing_key_a_week_before_the_last_one_ends(keys: NodeKeys) -> None:
    end = NOW + timedelta(days=365)
    assert len(keys.renew(ABOUT, end - 7 * DAY).signing) == 1
    card = keys.renew(ABOUT, end - 7 * DAY + timedelta(seconds=1) + DAY)
    assert [key.id[-2:] for key in card.signing] == ["#1", "#2"]
    assert set(card.keys_at("2027-11-28T09:30:00Z")) == {key.id for key in card.signing}  # both sign during the overlap
    assert set(card.keys_at("2027-11-28T09:30:01Z")) == {"0123456789abcdef#2"}


def test_what_is_signed_is_checked_with_the_card(keys: NodeKeys) -> None:
    envelope = keys.sign("text/plain", b"body", NOW)
    card = open_card(parse_envelope((keys.folder / "card.json").read_bytes()))
    assert check_signed_by(card, envelope, "text/plain", "2026-11-28T09:30:00Z") == b"body"
    for moment in ("2026-11-28T09:29:59Z", "2027-11-28T09:30:01Z"):
        with pytest.raises(BadSignature, match=r"not valid at"):
            check_signed_by(card, envelope, "text/plain", moment)


def test_the_newest_valid_key_signs_and_a_revoked_one_never(keys: NodeKeys) -> None:
    before = keys.sign("text/plain", b"body", NOW)
    card = keys.replace_signing_key(ABOUT, NOW + DAY, revoke="0123456789abcdef#1")
    assert list(keys.sign("text/plain", b"body", NOW + DAY).signatures) == ["0123456789abcdef#2"]
    assert check_signed_by(card, before, "text/plain", "2026-11-29T09:29:59Z") == b"body"  # signed before: valid
    with pytest.raises(BadSignature):
        check_signed_by(card, before, "text/plain", "2026-11-29T09:30:00Z")
    with pytest.raises(Missing, match="no key"):
        keys.replace_signing_key(ABOUT, NOW, revoke="0123456789abcdef#9")
    with pytest.raises(Missing, match="no valid signing key"):
        keys.sign("text/plain", b"body", NOW + timedelta(days=800))


def test_new_root_is_signed_by_both(keys: NodeKeys) -> None:
    old = card_of(keys)
    new = keys.replace_root(ABOUT, NOW)
    assert new.root != old.root
    assert new.version == 2
    envelope = keys.card_envelope
    assert envelope is not None
    assert open_card(envelope) == new
    # Who knows only the old root sees its signature of the new card.
    assert open_envelope(envelope, CARD_TYPE, {f"{new.node}#root-before": old.root_bytes}) == new.to_json()
    assert keys.renew(ABOUT, NOW + DAY).root == new.root


@pytest.mark.parametrize("after_card", [False, True])
def test_a_change_of_the_root_that_is_killed(keys: NodeKeys, monkeypatch: pytest.MonkeyPatch, after_card: bool) -> None:
    old = card_of(keys)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((keys.__class__, "_take_next_root") if after_card else (node_keys, "sign_body")), die)
        patch.setattr(keys.__class__, "_change", lambda self: node_keys.lock_file(self.folder / "keys.lock"))
        with pytest.raises(KeyboardInterrupt):
            keys.replace_root(ABOUT, NOW)
    card = keys.renew(ABOUT, NOW + DAY)
    assert (card.root != old.root) == after_card
    assert list(card.signing) == list(old.signing)


def test_a_card_of_another_root_is_refused(keys: NodeKeys, tmp_path: Path) -> None:
    other = NodeKeys(tmp_path / "other")
    other.renew(ABOUT, NOW)
    forger = other._read_private("root")
    forged = sign_body(CARD_TYPE, card_of(keys).to_json(), {root_id(ABOUT.node): forger.sign})
    with pytest.raises(BadSignature):
        open_card(forged)


def test_keys_that_do_not_fit_the_card(keys: NodeKeys, tmp_path: Path) -> None:
    other = NodeKeys(tmp_path / "other")
    other.renew(ABOUT, NOW)
    (keys.folder / "signing-1.key").write_bytes((other.folder / "signing-1.key").read_bytes())
    with pytest.raises(Damaged):
        keys.sign("text/plain", b"", NOW)
    (keys.folder / "root.key").write_bytes((other.folder / "root.key").read_bytes())
    with pytest.raises(BadInput):
        keys.renew(ABOUT, NOW + DAY)
    (keys.folder / "root.key").unlink()
    with pytest.raises(Missing, match=r"root\.key"):
        keys.renew(ABOUT, NOW + DAY)
    (keys.folder / "root.key").write_text("not a key")
    with pytest.raises(Damaged):
        keys.renew(ABOUT, NOW + DAY)


def test_public_key_is_that_of_the_file(keys: NodeKeys) -> None:
    root = keys._read_private("root").public_key().public_bytes_raw()
    assert base64.b64encode(root).decode() == card_of(keys).root
