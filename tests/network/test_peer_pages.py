"""What operators and readers see of the network, and the command that does the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser
from rdflib import DCTERMS, FOAF, Graph, URIRef

from bongsu.cli import main
from bongsu.network.health import find_network_problems
from bongsu.network.models import Peer, Trust
from bongsu.people.access import NOBODY
from bongsu.people.granting import grant_role
from bongsu.people.persons import ensure_person
from bongsu.store.node import Node
from tests.network.test_exchange import swap
from tests.network.world import COMMAND, World, now, rewrite_log
from tests.store.drafts import draft, rows

CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
XML = "application/vnd.sdmx.structure+xml;version=3.0.0"


@pytest.fixture
def pair(world: World) -> tuple[Node, Node]:
    """A node, and another one with a release of the same dataflow."""
    a, b = world.make_node("a"), world.make_node("b")
    a.releases.seal(draft())
    b.releases.seal(draft(rows(5)))
    return a, b


@pytest.fixture
def operator(world: World) -> Browser:
    """An operator's browser."""
    person = ensure_person(NOBODY, "operator@stat.example", "operator")
    grant_role(COMMAND, person, "operator", ("node", ""))
    browser = Browser(headers={"accept": "text/html"})
    browser.force_login(person)
    return browser


def shows(page: str, *texts: str) -> bool:
    missing = [text for text in texts if text not in page]
    assert not missing, (missing, page[:4000])
    return True


