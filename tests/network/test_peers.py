"""How a node becomes a peer, and what ends that: introduction by fingerprint, cards that follow each other, evidence."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from django.test import Client as Browser

from bongsu.core.envelope import Envelope, sign_body
from bongsu.core.errors import BadInput, BongsuError, Missing, Refused
from bongsu.core.node_card import CARD_TYPE, Card, open_card, root_id
from bongsu.network.errors import Misbehaved
from bongsu.network.fetching import fetch_now
from bongsu.network.models import Introduction, Peer
from bongsu.network.peers import (
    add_peer,
    confirm_peer,
    end_peer,
    find_peer,
    is_trusted,
    suspend_peer,
    trust_peer,
    withdraw_trust,
)
from bongsu.people.models import AuditLine, Mail
from bongsu.store.disk.node_keys import About
from bongsu.store.node import Node
from tests.network.world import COMMAND, World, moment, now

FINGERPRINT = " ".join(["0000"] * 16)


def issue_card(node: Node, **changes: Any) -> Envelope:
    """Returns a card of a node that its root signed, with changes; the node itself does not know it."""
    card = node.keys.card
    assert card is not None
    changed = msgspec.structs.replace(card, **changes)
    return sign_body(CARD_TYPE, changed.to_json(), {root_id(card.node): node.keys._read_private("root").sign})


def show_card(world: World, node: Node, envelope: Envelope) -> None:
    """The network answers with this card in the place of the node's own."""
    url = world.url_of(node)

    def answer(request: httpx2.Request) -> httpx2.Response | None:
        if str(request.url) == f"{url}/.well-known/bongsu-node.json":
            return httpx2.Response(200, content=envelope.to_json(), request=request)
        return None

    world.answer = answer


