"""The write API for entries: tokens, versions, limits, and what an attacker may try."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.editing.entry_tokens import permit_token
from bongsu.commons.editing.revisions import owner_of_entry, save_entry
from bongsu.commons.entries.bundle import encode_bundle
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import Revision
from bongsu.commons.sources import ADDED_FAMILY, STARTER_ENTRIES
from bongsu.core.errors import BongsuError, Refused
from bongsu.people.access import Actor
from bongsu.people.organisations import ensure_organisation
from bongsu.people.tokens import issue_token, revoke_token
from bongsu.store.node import Node
from tests.counting import list_opened
from tests.people.conftest import COMMAND

PLACE = "/commons/entries/"
DOCUMENT = {
    "id": "my-data",
    "kind": "dataset",
    "name": {"en": "Mine"},
    "evidence": {"page": {"address": "https://example.org/", "shows": "it", "accessed": "2026-11-27"}},
    "claims": {"licence": {"value": "CC0-1.0", "evidence": ["page"]}},
}


class Machine:
    """A program with a token."""

    def __init__(self, organisation: str, entries: str = "own") -> None:
        token, self.secret = issue_token(COMMAND, ensure_organisation(COMMAND, organisation))
        self.hint = token.hint
        if entries:
            permit_token(COMMAND, token.hint, entries)
        self.client = Client(headers={"authorization": f"Bearer {self.secret}"})

    def send(self, method: str, path: str, document: Any = None, **headers: str) -> Any:
        body = document if isinstance(document, str | bytes) else json.dumps(document)
        given = {"content_type": "application/json", **{k: v for k, v in headers.items() if k == "content_type"}}
        more = {name.replace("_", "-"): value for name, value in headers.items() if name != "content_type"}
        return self.client.generic(method, path, body, **given, headers=more)  # type: ignore[arg-type]


@pytest.fixture
def kaist(node: Node) -> Machine:
    return Machine("kaist")


@pytest.mark.django_db
def test_an_entry_is_added_changed_and_withdrawn(node: Node, kaist: Machine) -> None:
    added = kaist.send("POST", PLACE, DOCUMENT)
    assert (added.status_code, added["Location"]) == (201, "/commons/entries/my-data/")
    again = kaist.send("POST", PLACE, DOCUMENT)
    assert (again.status_code, again.json(), again["ETag"]) == (201, added.json(), added["ETag"])
    assert owner_of_entry("my-data") == "kaist"

    changed = {**DOCUMENT, "name": {"en": "Mine!"}}
    place = added["Location"]
    lacking = kaist.send("PUT", place, changed)
    assert (lacking.status_code, lacking["Content-Type"]) == (428, "application/problem+json")
    put = kaist.send("PUT", place + "?why=a+better+name", changed, if_match=added["ETag"])
    assert (put.status_code, put.json()["name"]) == (200, {"en": "Mine!"})
    assert kaist.send("PUT", place, changed, if_match=put["ETag"]).status_code == 200  # the same again
    late = kaist.send("PUT", place, DOCUMENT, if_match=added["ETag"])
    assert (late.status_code, late.json()["error"]["code"]) == (412, "entry-changed")
    assert kaist.send("PUT", place, DOCUMENT, if_match=f"W/{put['ETag']}").status_code == 412

    read = Client().get(place)
    assert (read.json(), read["ETag"]) == (put.json(), put["ETag"])
    assert kaist.send("DELETE", place, if_match=put["ETag"]).status_code == 400  # no reason
    assert kaist.send("DELETE", place + "?why=x", if_match='""').status_code == 428  # names no version
    gone = kaist.send("DELETE", place + "?why=superseded", if_match=put["ETag"])
    assert (gone.status_code, set(gone.json())) == (200, {"id", "withdrawn"})
    assert Client().get(place).status_code == 410
    assert kaist.send("DELETE", place + "?why=x", if_match=put["ETag"]).status_code == 410
    assert kaist.send("PUT", place, changed, if_match=put["ETag"]).status_code == 410
    assert kaist.send("POST", PLACE, DOCUMENT).status_code == 410
    history = Client().get(place + "history.json").json()
    assert [(one["kind"], one["why"], one["organisation"]) for one in history] == [
        ("withdrawn", "superseded", "kaist"),
        ("corrected", "a better name", "kaist"),
        ("added", "", "kaist"),
    ]
    assert not {"actor", "person"} & set(history[0])


@pytest.mark.django_db
def test_the_history_is_read_page_by_page(node: Node, kaist: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bongsu.commons.editing.api_views.PER_PAGE", 2)
    monkeypatch.setattr("bongsu.commons.editing.page_views.PER_PAGE", 2)
    answer = kaist.send("POST", PLACE, DOCUMENT)
    for number in range(2):
        changed = {**DOCUMENT, "name": {"en": f"Name {number}"}}
        answer = kaist.send("PUT", f"{PLACE}my-data/", changed, if_match=answer["ETag"])
    first = Client().get(f"{PLACE}my-data/history.json")
    assert ([one["number"] for one in first.json()], first["Link"]) == ([3, 2], '<?page=2>; rel="next"')
    last = Client().get(f"{PLACE}my-data/history.json?page=2")
    assert ([one["number"] for one in last.json()], "Link" in last) == ([1], False)
    assert 'id="revision-1"' in Client().get("/en/commons/entries/my-data/history/?page=2").content.decode()


@pytest.mark.django_db
def test_an_entry_is_read_without_the_other_sources(node: Node) -> None:
    for name in "abcdefgh":
        entry = parse_entry({**DOCUMENT, "id": f"{name}--one"}, name)
        node.snapshots.save(f"{ADDED_FAMILY}-{name}", encode_bundle([entry], file=name), STARTER_ENTRIES.origin, "2026")
    place = f"{PLACE}c--one/"
    for address in (place, f"{place}history.json", f"/en{place}history/"):
        assert Client().get(address).status_code == 200
        opened = list_opened(node.root / "snapshots", lambda address=address: Client().get(address))
        assert len(opened) == 1, address


@pytest.mark.django_db
def test_an_organisation_changes_its_own_entries_only(node: Node, kaist: Machine) -> None:
    inria, steward = Machine("inria"), Machine("hub", "all")
    added = kaist.send("POST", PLACE, DOCUMENT)
    theirs = current_entry(node, "bloom")[0].to_json()
    etag = Client().get(PLACE + "bloom/")["ETag"]
    changed = {**DOCUMENT, "name": {"en": "Taken"}}
    for answer in (
        inria.send("PUT", added["Location"], changed, if_match=added["ETag"]),
        inria.send("DELETE", added["Location"] + "?why=x", if_match=added["ETag"]),
        inria.send("POST", PLACE, DOCUMENT),
        inria.send("POST", PLACE, changed),
        kaist.send("PUT", PLACE + "bloom/", theirs, if_match=etag),  # of nobody: for stewards alone
        kaist.send("DELETE", PLACE + "bloom/?why=x", if_match=etag),
        kaist.send("POST", PLACE, theirs),
    ):
        assert answer.status_code == 403, answer.content
    assert Revision.objects.count() == 1
    assert steward.send("PUT", added["Location"], changed, if_match=added["ETag"]).status_code == 200
    assert owner_of_entry("my-data") == "kaist"


@pytest.mark.django_db
def test_a_token_needs_the_permission(node: Node, kaist: Machine, person: Callable[..., Any]) -> None:
    meter = Machine("kaist", "")
    assert meter.send("POST", PLACE, DOCUMENT).status_code == 403
    permit_token(COMMAND, kaist.hint, "none")
    assert kaist.send("POST", PLACE, DOCUMENT).status_code == 403
    revoke_token(COMMAND, kaist.hint)
    assert kaist.send("POST", PLACE, DOCUMENT).status_code == 401
    none = Client().post(PLACE, DOCUMENT, "application/json", headers={"accept-language": "ko"})
    assert (none.status_code, none["WWW-Authenticate"]) == (401, "Bearer")
    assert "토큰" in none.json()["title"]
    manager = Actor.of_person(person("manager", "manager organisation kaist"))
    with pytest.raises(Refused):  # she issues tokens, but what they write would not be reviewed
        permit_token(manager, meter.hint)
    signed_in = Client()
    signed_in.force_login(person("steward", "steward"), "allauth.account.auth_backends.AuthenticationBackend")
    assert (
        signed_in.post(PLACE, DOCUMENT, "application/json").status_code == 401
    )  # no cross-site request changes anything


BOMB = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *a]\n" for n in range(80))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("x" * 300_000, "application/json", 413),
        (json.dumps(DOCUMENT), "text/html", 415),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        (" ", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (BOMB, "application/yaml", 400),
        ("a: !!python/object/apply:os.system [id]", "application/yaml", 400),
        ("[" * 100_000, "application/json", 400),
        (json.dumps({**DOCUMENT, "owner": "hub"}), "application/json", 400),  # no field of an entry
        (json.dumps({**DOCUMENT, "id": "../x"}), "application/json", 400),
        (json.dumps({**DOCUMENT, "name": {"en": "a\0b"}}), "application/json", 400),
        (json.dumps({**DOCUMENT, "name": {"en": "\ud800"}}), "application/json", 400),
        (json.dumps({**DOCUMENT, "records": {"mof": {"x": float("nan")}}}), "application/json", 400),
        (json.dumps({**DOCUMENT, "records": {"mof": {"x": "N"}}}).replace('"N"', "9" * 5000), "application/json", 400),
        (
            json.dumps({**DOCUMENT, "records": {"mof": {"x": "N"}}}).replace('"N"', "[" * 300 + "]" * 300),
            "application/json",
            400,
        ),
    ],
)
def test_a_bad_body_is_refused(node: Node, kaist: Machine, body: Any, content_type: str, status: int) -> None:
    answer = kaist.send("POST", PLACE, body, content_type=content_type)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert not Revision.objects.exists()


@pytest.mark.django_db
def test_id_and_source_are_not_assigned(node: Node, kaist: Machine) -> None:
    added = kaist.send("POST", PLACE, {**DOCUMENT, "source": "there"})
    assert "source" not in added.json()
    etag = added["ETag"]
    for document in ({**DOCUMENT, "id": "bloom"}, {**DOCUMENT, "source": "there"}):
        assert kaist.send("PUT", added["Location"], document, if_match=etag).status_code == 400
    without = {key: value for key, value in DOCUMENT.items() if key != "id"}
    assert kaist.send("PUT", added["Location"], without, if_match=etag).status_code == 200
    assert kaist.send("PUT", PLACE + "no-such/", DOCUMENT, if_match=etag).status_code == 404
    assert Client().get(PLACE + "no-such/")["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("new", [False, True], ids=["correct", "add"])
def test_of_two_changes_at_once_one_is_made(node: Node, new: bool) -> None:
    steward = Machine("hub", "all")
    etag = "" if new else steward.send("POST", PLACE, DOCUMENT)["ETag"].strip('"')
    start, outcomes = threading.Barrier(2), []

    def change(name: str) -> None:
        entry = parse_entry({**DOCUMENT, "name": {"en": name}}, "x")
        actor = Actor.of_token(steward.hint, "hub")
        start.wait()
        try:
            save_entry(node, actor, entry, if_match=etag)
            outcomes.append("made")
        except BongsuError as error:  # the loser's error is what is tested
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (["EntryChanged", "made"], ["EntryExists", "made"]), (outcomes, connection.vendor)
    assert Revision.objects.count() == (1 if new else 2)
