"""Releases of a peer: fetched as its log seals them, to the byte; withdrawn when it withdraws; and what a liar achieves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import httpx2
import pytest

from bongsu.core.errors import BadInput, BongsuError, Damaged, Missing, Refused, Unreachable
from bongsu.core.log_line import CHECKPOINT_TYPE, make_checkpoint
from bongsu.core.release import Release
from bongsu.network.client import Client
from bongsu.network.errors import Misbehaved, NotTrusted
from bongsu.network.exchange import fetch_release
from bongsu.network.models import Peer
from bongsu.network.pulling import compare_with_witness
from bongsu.people.access import NOBODY
from bongsu.people.granting import grant_role
from bongsu.people.models import Mail
from bongsu.people.persons import ensure_person
from bongsu.store.disk.files import dump_json
from bongsu.store.node import Node
from bongsu.store.peers import receiving
from bongsu.store.releases.release_files import compute_seal
from bongsu.web.node_state.checkup import check_files
from tests.network.world import COMMAND, World, moment, now, rewrite_log
from tests.store.drafts import draft, rows


@pytest.fixture
def a(world: World) -> Node:
    """A node that reads the log of `b`."""
    return world.make_node("a")


@pytest.fixture
def b(world: World) -> Node:
    """A node with two releases."""
    made = world.make_node("b")
    made.releases.seal(draft())
    made.releases.seal(draft(rows(5)))
    return made


def fetch(world: World, a: Node, b: Node, number: int = 2, flow: str = "TEST_FLOW") -> Release:
    with world.at(a), Client("https://b.example") as client:
        return fetch_release(a, Peer.objects.get(node=b.identity.id), client, flow, number, now())


def received(a: Node, b: Node) -> list[str]:
    return [release.name for release in a.peers.folder(b.identity.id).list_releases()]


def replace_file(world: World, name: str, change: Callable[[bytes], bytes]) -> None:
    """The network changes the bytes of a file on the way."""

    def answer(request: httpx2.Request) -> httpx2.Response | None:
        if not request.url.path.endswith(name):
            return None
        world.answer = lambda request: None
        data = world.carry(request).content
        world.answer = answer
        return httpx2.Response(200, content=change(data), request=request)

    world.answer = answer


def test_the_newest_release_of_a_trusted_dataflow_comes_by_itself(world: World, a: Node, b: Node) -> None:
    assert world.befriend(a, b).size == 4  # root, key, two releases
    assert received(a, b) == []
    world.trust(b)
    world.tend(a, b)
    assert received(a, b) == ["TEST_FLOW 2"]
    folder = a.peers.folder(b.identity.id)
    [release] = folder.list_releases()
    for name in ("manifest.json", "structure.json", "observations.parquet"):
        assert (folder.root / "releases/TEST_FLOW/0002" / name).read_bytes() == (
            b.root / "releases/TEST_FLOW/0002" / name
        ).read_bytes()
    assert folder.releases.is_intact(release)
    assert a.releases.all() == []  # never among one's own
    assert [line.event for line in a.journal.lines()][-1] == "received"
    assert fetch(world, a, b, 1).name == "TEST_FLOW 1"
    world.asked.clear()
    assert fetch(world, a, b, 1).name == "TEST_FLOW 1"
    assert world.asked == []


def test_trust_is_for_a_dataflow_and_the_log_must_name_the_release(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    with pytest.raises(NotTrusted):
        fetch(world, a, b)
    world.trust(b, "OTHER_FLOW")
    world.tend(a, b)
    assert received(a, b) == []
    with pytest.raises(NotTrusted):
        fetch(world, a, b)
    world.trust(b, "TEST_FLOW")
    with pytest.raises(Missing):
        fetch(world, a, b, 3)


def test_a_withdrawal_arrives_with_one_pull_and_stays(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    world.trust(b)
    world.tend(a, b)
    fetch(world, a, b, 1)
    b.releases.withdraw("TEST_FLOW", 2, "a unit was wrong")
    world.tend(a, b)
    folder = a.peers.folder(b.identity.id)
    withdrawn = {release.number: release.withdrawal for release in folder.list_releases()}
    assert withdrawn[1] is None
    assert withdrawn[2] is not None
    assert withdrawn[2].reason == "a unit was wrong"
    assert folder.releases.current("TEST_FLOW").number == 1
    b.releases.withdraw("TEST_FLOW", 1, "and this one too")
    (folder.root / "releases/TEST_FLOW/0001").rename(a.root / "moved")  # it was never fetched
    for file in folder.root.glob("index.sqlite3*"):
        file.unlink()
    a = Node(a.root)
    world.nodes["https://a.example"] = a
    world.tend(a, b)
    assert fetch(world, a, b, 1).withdrawal is not None  # a tombstone that came before the release


@pytest.mark.parametrize("name", ["observations.parquet", "structure.json", "manifest.json"])
def test_a_changed_byte_is_found_and_nothing_is_kept(world: World, a: Node, b: Node, name: str) -> None:
    world.befriend(a, b)
    world.trust(b)
    replace_file(world, name, lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    with pytest.raises((Damaged, BadInput)):
        fetch(world, a, b)
    replace_file(world, name, lambda data: data + b" ")
    with pytest.raises((Damaged, BadInput)):
        fetch(world, a, b)
    replace_file(world, name, lambda data: data[:-1])
    with pytest.raises((Damaged, BadInput)):
        fetch(world, a, b)
    folder = a.peers.folder(b.identity.id)
    assert received(a, b) == []
    assert not (folder.root / "incoming").exists()
    world.answer = lambda request: None
    assert fetch(world, a, b).number == 2


def test_a_file_of_another_content_is_damaged_though_it_can_be_read(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    world.trust(b)
    replace_file(world, "structure.json", lambda data: data.replace(b'"Test"', b'"Text"'))
    with pytest.raises(Damaged):
        fetch(world, a, b)
    assert received(a, b) == []


@pytest.mark.parametrize(
    "name", ["../x", "/x", "..", ".hidden", "a/b", "a\\b", "a\x00b", "x\n", "", "é", "manifest.json"]
)
def test_a_file_whose_name_leads_elsewhere_is_refused_before_it_is_asked_for(b: Node, name: str) -> None:
    manifest = json.loads((b.root / "releases/TEST_FLOW/0002/manifest.json").read_text())
    manifest.pop("seal")
    manifest["files"].append({"name": name, "sha256": "0" * 64, "size": 1})
    seal = compute_seal(manifest)
    data = dump_json({**manifest, "seal": seal}).encode()
    with pytest.raises(BadInput, match="cannot have a file named"):
        receiving.read_sealed_manifest(data, "TEST_FLOW", 2, seal)


def forge_release(b: Node, change: Callable[[dict[str, object]], None]) -> None:
    """B seals what no honest node seals: a manifest with changes, whose seal its log states."""
    path = b.root / "releases/TEST_FLOW/0002/manifest.json"
    manifest = json.loads(path.read_text())
    manifest.pop("seal")
    change(manifest)
    seal = compute_seal(manifest)
    path.write_text(dump_json({**manifest, "seal": seal}))
    rewrite_log(
        b,
        lambda lines: [
            type(line)(**{**vars(line), "detail": {**line.detail, "seal": seal}})
            if line.subject == "TEST_FLOW 2"
            else line
            for line in lines
        ],
    )
    b.releases._manifests.clear()


def rename_file(name: str) -> Callable[[dict[str, object]], None]:
    def change(manifest: dict[str, object]) -> None:
        manifest["files"][0]["name"] = name  # type: ignore[index]

    return change


FORGERIES: dict[str, Callable[[dict[str, object]], None]] = {
    "../x": rename_file("../x"),
    "/etc/x": rename_file("/x"),
    "manifest.json": rename_file("manifest.json"),
    "..": rename_file(".."),
    "nul": rename_file("a\x00b"),
    "twice": rename_file("structure.json"),
    "number": lambda manifest: manifest.update(number=1),
    "flow": lambda manifest: manifest.update(dataflow="OTHER"),
    "rows": lambda manifest: manifest.update(rows=6),
    "version": lambda manifest: manifest.update(version="9.9.9"),
    "format": lambda manifest: manifest.update(format="bongsu.release/9"),
    "files": lambda manifest: manifest.update(files=[]),
    "size": lambda manifest: manifest["files"][0].update(size=-1),  # type: ignore[index]
    "itself": lambda manifest: manifest["inputs"].append(  # type: ignore[attr-defined]
        {**manifest["inputs"][0], "name": "TEST_FLOW", "release": 2}  # type: ignore[index]
    ),
    "a list": lambda manifest: manifest.update(inputs={"a": 1}),
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=list(FORGERIES))
def test_a_sealed_manifest_that_cannot_be_kept_is_refused(
    world: World, a: Node, b: Node, change: Callable[[dict[str, object]], None]
) -> None:
    forge_release(b, change)
    world.befriend(a, b)
    world.trust(b)
    # B's own server would not serve the forged manifest: it verifies what it reads.
    forged = (b.root / "releases/TEST_FLOW/0002/manifest.json").read_bytes()
    replace_file_of(world, forged, b)
    with pytest.raises(BongsuError):
        fetch(world, a, b)
    folder = a.peers.folder(b.identity.id)
    assert received(a, b) == []
    assert not (folder.root / "incoming").exists()
    assert not (folder.root.parent / "x").exists()


def replace_file_of(world: World, manifest: bytes, b: Node) -> None:
    """The network serves the files of B's release 2 as they lie there."""
    place = b.root / "releases/TEST_FLOW/0002"

    def answer(request: httpx2.Request) -> httpx2.Response | None:
        name = request.url.path.rpartition("/")[2]
        if name == "manifest.json":
            return httpx2.Response(200, content=manifest, request=request)
        if (place / name).is_file() and "/releases/" in request.url.path:
            return httpx2.Response(200, content=(place / name).read_bytes(), request=request)
        return None

    world.answer = answer