def test_two_nodes_become_peers_when_both_have_compared_fingerprints(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    peer = world.introduce(a, b)
    assert (peer.state, peer.url, peer.agency) == ("confirmed", "https://b.example", "B")
    assert world.tend(a, b).state == "confirmed"  # B has not confirmed A: its poke is refused
    world.introduce(b, a)
    assert world.tend(a, b).state == "active"
    assert Peer.objects.get(node=a.identity.id).state == "active"  # A's poke said that A has confirmed B
    b_id = b.identity.id
    lines = [(one.action, one.actor) for one in AuditLine.objects.filter(object_id=b_id).order_by("number")]
    assert lines == [
        ("peer.add", "command tester"),
        ("peer.confirm", "command tester"),
        ("peer.observe", "duty peers"),
    ]
    assert AuditLine.objects.get(action="peer.answer").actor == f"peer {a.identity.id}"
    standing = a.peers.folder(b_id).standing
    assert standing is not None
    assert (standing.state, standing.shown, standing.url) == ("active", True, "https://b.example")


def test_a_wrong_fingerprint_confirms_nobody(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    with world.at(a):
        peer = add_peer(COMMAND, a, "https://b.example/", now())
        with pytest.raises(BadInput, match="not the fingerprint"):
            confirm_peer(COMMAND, a, peer, FINGERPRINT, now())
        with pytest.raises(BadInput, match="cannot be done"):
            suspend_peer(COMMAND, a, peer, "why", now())
        with pytest.raises(BadInput, match="this node itself"):
            add_peer(COMMAND, a, "https://a.example", now())
    assert find_peer(b.identity.id[:6]).state == "proposed"
    assert not [path for path in world.asked if "log" in path]  # nothing is read of a proposed peer


def test_a_node_must_be_where_its_card_says(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    world.nodes["https://mirror.example"] = b
    with world.at(a), pytest.raises(BadInput, match="says that its address is"):
        add_peer(COMMAND, a, "https://mirror.example", now())
    for wrong in ("http://b.example", "ftp://b.example", "https://b.example?x=1", "https://u:p@b.example", "b.example"):
        with world.at(a), pytest.raises(BadInput):
            add_peer(COMMAND, a, wrong, now())


def test_a_card_that_comes_in_is_proposed_and_five_a_day_are_kept(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    browser = Browser(headers={"accept": "application/json"})
    send = lambda data: browser.post("/network/v1/introductions", data, content_type="application/json")  # noqa: E731
    card = b.keys.card_envelope
    assert card is not None
    with world.at(a):
        assert send(card.to_json()).status_code == 202
        peer = Peer.objects.get(node=b.identity.id)
        assert (peer.state, peer.by_hand) == ("proposed", False)
        assert send(b"{}").status_code == 400
        assert send(card.to_json().replace(b"A", b"B", 1)).status_code in (400, 403)
        own = a.keys.card_envelope
        assert own is not None
        assert send(own.to_json()).status_code == 400
        assert send(card.to_json()).status_code == 202
        answer = send(card.to_json())
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "over-budget")
        assert Introduction.objects.count() == 5
        # An operator who adds the same node by hand is not hindered by a card that came in before.
        assert add_peer(COMMAND, a, "https://b.example", now()).by_hand
    assert "/.well-known/bongsu-node.json" in world.asked


def test_an_older_card_is_refused_and_the_known_one_stays(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    show_card(world, b, issue_card(b, version=9))
    world.introduce(a, b)
    show_card(world, b, issue_card(b, version=7))
    world.forget_card(b)
    with pytest.raises(BadInput, match="version 7; this node knows version 9"):
        world.tend(a, b)
    peer = Peer.objects.get(node=b.identity.id)
    assert (peer.state, peer.card_version) == ("confirmed", 9)
    assert "version 7" in str(peer.trouble) or "7" in str(peer.trouble["values"])


def test_two_cards_of_one_version_suspend_the_peer_and_are_kept(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    world.befriend(a, b)
    other = issue_card(b, name={"en": "Another office"})
    show_card(world, b, other)
    world.forget_card(b)
    with pytest.raises(Misbehaved):
        world.tend(a, b)
    assert Peer.objects.get(node=b.identity.id).state == "suspended"
    folder = a.peers.folder(b.identity.id)
    assert folder.list_evidence() == {"two-cards": ["card-known.json", "card-shown.json"]}
    path = folder.evidence_path("two-cards", "card-shown.json")
    assert path is not None
    assert path.read_bytes() == other.to_json()
    assert folder.evidence_path("two-cards", "../../card.json") is None
    known = b.keys.card
    assert folder.card == known


def test_a_new_root_is_followed_if_the_old_one_signed_it_even_when_that_card_was_missed(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    first = world.befriend(a, b).fingerprint
    b.keys.replace_root(b.about("https://b.example"), now())
    b.keys.replace_root(b.about("https://b.example"), now())
    renewed = b.keys.renew(About(**{**vars(b.about("https://b.example")), "contact": "x@b.example"}), now())
    assert renewed.version == 4  # signed by the newest root alone
    world.forget_card(b)
    peer = world.tend(a, b)
    assert (peer.card_version, peer.fingerprint) == (4, renewed.fingerprint)
    assert peer.fingerprint != first
    stranger = world.make_node("c")
    forged = stranger.keys.card
    assert forged is not None
    card = msgspec.structs.replace(forged, node=b.identity.id, url="https://b.example", version=9, signing=())
    root = stranger.keys._read_private("root")
    show_card(world, b, sign_body(CARD_TYPE, card.to_json(), {root_id(card.node): root.sign}))
    world.forget_card(b)
    with pytest.raises(BadInput, match="root key that the known one did not sign"):
        world.tend(a, b)
    assert Peer.objects.get(node=b.identity.id).state == "active"


def test_a_change_of_root_that_was_cut_short_leads_nobody_astray(world: World) -> None:
    b = world.make_node("b")
    b.keys.replace_root(b.about("https://b.example"), now())
    [real] = b.keys.root_changes
    (b.keys.folder / "root-change-000009.json").write_bytes(real.to_json())  # as after a kill before its card
    b.keys.replace_root(b.about("https://b.example"), now())
    assert [open_card(one).version for one in b.keys.root_changes] == [2, 3]


def test_a_peer_whose_card_has_ended_is_stale_until_it_has_a_new_one(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    world.befriend(a, b)
    soon = moment(timedelta(seconds=-1))
    ended = issue_card(b, version=8, expires=soon)
    a.peers.folder(b.identity.id).write_card(ended)
    show_card(world, b, ended)
    with pytest.raises(BadInput, match="has ended"):
        world.tend(a, b)
    assert Peer.objects.get(node=b.identity.id).state == "stale"
    show_card(world, b, issue_card(b, version=9))
    assert world.tend(a, b).state == "active"  # renewed, told so, answered


def test_trust_is_rows_that_end(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    peer = world.introduce(a, b)
    assert not is_trusted(peer, "releases", "GRID_INTENSITY", now())
    trust_peer(COMMAND, peer, "releases", "GRID_INTENSITY", now(), until=now().date())
    assert is_trusted(peer, "releases", "GRID_INTENSITY", now())
    assert not is_trusted(peer, "releases", "GRID_INTENSITY", now() + timedelta(days=1))
    assert not is_trusted(peer, "questions", "GRID_INTENSITY", now())
    assert not is_trusted(peer, "releases", "OTHER", now())
    trust_peer(COMMAND, peer, "releases", "*", now())
    assert is_trusted(peer, "releases", "OTHER", now())
    withdraw_trust(COMMAND, peer, "releases", "*")
    assert not is_trusted(peer, "releases", "OTHER", now())
    with pytest.raises(Missing):
        withdraw_trust(COMMAND, peer, "releases", "*")
    with pytest.raises(BadInput):
        trust_peer(COMMAND, peer, "everything", "*", now())
    with pytest.raises(BadInput):
        trust_peer(COMMAND, peer, "releases", "../x", now())


def test_suspending_and_ending_need_a_reason_and_a_suspended_peer_is_confirmed_anew(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    peer = world.befriend(a, b)
    with pytest.raises(BadInput, match="reason"):
        suspend_peer(COMMAND, a, peer, " ", now())
    peer = suspend_peer(COMMAND, a, peer, "its operators do not answer", now())
    assert peer.state == "suspended"
    peer = confirm_peer(COMMAND, a, peer, peer.fingerprint.replace(" ", "-"), now(), group="ministry")
    assert (peer.state, peer.group) == ("confirmed", "ministry")
    trust_peer(COMMAND, peer, "releases", "*", now())
    peer = end_peer(COMMAND, a, peer, "agreed", now())
    assert not peer.trusts.exists()  # trust does not come back with a new introduction
    with pytest.raises(BadInput, match="has ended"):
        trust_peer(COMMAND, peer, "releases", "*", now())
    with pytest.raises(Refused, match="Nothing is read"):
        fetch_now(COMMAND, a, peer, "", None, now())
    standing = a.peers.folder(peer.node).standing
    assert standing is not None
    assert (peer.state, standing.shown) == ("ended", False)
    assert not Mail.objects.exists()


def test_what_a_card_says_is_read_strictly(world: World) -> None:
    a, b = world.make_node("a"), world.make_node("b")
    for wrong in (
        issue_card(b, issued=moment(timedelta(hours=1))),
        issue_card(b, expires=moment(timedelta(days=400))),
        issue_card(b, protocols=("2.0",)),
        issue_card(b, expires=moment(timedelta(seconds=-5))),
        issue_card(b, agency="A\x00"),
    ):
        show_card(world, b, wrong)
        with world.at(a), pytest.raises(BongsuError):
            add_peer(COMMAND, a, "https://b.example", now())
    assert not Peer.objects.exists()
    card: Card = open_card(issue_card(b))
    assert json.loads(card.to_json())["protocols"] == ["1.0"]