def test_the_command_introduces_trusts_fetches_and_ends(
    world: World, pair: tuple[Node, Node], capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = pair

    def run(*words: str, status: int = 0) -> object:
        with world.at(a):
            assert main(["peer", *words, "--node", str(a.root), "--json"]) == status
        out = capsys.readouterr().out
        return json.loads(out) if out else None

    node, card = b.identity.id, b.keys.card
    assert card is not None
    added = run("add", "https://b.example")
    assert isinstance(added, dict)
    assert (added["state"], added["fingerprint"], added["introduced"]) == ("proposed", card.fingerprint, True)
    assert Peer.objects.get(node=a.identity.id).state == "proposed"  # A's card came in at B
    run("confirm", node, "0000 " * 16, status=65)
    run("confirm", node, card.fingerprint, "--group", "ministry")
    world.introduce(b, a)
    assert run("fetch", node) == {"node": node, "lines": 3, "releases": [], "withdrawn": []}
    run("trust", node, "releases", "--subject", "TEST_FLOW", "--until", "2099-12-31", "--why", "agreement of May")
    assert run("fetch", node, "TEST_FLOW") == {"node": node, "lines": 3, "releases": ["TEST_FLOW 1"], "withdrawn": []}
    b.releases.seal(draft(rows(6)))
    assert run("fetch", node) == {"node": node, "lines": 4, "releases": ["TEST_FLOW 2"], "withdrawn": []}
    run("fetch", node, "OTHER", status=66)
    run("trust", node, "releases", "--subject", "TEST_FLWO", status=64)  # a slip
    run("trust", node, "questions", "--subject", "nothing-here", status=64)
    b.releases.withdraw("TEST_FLOW", 1, "a wrong unit")
    assert run("fetch", node) == {"node": node, "lines": 5, "releases": [], "withdrawn": ["TEST_FLOW 1"]}
    shown = run("show", node)
    assert isinstance(shown, dict)
    assert shown["releases"] == [
        {"name": "TEST_FLOW 1", "withdrawn": True},
        {"name": "TEST_FLOW 2", "withdrawn": False},
    ]
    assert [row["subject"] for row in shown["trust"]] == ["TEST_FLOW"]
    rows_of_trust = run("trust", node)
    assert rows_of_trust == [
        {
            "what": "releases",
            "subject": "TEST_FLOW",
            "until": "2099-12-31",
            "decided_by": Trust.objects.get().decided_by,
        }
    ]
    listed = run("list")
    assert isinstance(listed, list)
    one = next(row for row in listed if row["node"] == node)
    assert (one["state"], one["lines"], one["group"], one["trouble"]) == ("active", 5, "ministry", None)
    assert run("trust", node, "releases", "--subject", "TEST_FLOW", "--withdraw") == []
    run("suspend", node, status=65)  # without a reason
    run("suspend", node, "--why", "no answer")
    run("end", node, "--why", "agreed")
    assert Peer.objects.get(node=node).state == "ended"
    with world.at(a):
        assert main(["peer", "show", node, "--node", str(a.root)]) == 0
        assert "Withdrawn by the peer: TEST_FLOW 1. a wrong unit" in capsys.readouterr().out
        assert main(["peer", "list", "--node", str(a.root)]) == 0
    assert "https://b.example" in capsys.readouterr().out


def test_an_operator_does_the_same_on_pages(world: World, pair: tuple[Node, Node], operator: Browser) -> None:
    a, b = pair
    card = b.keys.card
    assert card is not None
    place = f"/en/desk/peers/{card.node}/"
    with world.at(a):
        added = operator.post("/en/desk/peers/add/", {"url": "https://b.example"})
        assert (added.status_code, added.headers["Location"]) == (302, place)
        assert shows(operator.get(place).content.decode(), card.fingerprint, "Office b", "Nobody here has compared")
        operator.post(f"{place}confirm/", {"fingerprint": "1"})
        assert "This is not the fingerprint" in operator.get(place).content.decode()
        operator.post(f"{place}confirm/", {"fingerprint": card.fingerprint, "group": "ministry"})
        operator.post(f"{place}trust/", {"what": "releases", "subject": "", "until": "2099-12-31"})
        assert shows(operator.get(place).content.decode(), "2099-12-31", "ministry", "Suspend")
        operator.post(f"{place}trust/", {"what": "releases", "until": "tomorrow"})
        assert "is not a valid date" in operator.get(place).content.decode()
    world.introduce(b, a)
    world.tend(a, b)
    with world.at(a):
        assert shows(operator.get("/en/desk/peers/").content.decode(), "Office b", "active", "https://b.example")
        operator.post(f"{place}suspend/", {"why": "no answer"})
        assert "suspended" in operator.get(place).content.decode()
        operator.post(f"{place}end/", {"why": "agreed"})
        assert Peer.objects.get(node=card.node).state == "ended"
        assert operator.get("/en/desk/peers/ffff/").status_code == 404
        for path in ("/en/desk/peers/", place):
            assert Browser(headers={"accept": "text/html"}).get(path).status_code == 302  # to the sign-in page
        assert Browser(headers={"accept": "text/html"}).post(f"{place}end/", {"why": "x"}).status_code in (302, 401)


def test_a_peers_release_is_shown_beside_ones_own(world: World, pair: tuple[Node, Node]) -> None:
    a, b = pair
    world.befriend(a, b)
    world.trust(b)
    world.tend(a, b)
    browser, node = Browser(headers={"accept": "text/html"}), b.identity.id
    place = f"/en/network/{node}/TEST_FLOW/1/"
    with world.at(a):
        assert shows(browser.get("/en/network/").content.decode(), "Office b", "Test, 1", place, "active")
        assert shows(browser.get("/en/flows/TEST_FLOW/").content.decode(), "The same dataflow of other nodes", place)
        page = browser.get(place).content.decode()
        assert shows(page, "Office b", "It is not a release of Office a", "observations.parquet", "CC-BY-4.0")
        for language in ("ko", "fr"):
            assert browser.get(f"/{language}/network/{node}/TEST_FLOW/1/").status_code == 200
        file = browser.get(f"/en/network/{node}/TEST_FLOW/1/manifest.json")
        sealed = (b.root / "releases/TEST_FLOW/0001/manifest.json").read_bytes()
        assert b"".join(file.streaming_content) == sealed  # type: ignore[attr-defined]
        for wrong in ("../card.json", "card.json", "received.jsonl"):
            assert browser.get(f"/en/network/{node}/TEST_FLOW/1/{wrong}").status_code == 404
        assert browser.get(f"/en/network/{'0' * 16}/TEST_FLOW/1/").status_code == 404
        sdmx = f"/network/peers/{node}/sdmx"
        data = browser.get(f"{sdmx}/data/dataflow/B/TEST_FLOW/*", headers={"accept": CSV})
        lines = (data.getvalue() if not data.streaming else b"".join(data.streaming_content)).decode().splitlines()  # type: ignore[attr-defined]
        assert lines[1].startswith("dataflow,B:TEST_FLOW(1.0.0),")
        assert len(lines) == 6  # five observations; this node's own release has three
        structure = browser.get(f"{sdmx}/structure/dataflow/*/*/+", headers={"accept": XML}).content.decode()
        assert 'agencyID="B"' in structure
        assert 'agencyID="A"' not in structure
        assert 'agencyID="A"' in browser.get("/sdmx/structure/dataflow/*/*/+", headers={"accept": XML}).content.decode()
        assert browser.get(f"{sdmx}/data/dataflow/A/TEST_FLOW/*", headers={"accept": CSV}).status_code == 404
        assert browser.get(f"/network/peers/{'0' * 16}/sdmx/data/dataflow/B/TEST_FLOW/*").status_code == 404
        assert "sdmx/data/dataflow/B/TEST_FLOW" in page
        assert browser.get(f"/en/network/{node}/TEST_FLOW/2/").status_code == 404
        graph = Graph().parse(data=browser.get("/catalogue/1.ttl").content, format="turtle")
        [item] = graph.subjects(DCTERMS.source, URIRef("https://b.example/catalogue/releases/TEST_FLOW/1"))
        assert str(item) == f"https://a.example/catalogue/peers/{node}/TEST_FLOW/1"
        names = [str(graph.value(agent, FOAF.name)) for agent in graph.objects(item, DCTERMS.publisher)]
        assert names == ["Office b"]
        accepts = {"accept": "text/turtle"}
        assert b"dct:source" in browser.get(f"/catalogue/peers/{node}/TEST_FLOW/1", headers=accepts).content
        assert browser.get(f"/catalogue/peers/{node}/TEST_FLOW/1").status_code == 303
        assert browser.get("/catalogue/peers/card/TEST_FLOW/1", headers=accepts).status_code == 404
    b.releases.withdraw("TEST_FLOW", 1, "a unit was wrong")
    world.tend(a, b)
    with world.at(a):
        assert b"distribution-status/WITHDRAWN" in browser.get("/catalogue/1.ttl").content
        assert shows(browser.get(place).content.decode(), "withdrew this release", "a unit was wrong")
        assert "other nodes" not in browser.get("/en/flows/TEST_FLOW/").content.decode()


def test_evidence_is_downloaded_by_operators_alone(world: World, pair: tuple[Node, Node], operator: Browser) -> None:
    a, b = pair
    world.befriend(a, b)
    rewrite_log(b, swap)
    with pytest.raises(Exception, match="another line"):
        world.tend(a, b)
    place = f"/en/desk/peers/{b.identity.id}/"
    address = f"{place}evidence/other-log-3/checkpoint-shown.json"
    with world.at(a):
        assert shows(operator.get(place).content.decode(), address, "another line 3")
        assert b"".join(operator.get(address).streaming_content).startswith(b"{")  # type: ignore[attr-defined]
        assert operator.get(f"{place}evidence/other-log-3/card.json").status_code == 404
        assert Browser().get(address).status_code in (302, 401, 403)
    texts = [report.message for report, wrong in find_network_problems(a, now()) if wrong]
    assert "The peer {url} is suspended." in texts


def test_doctor_names_what_needs_attention(world: World, pair: tuple[Node, Node]) -> None:
    a, b = pair

    def problems(later: timedelta = timedelta()) -> list[tuple[str, bool]]:
        return [(report.message.split(":")[0], wrong) for report, wrong in find_network_problems(a, now() + later)]

    assert problems() == []
    world.befriend(a, b)
    assert ("No peer is a witness of the newest lines of the public log", True) in problems()
    world.tend(b, a)
    world.tend(a, b)
    assert problems() == []
    assert ("The newest signing key ends within 30 days.", False) in problems(timedelta(days=340))


def test_pages_exist_in_every_language(world: World, pair: tuple[Node, Node]) -> None:
    a, _ = pair
    read: Callable[[str], str] = lambda path: Browser(headers={"accept": "text/html"}).get(path).content.decode()  # noqa: E731
    with world.at(a):
        assert shows(read("/ko/network/"), "네트워크", "이 노드는 아직 다른 노드를 읽지 않습니다.")
        assert shows(read("/fr/network/"), "Le réseau", "Registre public")