# --- two pasts


def swap(lines: list) -> list:  # type: ignore[type-arg]
    return [*lines[:-2], lines[-1], lines[-2]]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda lines: lines[:-1], "shorter-log-3"),
        (swap, "other-log-4"),
        (lambda lines: [*swap(lines), lines[0]], "other-log-5"),
    ],
    ids=["shorter", "other", "longer"],
)
def test_another_past_suspends_the_peer_and_the_evidence_proves_it(
    world: World,
    a: Node,
    b: Node,
    change: Callable[[list], list],
    kind: str,  # type: ignore[type-arg]
) -> None:
    world.befriend(a, b)
    world.trust(b)
    world.tend(a, b)
    rewrite_log(b, change)
    with pytest.raises(Misbehaved):
        world.tend(a, b)
    peer = Peer.objects.get(node=b.identity.id)
    assert (peer.state, peer.trouble["code"]) == ("suspended", "misbehaved")
    folder = a.peers.folder(b.identity.id)
    assert list(folder.list_evidence()) == [kind]
    assert {"checkpoint-known.json", "checkpoint-shown.json"} <= set(folder.list_evidence()[kind])
    assert folder.reached.size == 4  # what was known stays
    assert received(a, b) == ["TEST_FLOW 2"]
    standing = folder.standing
    assert standing is not None
    assert standing.state == "suspended"
    with pytest.raises(Refused):
        fetch(world, a, b, 1)
    assert not Mail.objects.exists()  # this node has no operator who could be told, and the card no contact


