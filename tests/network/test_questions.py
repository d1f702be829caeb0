"""A question to several nodes, in mode `each`: sent, decided, answered by every desk, combined. And a hostile asker."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bongsu.cli import main
from bongsu.core.errors import BadInput, BongsuError, Refused, UnknownName
from bongsu.core.microdata_question import Question
from bongsu.network.client import Client
from bongsu.network.health import find_network_problems
from bongsu.network.messages import PeerAnswer, PeerRefused, send_message
from bongsu.network.models import Agreement, Member, Peer, ReceivedQuestion, SentQuestion, Trust
from bongsu.network.peers import trust_peer
from bongsu.network.questions.asking import Asked, ask_nodes
from bongsu.network.questions.combined import combine_question
from bongsu.network.questions.deciding import approve_question, prepare_answer, refuse_question
from bongsu.network.questions.documents import shape_of
from bongsu.network.questions.limits import Limits, set_limits
from bongsu.network.questions.own_desk import read_signed
from bongsu.network.questions.states import NotNow
from bongsu.network.questions.tending import tend_questions
from bongsu.people.access import NOBODY, Actor
from bongsu.people.granting import grant_role
from bongsu.people.guarded import unlock
from bongsu.people.models import AuditLine, Mail
from bongsu.people.persons import ensure_person
from bongsu.store.microdata.holdings import Holdings
from tests.desk.private_town import MAPPING as PRIVATE
from tests.desk.town import MAPPING, people, write
from tests.network.questions import Askers
from tests.network.world import COMMAND, World, now

RULES = 'unit = "epsilon"\nbudget = "3"\nper_asker = "2"\nper_question = "1"'


@pytest.fixture
def askers(world: World) -> Askers:
    """Node a, which asks others."""
    return Askers(world, world.make_node("a"))


def private_mapping() -> str:
    return PRIVATE.replace("{rules}", RULES)


def test_each_node_answers_and_the_asker_adds_up(askers: Askers) -> None:
    """Counts of three complete holdings are exact: the combined ones are those of all records; without one, of the others."""
    rows = {name: people(300, seed) for seed, name in enumerate("bcd", 7)}
    for name, some in rows.items():
        askers.add(name, some)
    askers.agree("b", "c")
    sent = askers.ask()
    assert askers.follow(sent) == {"b": "answered", "c": "answered", "d": "waiting"}
    before = combine_question(sent)
    assert (before.answered, before.asked, before.is_enough) == (2, 3, False)
    assert {cell.value for cell in before.cells} == {None}
    d = askers.nodes["d"]
    assert all(cell.left_out == ((d.identity.id, "waiting"),) for cell in before.cells)
    assert [own.value for own in before.cells[0].own] == [300, 300]  # each node's own is shown

    with askers.world.at(d):
        assert tend_questions(d, now()).values == {}  # nobody decided: nothing goes on by itself
        approve_question(COMMAND, d, askers.received(sent, "d"), now(), exact=True)
    assert askers.follow(sent) == {"b": "answered", "c": "answered", "d": "answered"}
    combined = combine_question(sent)
    counts = {name: Counter(row["sex"] for row in some) for name, some in rows.items()}
    for cell in combined.cells:
        own = [sum(each.values()) if cell.codes == ("_T",) else each[cell.codes[0]] for each in counts.values()]
        assert (cell.value, cell.coverage, cell.left_out) == (sum(own), (3, 3), ())
        assert (cell.low, cell.high) == (sum(own) - max(own), sum(own) - min(own))
    assert combined.to_data()["nodes"][0]["mode"] == "plan"
    lines = AuditLine.objects.filter(action__startswith="question.").values_list("action", "actor")
    assert {("question.receive", f"peer {askers.asker.identity.id}"), ("question.decide", "command tester")} <= set(
        lines
    )


def test_a_node_that_does_not_answer_in_time_is_named(askers: Askers) -> None:
    for name in "bc":
        askers.add(name)
    askers.agree()
    c_url = askers.world.url_of(askers.nodes["c"])
    sent = askers.ask()

    def cut(request: Any) -> Any:
        if str(request.url).startswith(c_url):
            raise ConnectionError
        return None

    askers.world.answer = cut
    with pytest.raises(ConnectionError):
        askers.follow(sent, "c")
    askers.world.answer = lambda request: None
    askers.follow(sent, "b")
    with unlock():
        Peer.objects.filter(url=c_url).update(state="suspended")
    askers.follow(sent, "c")
    assert "suspended" in str(askers.member(sent, "c").trouble)
    with askers.world.at(askers.asker):
        later = sent.deadline + timedelta(seconds=1)
        tend_questions(askers.asker, later)
    member = askers.member(sent, "c")
    assert (member.state, member.code) == ("lapsed", "silent")
    assert askers.member(sent, "b").state == "answered"
    assert combine_question(sent).cells[0].left_out == ((member.peer_id, "silent"),)


def test_a_custodian_sees_the_answer_then_approves_or_refuses(askers: Askers) -> None:
    b = askers.add("b")
    one, two, three = (askers.ask((concept,)) for concept in ("SEX", "REGION", "OCCUPATION"))
    grant_role(COMMAND, ensure_person(NOBODY, "kim@stat.example", "kim"), "custodian", ("node", ""))
    for sent in (one, two, three):
        assert askers.follow(sent) == {"b": "waiting"}
    mail = Mail.objects.get()  # one, until she has decided
    assert (mail.to, "question about people-b" in mail.subject, "https://b.example/" in mail.text) == (
        "kim@stat.example",
        True,
        True,
    )
    texts = [report.message for report, _ in find_network_problems(b, now())]
    assert any("wait for a custodian" in text for text in texts)
    with askers.world.at(b):
        row = prepare_answer(COMMAND, b, askers.received(one, "b"), now())
        shown = read_signed(row.answer)["answer"]
        assert askers.follow(one) == {"b": "waiting"}  # what was prepared is not sent
        with pytest.raises(BadInput, match="No standing agreement"):
            approve_question(COMMAND, b, row, now())
        stranger = Actor.of_person(ensure_person(NOBODY, "x@stat.example", "x"))
        for decide in (
            lambda: approve_question(stranger, b, row, now(), exact=True),
            lambda: refuse_question(stranger, row, "other", now()),
            lambda: prepare_answer(stranger, b, row, now()),
        ):
            with pytest.raises(Refused, match="may not"):
                decide()
        approve_question(COMMAND, b, row, now(), exact=True)
        with pytest.raises(NotNow):
            refuse_question(COMMAND, row, "other", now())
        second = askers.received(two, "b")
        with pytest.raises(UnknownName):
            refuse_question(COMMAND, second, "silent", now())
        refuse_question(COMMAND, second, "detail", now(), why="the region is too small")
        assert prepare_answer(COMMAND, b, askers.received(three, "b"), now()).answer
        tend_questions(b, now() + timedelta(days=11))
    assert askers.follow(one) == {"b": "answered"}
    assert read_signed(askers.member(one, "b").answer)["answer"] == shown
    assert askers.follow(two) == {"b": "refused"}
    member = askers.member(two, "b")
    assert (member.code, member.report, member.answer) == ("detail", None, "")
    assert askers.follow(three) == {"b": "lapsed"}  # undecided is never a permission
    assert (askers.member(three, "b").code, askers.received(three, "b").answer) == ("undecided", "")


def test_two_custodians_approve_where_the_limits_say_so(askers: Askers) -> None:
    b = askers.add("b")
    set_limits(COMMAND, b, askers.peer(askers.asker), "people-b", Limits(custodians=2), "as agreed")
    sent = askers.ask()
    askers.follow(sent)
    kim, lee = (ensure_person(NOBODY, f"{name}@stat.example", name) for name in ("kim", "lee"))
    for person in (kim, lee):
        grant_role(COMMAND, person, "custodian", ("node", ""))
    with askers.world.at(b):
        row = approve_question(Actor.of_person(kim), b, askers.received(sent, "b"), now(), exact=True)
        assert row.state == "waiting"
        with pytest.raises(BadInput, match="approved it already"):
            approve_question(Actor.of_person(kim), b, row, now(), exact=True)
        assert approve_question(Actor.of_person(lee), b, row, now()).state == "answered"


def test_an_agreement_covers_only_its_purposes_concepts_and_time(askers: Askers) -> None:
    askers.add("b")
    askers.agree(purposes=("policy",))
    assert askers.follow(askers.ask()) == {"b": "waiting"}  # the question is for research
    with unlock():
        Agreement.objects.all().delete()
    askers.agree(purposes=("research",), concepts=("SEX",))
    assert askers.follow(askers.ask(("SEX", "REGION"))) == {"b": "waiting"}
    assert askers.follow(askers.ask(("SEX",), where={"REGION": ["N"]})) == {"b": "waiting"}
    first = askers.ask()
    assert askers.follow(first) == {"b": "answered"}
    assert askers.received(first, "b").by_agreement
    with unlock():  # the relation ended, and a was introduced again
        Peer.objects.filter(node=askers.asker.identity.id).update(introduced=now())
    assert askers.follow(askers.ask()) == {"b": "waiting"}
    askers.agree()
    assert askers.follow(askers.ask()) == {"b": "answered"}
    with unlock():
        Agreement.objects.update(until=now().date() - timedelta(days=1))
    assert askers.follow(askers.ask()) == {"b": "waiting"}


def test_a_private_holding_answers_with_noise_from_the_budget_of_the_node_that_asks(askers: Askers) -> None:
    b = askers.add("b", mapping=private_mapping())
    askers.agree()
    first, again, other, third = askers.ask(), askers.ask(), askers.ask(("OCCUPATION",)), askers.ask(("AGE",))
    assert {askers.follow(sent)["b"] for sent in (first, again, other)} == {"answered"}
    answers = [read_signed(askers.member(sent, "b").answer) for sent in (first, again)]
    assert answers[0]["mode"] == "private"
    assert answers[0]["answer"] == answers[1]["answer"]  # to the digit; it cost nothing
    assert all(cell["noise"] > 0 for cell in answers[0]["answer"]["cells"])
    assert "left_of_holding" not in answers[0]["answer"]["privacy"]
    spent = [line.detail["by"] for line in b.journal.lines() if line.event == "spent"]
    assert spent == [f"peer {askers.asker.identity.id}"] * 2
    assert combine_question(first).cells[0].own[0].status == "perturbed"
    bands = askers.ask(({"concept": "AGE", "bands": [25, 45]},))
    assert askers.follow(bands) == {"b": "refused"}
    assert askers.member(bands, "b").code == "budget"
    assert askers.follow(third)["b"] == "refused"


def test_limits_of_questions_and_cells_refuse_beyond_them(askers: Askers) -> None:
    b = askers.add("b")
    peer = askers.peer(askers.asker)
    set_limits(COMMAND, b, peer, "people-b", Limits(questions_day=2, cells_month=12))
    with pytest.raises(BadInput):
        set_limits(COMMAND, b, peer, "people-b", Limits(custodians=3))
    one = askers.ask()  # 3 cells
    assert askers.follow(one) == {"b": "waiting"}
    wide = askers.ask(("SEX", "REGION"))  # 12 cells, 9 are left
    assert askers.follow(wide) == {"b": "refused"}
    assert "9 are left until" in str(askers.member(wide, "b").report)
    assert askers.follow(askers.ask(("REGION",))) == {"b": "waiting"}
    over = askers.ask()
    assert askers.follow(over) == {"b": "refused"}
    assert "answers 2 questions a day" in str(askers.member(over, "b").report)
    assert ReceivedQuestion.objects.count() == 2  # what is beyond is not kept


class Hostile:
    """Node a as its operator has it in hand: any document, signed by its key."""

    def __init__(self, askers: Askers, name: str = "b") -> None:
        self.askers, self.node = askers, askers.nodes[name]
        askers.ask()
        self.request: dict[str, Any] = copy.deepcopy(Member.objects.get().request)

    def send(self, method: str = "POST", path: str = "/network/v1/questions", **changes: Any) -> PeerAnswer:
        """Sends the request with changes, with an id of its own if none is given."""
        document = {**self.request, "id": str(uuid4()), **changes} if method == "POST" else None
        card = self.node.keys.card
        assert card is not None
        with self.askers.world.at(self.askers.asker), Client(card.url) as client:
            return send_message(self.askers.asker, client, card, method, path, document, now())

    def refused(self, **changes: Any) -> str:
        """Returns the words of the refusal."""
        with pytest.raises(PeerRefused) as caught:
            self.send(**changes)
        return f"{caught.value.values['peer_code']}: {caught.value.values['answer']}"


def test_a_hostile_asker_learns_nothing(askers: Askers, caplog: pytest.LogCaptureFixture) -> None:
    b = askers.add("b")
    mapping = MAPPING.format(name="secret", design="", policy="")
    Holdings(b).add(write(askers.world.folder / "secret.csv", people(50, 99)), mapping)
    hostile = Hostile(askers)
    ask = hostile.request["question"]
    # A holding that is there and one that is not are the same to who is not trusted with them.
    there = hostile.refused(question={**ask, "holding": "secret"})
    assert there == hostile.refused(question={**ask, "holding": "nothing"})
    assert there.startswith("not-trusted")
    # Probing for codes, concepts and shapes: no error names what the holding has.
    probes: list[dict[str, Any]] = [
        {"question": {**ask, "where": {"OCCUPATION": ["1"]}}},
        {"question": {**ask, "where": {"NOTHING": ["1"]}}},
        {"question": {**ask, "breakdown": ["EARNINGS"]}},
        {"codes": {"SEX": ["F"]}},
        {"codes": {}},
        {"shape": "0" * 64},
        {"nodes": ["0" * 16]},
        {"deadline": "2020-01-01T00:00:00Z"},
        {"deadline": "2999-01-01T00:00:00Z"},
        {"purpose": {"code": "fun"}},
        {"purpose": {"code": "test", "text": "x" * 501}},
        {"purpose": {"code": "test", "text": "\x00"}},
        {"mode": "sum"},
        {"id": "1"},
        {"extra": 1},
        {"question": {**ask, "scores": {"S": {"release": "X", "by": "SEX"}}}},
        {"question": {**ask, "statistics": [{"kind": "histogram", "of": "EARNINGS"}]}},
        {"question": []},
    ]
    for probe in probes:
        words = hostile.refused(**probe)
        assert words.startswith(("bad-input", "unknown-name")), words
        assert not {"11", "12", "21", "22", "N", "S", "W", "secret"} & set(
            words.replace("“", " ").replace("”", " ").split()
        )
    assert ReceivedQuestion.objects.count() == 0
    # The same id for another question.
    id = str(uuid4())
    assert hostile.send(id=id).document == {"state": "waiting"}
    assert hostile.send(id=id).document == {"state": "waiting"}
    assert hostile.refused(id=id, purpose={"code": "test"}).startswith("conflict")
    assert ReceivedQuestion.objects.count() == 1
    # A question of somebody else, and one that nobody asked.
    with pytest.raises(PeerRefused):
        hostile.send("GET", f"/network/v1/questions/{uuid4()}")
    # Nothing of the prepared answer, nor why the desk gave none, is in a reply before the decision.
    row = ReceivedQuestion.objects.get()
    with askers.world.at(b):
        prepare_answer(COMMAND, b, row, now())
    assert hostile.send("GET", f"/network/v1/questions/{id}").document == {"state": "waiting"}
    few = str(uuid4())
    narrow = {**ask, "breakdown": [], "where": {"AGE": {"from": 15, "to": 15}, "OCCUPATION": ["11"], "SEX": ["F"]}}
    hostile.send(id=few, question=narrow, codes={}, shape=shape_of(Question.from_data(narrow), {}).digest)
    with askers.world.at(b):
        assert prepare_answer(COMMAND, b, ReceivedQuestion.objects.get(request=few), now()).code == "disclosure"
    assert hostile.send("GET", f"/network/v1/questions/{few}").document == {"state": "waiting"}
    # Trust that was withdrawn: nothing is sent, not even what was answered.
    with askers.world.at(b):
        approve_question(COMMAND, b, row, now(), exact=True)
    assert hostile.send("GET", f"/network/v1/questions/{id}").document["state"] == "answered"
    with unlock():
        Trust.objects.all().delete()
    with pytest.raises(PeerRefused, match="does not answer your questions"):
        hostile.send("GET", f"/network/v1/questions/{id}")
    assert hostile.refused().startswith("not-trusted")
    for line in ("11,", "'W'", "weight", "5" * 64):
        assert line not in caplog.text


def test_trust_that_ends_before_the_answer_ends_the_question(askers: Askers) -> None:
    b = askers.add("b")
    sent = askers.ask()
    askers.follow(sent)
    with unlock():
        Trust.objects.all().delete()
    with askers.world.at(b):
        row = approve_question(COMMAND, b, askers.received(sent, "b"), now(), exact=True)
    assert (row.state, row.answer) == ("refused", "")
    assert not [line for line in b.journal.lines() if line.event == "asked"]


def test_the_desk_answers_again_alike_and_its_refusals_are_codes(askers: Askers) -> None:
    b = askers.add("b")
    askers.agree()
    few = askers.ask((), where={"AGE": {"from": 15, "to": 15}, "OCCUPATION": ["11"], "SEX": ["F"]})
    assert askers.follow(few) == {"b": "refused"}
    assert (askers.member(few, "b").code, askers.member(few, "b").report) == ("disclosure", None)
    assert "does not publish this" in str(askers.received(few, "b").report)
    one, two = askers.ask(), askers.ask()
    askers.follow(one)
    askers.follow(two)
    first, second = (read_signed(askers.member(sent, "b").answer) for sent in (one, two))
    assert first["answer"] == second["answer"]
    assert first["request"] != second["request"]
    assert first["answer"]["journal"] == 0
    assert len([line for line in b.journal.lines() if line.event == "answered"]) == 1
    Holdings(b).drop("people-b")
    with pytest.raises(UnknownName):  # it is not offered any more
        askers.ask()


def test_this_node_answers_too_and_counts_as_its_institution(askers: Askers) -> None:
    a = askers.asker
    (a.root / "secret.key").write_text("5" * 64)
    Holdings(a).add(
        write(askers.world.folder / "own.csv", people(200, 40)), MAPPING.format(name="own", design="", policy="")
    )
    for name in "bc":
        askers.add(name)
    askers.agree()
    sent = askers.ask(own="own")
    askers.follow(sent)
    combined = combine_question(sent)
    assert (combined.cells[0].value, combined.cells[0].coverage) == (800, (3, 3))
    assert combined.to_data()["nodes"][0]["node"] == a.identity.id
    assert "answer" not in str(askers.received(sent, "b").document)  # the others do not get it
    asked = [line.detail["by"] for line in a.journal.lines() if line.event == "asked"]
    assert asked == ["command tester"]
    few = askers.ask((), own="own", where={"AGE": {"from": 15, "to": 15}, "OCCUPATION": ["11"], "SEX": ["F"]})
    assert combine_question(few).own["code"] == "disclosure"  # type: ignore[index]
    editor = ensure_person(NOBODY, "ed@stat.example", "ed")
    grant_role(COMMAND, editor, "editor", ("node", ""))
    question = Question.from_data({"holding": "own", "statistics": [{"kind": "count"}]})
    where = [(askers.peer(askers.nodes["b"]), "people-b")]
    with askers.world.at(a), pytest.raises(Refused, match="may not"):  # she may not see what the holding answers
        ask_nodes(Actor.of_person(editor), a, question, where, Asked("test", own="own"), now())
    assert SentQuestion.objects.count() == 2


def test_what_cannot_be_combined_is_refused_before_it_is_sent(askers: Askers) -> None:
    b = askers.add("b")
    with pytest.raises(BadInput, match="numbers of people"):
        askers.ask(statistics=[{"kind": "mean", "of": "EARNINGS"}])
    with pytest.raises(UnknownName, match="CITY"):
        askers.ask(("CITY",))
    where = [(askers.peer(b), "people")]
    asked = Question.from_data({"holding": "people", "statistics": [{"kind": "count"}]})
    with askers.world.at(askers.asker), pytest.raises(UnknownName, match="people-b"):
        ask_nodes(COMMAND, askers.asker, asked, where, Asked("research"), now())
    with askers.world.at(askers.asker), pytest.raises(BongsuError):
        ask_nodes(NOBODY, askers.asker, asked, [(askers.peer(b), "people-b")], Asked("research"), now())
    assert not SentQuestion.objects.exists()


def test_the_command_asks_follows_and_decides(askers: Askers, capsys: pytest.CaptureFixture[str]) -> None:
    b = askers.add("b")
    file = askers.world.folder / "question.json"
    file.write_text(json.dumps({"holding": "people-b", "breakdown": ["SEX"], "statistics": [{"kind": "count"}]}))

    def run(node: Any, *words: str, status: int = 0, text: bool = False) -> Any:
        with askers.world.at(node):
            assert main(["ask", *words, "--node", str(node.root), *([] if text else ["--json"])]) == status
        out = capsys.readouterr().out
        return out if text else json.loads(out) if out else None

    a, id = askers.asker, b.identity.id
    offers = run(a, "offers", id)
    assert [(one["name"], one["mode"], one["codes"]["SEX"]) for one in offers] == [("people-b", "plan", ["F", "M"])]
    assert "rows" not in str(offers)
    sent = run(a, "send", str(file), "--of", id, "--purpose", "research", "--reason", "a study")
    assert [(one["state"], one["node"]) for one in sent["nodes"]] == [("waiting", id)]
    (waiting,) = run(b, "received")
    assert (waiting["purpose"], waiting["asker"]["organisation"]) == ({"code": "research", "text": "a study"}, "A")
    number = str(waiting["id"])
    assert "tester" not in str(waiting["asker"])  # a pseudonym
    assert run(b, "question", number, "--prepare")["answer"]["cells"][0]["value"] == 300
    run(b, "approve", number, status=65)
    assert run(b, "approve", number, "--exact")["state"] == "answered"
    shown = run(a, "follow", sent["id"][:8], "--wait", "60")  # nothing is open: it does not wait
    assert (shown["answered"], shown["asked"], shown["cells"][0]["value"]) == (1, 1, None)
    assert shown["cells"][0]["own"][0]["value"] == 300
    text = run(a, "show", sent["id"], text=True)
    assert "Fewer than 3 institutions" in text
    assert id[:8] in text  # the column of its own figures
    assert run(a, "list")[0]["answered"] == 1
    made = run(b, "agree", a.identity.id, "people-b", "--purposes", "research,policy", "--concepts", "SEX")
    assert (made[0]["purposes"], made[0]["concepts"]) == (["policy", "research"], ["SEX"])
    run(b, "agree", a.identity.id, "people-b", "--purposes", "fun", "--concepts", "SEX", status=64)
    assert run(b, "end", str(made[0]["id"])) == []
    assert run(b, "limit", a.identity.id, "people-b", "--custodians", "2")["custodians"] == 2
    run(a, "send", str(file), "--of", id, "--purpose", "research")
    assert run(b, "refuse", str(run(b, "received")[0]["id"]), "purpose")["code"] == "purpose"
    assert len(run(b, "received", "--all")) == 2
    trust_peer(COMMAND, askers.peer(a), "questions", "*", now())
    assert "people-b" in run(b, "received", "--all", text=True)