def test_operators_and_the_contact_of_the_peer_are_told(world: World, a: Node, b: Node) -> None:
    b.keys.renew(b.about("https://b.example", "help@b.example"), now())
    person = ensure_person(NOBODY, "operator@stat.example", "operator")
    grant_role(COMMAND, person, "operator", ("node", ""))
    world.befriend(a, b)
    rewrite_log(b, swap)
    with pytest.raises(Misbehaved):
        world.tend(a, b)
    assert {mail.to for mail in Mail.objects.all()} == {"operator@stat.example", "help@b.example"}
    text = Mail.objects.filter(to="help@b.example").get().text
    assert b.identity.id in text
    assert "another line" in text or "does not have the lines" in text


def test_what_lies_here_of_peers_is_read_by_the_daily_check(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    world.trust(b)
    world.tend(a, b)
    assert check_files(a).problems == ()
    folder = a.peers.folder(b.identity.id)
    path = folder.root / "releases/TEST_FLOW/0002/observations.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    folder.log.path.write_bytes(folder.log.path.read_bytes().replace(b"TEST_FLOW 1", b"TEST_FLOW 9"))
    a.public_log.path.write_bytes(a.public_log.path.read_bytes().replace(b"root", b"boot"))
    found = [problem.where for problem in check_files(Node(a.root)).problems]
    assert found == ["log.jsonl", "log.jsonl", "releases/TEST_FLOW/0002/observations.parquet"]


def test_a_log_that_does_not_fit_its_checkpoint_is_an_error_and_proves_nothing(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    b.releases.seal(draft(rows(7)))
    replace_file(world, "/log", lambda data: data.replace(b"TEST_FLOW 3", b"TEST_FLOW 4"))
    with pytest.raises(BadInput):
        world.tend(a, b)
    replace_file(world, "/log", lambda data: b"")
    with pytest.raises(BadInput, match="ends before"):
        world.tend(a, b)
    replace_file(world, "/log", lambda data: data * 2)
    assert world.tend(a, b).size == 5  # what comes after the checkpoint is not read
    assert Peer.objects.get(node=b.identity.id).state == "active"
    assert not a.peers.folder(b.identity.id).list_evidence()


def test_a_checkpoint_of_another_time_or_node_is_refused(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    key = b.keys
    for node, at in ((b.identity.id, "2026-01-01T00:00:00Z"), (a.identity.id, moment())):
        made = make_checkpoint(node, b.public_log.head, at)
        envelope = key.sign(CHECKPOINT_TYPE, made.to_json(), now())
        world.answer = lambda request, envelope=envelope: (  # type: ignore[misc]
            httpx2.Response(200, content=envelope.to_json(), request=request)
            if "checkpoint" in request.url.path
            else None
        )
        with pytest.raises(BongsuError):
            world.tend(a, b)
    assert Peer.objects.get(node=b.identity.id).state == "active"


def test_who_shows_two_faces_is_found_by_any_two_peers(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    card = b.keys.card
    assert card is not None
    folder = a.peers.folder(b.identity.id)
    same = b.keys.sign(CHECKPOINT_TYPE, make_checkpoint(b.identity.id, b.public_log.head, moment()).to_json(), now())
    compare_with_witness(folder, card, "c" * 16, same)
    rewrite_log(b, swap)
    other = b.keys.sign(CHECKPOINT_TYPE, make_checkpoint(b.identity.id, b.public_log.head, moment()).to_json(), now())
    forged = a.keys.sign(CHECKPOINT_TYPE, make_checkpoint(b.identity.id, b.public_log.head, moment()).to_json(), now())
    compare_with_witness(folder, card, "c" * 16, forged)  # made up by the witness: it proves nothing
    with pytest.raises(Misbehaved) as caught:
        compare_with_witness(folder, card, "c" * 16, other)
    assert set(caught.value.parts) == {"checkpoint-here.json", f"checkpoint-{'c' * 16}.json"}


def test_the_whole_log_is_witnessed_when_a_peer_holds_its_checkpoint(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    peer = Peer.objects.get(node=b.identity.id)
    assert peer.witnessed_size == 0  # B has not pulled A's log yet
    world.tend(b, a)
    assert world.tend(a, b).witnessed_size == a.public_log.head.size


# --- crash points


def test_a_kill_before_the_rename_leaves_nothing_and_after_it_the_release(
    world: World, a: Node, b: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.befriend(a, b)
    world.trust(b)
    folder = a.peers.folder(b.identity.id)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "_check_readable", kill)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # a killed process tidies nothing
        with pytest.raises(Killed):
            fetch(world, a, b)
    assert (folder.root / "incoming").exists()
    assert [release.name for release in Node(a.root).peers.folder(b.identity.id).list_releases()] == []
    with monkeypatch.context() as patch:
        patch.setattr(receiving, "enter_release", kill)
        with pytest.raises(Killed):
            fetch(world, a, b)
    again = Node(a.root).peers.folder(b.identity.id)
    assert [release.name for release in again.list_releases()] == ["TEST_FLOW 2"]
    assert not (folder.root / "incoming").exists()


def test_a_kill_between_checkpoint_and_lines_is_made_good_by_the_next_pull(
    world: World, a: Node, b: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.befriend(a, b)
    folder = a.peers.folder(b.identity.id)
    b.releases.seal(draft(rows(7)))
    before = folder.log.path.read_bytes()
    world.tend(a, b)
    folder.log.path.write_bytes(before)
    assert world.tend(a, b).size == 5
    folder.log.path.write_bytes(before)
    rewrite_log(b, lambda lines: [*lines, lines[-1]])
    assert world.tend(a, b).size == 6
    folder.log.path.write_bytes(before)  # the checkpoint of line 6 is here, the lines are not, and B tells another past
    rewrite_log(b, lambda lines: [*lines[:4], lines[0], lines[1], lines[4]])
    with pytest.raises(Misbehaved):
        world.tend(a, b)


# --- limits


def test_answers_that_are_too_large_compressed_or_redirected_are_refused(world: World, a: Node, b: Node) -> None:
    world.befriend(a, b)
    answers = [
        httpx2.Response(200, content=b"x" * ((1 << 20) + 1)),
        httpx2.Response(200, headers={"content-encoding": "gzip"}, content=b"x"),
        httpx2.Response(302, headers={"location": "https://c.example/"}),
        httpx2.Response(200, content=b"not json"),
        httpx2.Response(500),
        httpx2.Response(404),
    ]
    for answer in answers:
        world.answer = lambda request, answer=answer: answer  # type: ignore[misc]
        with pytest.raises((BadInput, Unreachable)):
            world.tend(a, b)
    peer = Peer.objects.get(node=b.identity.id)
    assert (peer.state, peer.trouble is not None) == ("active", True)
