"""Drafts: nothing typed is lost, the form says what is missing, and a correction leaves alone what it does not show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.editing.revisions import save_entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import EntryReview, Proposal
from bongsu.commons.proposals.answers import read_fields, show_fields
from bongsu.commons.proposals.problems import list_problems
from bongsu.commons.proposals.reviewing import compare_entry
from bongsu.people.models import Person
from bongsu.store.node import Node
from tests.commons.proposals.conftest import FORM, NEW, begin, fill, send
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db


def test_an_address_without_a_scheme_gets_one(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = begin(visitor.sign_in(person("kim")), address="weather.example/logs")
    assert Proposal.objects.get(pk=number).document["links"] == [
        {"rel": "homepage", "href": "https://weather.example/logs"}
    ]
    for address in ("ftp://weather.example/logs", "javascript://x", ""):
        page = visitor.post("/en/commons/proposals/new/", NEW | {"address": address})
        assert list(page.context["errors"]) == ["address"], address


def test_wrong_answers_are_kept_and_explained(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = begin(visitor.sign_in(person("kim")))
    wrong = {
        "link-href": ["weather.example"],
        "evidence-accessed": ["yesterday"],
        "claim-year": "last year",
        "claim-country": "Atlantis, France",
        "claim-languages": "Klingonish",
    }
    page = fill(visitor, number, **wrong)
    assert page.status_code == 200
    assert [problem.path[:2] for problem in page.context["problems"]] == [
        ("links", "0"),
        ("evidence", "e1"),
        ("claims", "country"),
        ("claims", "year"),
        ("claims", "languages"),
    ]
    again = visitor.get(f"/en/commons/proposals/{number}/edit/").content.decode()
    for typed in ("weather.example", "yesterday", "last year", "Atlantis, France", "Klingonish"):
        assert f'value="{typed}"' in again
    assert send(visitor, number, "submit", Proposal.objects.get(pk=number).version).status_code == 409
    assert Proposal.objects.get(pk=number).state == "draft"


def test_what_is_sent_after_the_session_ended_is_kept(
    node: Node, person: Callable[..., Person], visitor: Visitor
) -> None:
    kim = person("kim")
    number = begin(visitor.sign_in(kim))
    path = f"/en/commons/proposals/{number}/edit/"
    visitor.post("/en/account/logout/")
    answer = fill(visitor, number, "save")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/en/account/login/?next={path.replace('/', '%2F')}"
    assert Proposal.objects.get(pk=number).version == 1
    page = visitor.sign_in(kim).get(path).content.decode()
    assert "What you typed is still here" in page
    assert 'value="its licence"' in page
    assert 'value="its licence"' not in visitor.get(path).content.decode()  # once


def test_what_another_person_typed_is_not_shown(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = begin(visitor.sign_in(person("kim")))
    visitor.post("/en/account/logout/")
    fill(visitor, number, "save")
    page = visitor.sign_in(person("lee")).get(f"/en/commons/proposals/{number}/edit/")
    assert page.status_code == 404
    assert "its licence" not in page.content.decode()


def test_rows_are_added_without_a_script(node: Node, person: Callable[..., Person], visitor: Visitor) -> None:
    number = begin(visitor.sign_in(person("kim")))
    one = visitor.get(f"/en/commons/proposals/{number}/edit/").content.decode().count('name="evidence-address"')
    more = fill(visitor, number, "rows").content.decode()
    assert more.count('name="evidence-address"') >= one + 3
    assert 'value="its licence"' in more


def test_an_entry_goes_through_the_form_unchanged(node: Node) -> None:
    for id_ in ("olmo-7b", "glific", "alps", "class-code-iai", "klue"):
        document = current_entry(node, id_)[0].to_json()
        fields = show_fields(document, "en", "2026-11-27")
        sent: dict[str, list[str]] = {"link-rel": [], "link-href": []}
        for text in fields.texts:
            sent |= {f"{name}-{text['code']}": [text[name]] for name in ("name", "description")}
        for link in fields.links:
            sent["link-rel"].append(link["rel"])
            sent["link-href"].append(link["href"])
        for name in ("key", "address", "shows", "accessed"):
            sent[f"evidence-{name}"] = [row[name] for row in fields.evidence]
        for claim in fields.claims:
            ticked = [one.value for one in claim.choices if one.chosen]
            sent[f"claim-{claim.id}"] = ticked if claim.choices else [claim.value]
            sent[f"proof-{claim.id}"] = [one.value for one in claim.proof if one.chosen]
            for part in claim.components:
                sent[f"component-{part.number}"] = ["yes"] if part.released else []
                sent[f"component-licence-{part.number}"] = [part.licence]
        for questionnaire in fields.questionnaires:
            for _, questions in questionnaire.criteria:
                sent |= {question.name: [question.value] for question in questions}
        assert read_fields(document, sent, lambda text: text) == document, id_
        assert list_problems(document, "2026-11-27", str) == []


def test_a_model_shows_its_verdicts_before_it_is_sent(
    node: Node, person: Callable[..., Person], visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    number = begin(visitor, kind="model", name="Tide Model", address="https://tide.example/m")
    edit = visitor.get(f"/en/commons/proposals/{number}/edit/").content.decode()
    assert "Components and their licences" in edit
    assert "claim-hardware" not in edit  # asked of computing only
    parts = {
        part.number: part.label for part in show_fields({"kind": "model"}, "en", "2026-11-27").claims[8].components
    }
    weights = next(number for number, label in parts.items() if "final" in label.casefold())
    fill(visitor, number, **{f"component-{weights}": "yes", "claim-licence": "Apache 2.0"})
    page = visitor.get(f"/en/commons/proposals/{number}/").content.decode()
    assert "Model Openness Framework" in page
    assert "Open Source AI Definition" in page
    assert "Unclassified" in page


def test_the_questions_of_frameworks_are_answered_or_left_open(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    number = begin(visitor, kind="model", name="Tide Model", address="https://tide.example/m")
    fill(visitor, number)
    assert "records" not in Proposal.objects.get(pk=number).document  # all left open
    answers = {
        "dpg-clearOwnership-isOwnershipExplicit": "Yes",
        "dpg-clearOwnership-copyrightURL": "https://tide.example/copyright",
        "dpg-doNoHarm-dataPrivacySecurity-collectsPII": "No",
        "dpg-standards-supportStandards": "perhaps",  # no answer of the question: the page says that it is open
        "osai-opencode-class": "partial",
        "osai-opencode-notes": "without the training",
        "osai-llmdata-class": "",
    }
    fill(visitor, number, **answers)
    assert Proposal.objects.get(pk=number).document["records"] == {
        "dpg": {
            "clearOwnership": {"isOwnershipExplicit": "Yes", "copyrightURL": "https://tide.example/copyright"},
            "doNoHarm": {"dataPrivacySecurity": {"collectsPII": "No"}},
        },
        "osai": {"opencode": {"class": "partial", "notes": "without the training"}, "answered_by": "proposer"},
    }
    edit = visitor.get(f"/en/commons/proposals/{number}/edit/").content.decode()
    assert "Digital Public Goods Standard (2 of 16 answered)" in edit
    assert "European Open Source AI index (1 of 14 answered)" in edit
    send(visitor, number, "submit", Proposal.objects.get(pk=number).version)
    page = Visitor().sign_in(steward).get(f"/en/commons/proposals/{number}/").content.decode()
    assert "Clear ownership – Is it clear who owns it? yes" in page
    assert "Answered yes: https://tide.example/copyright" in page
    assert "Answered “partly open” by who proposed the entry: without the training" in page


def test_answers_that_are_taken_out_leave_no_record(
    node: Node, person: Callable[..., Person], visitor: Visitor
) -> None:
    number = begin(visitor.sign_in(person("kim")), kind="model", name="Tide Model", address="https://tide.example/m")
    answers = {"dpg-privacy-isPrivacyCompliant": "Yes", "osai-api-class": "open"}
    fill(visitor, number, **answers)
    assert set(Proposal.objects.get(pk=number).document["records"]) == {"dpg", "osai"}
    fill(visitor, number, **dict.fromkeys(answers, ""))
    assert "records" not in Proposal.objects.get(pk=number).document


def test_the_form_asks_only_the_frameworks_of_the_kind() -> None:
    asked = {
        kind: [one.framework for one in show_fields({"kind": kind}, "en", "2026-11-27").questionnaires]
        for kind in ("model", "dataset", "compute")
    }
    assert asked == {"model": ["dpg", "osai"], "dataset": ["dpg"], "compute": []}


def test_a_record_of_the_index_stays_its_own_when_it_is_corrected(node: Node) -> None:
    document = current_entry(node, "bloom")[0].to_json()
    document["records"] = {"osai": {"project": {"name": "x"}, "opencode": {"class": "open", "notes": ["a", "b"]}}}
    read = read_fields(document, {"osai-opencode-class": ["closed"], "osai-opencode-notes": ["a; b"]}, str)
    assert read["records"]["osai"] == {"project": {"name": "x"}, "opencode": {"class": "closed", "notes": ["a", "b"]}}


def test_entries_that_may_be_the_same_are_shown_first(
    node: Node, person: Callable[..., Person], visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    new = {"kind": "model", "name": "OLMo-7B", "address": "https://huggingface.co/allenai/OLMo-7B"}
    page = visitor.post("/en/commons/proposals/new/", new)
    assert page.status_code == 200
    assert "Is it one of these?" in page.content.decode()
    assert "the same address" in page.content.decode()
    assert not Proposal.objects.exists()
    assert visitor.post("/en/commons/proposals/new/", new | {"do": "none-of-these"}).status_code == 302
    assert Proposal.objects.get().entry == "olmo-7b-2"  # the id is taken


def test_a_correction_meets_another_change(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    answer = visitor.post("/en/commons/proposals/about/alps/", {"do": "correction"})
    number = int(answer.headers["Location"].split("/")[-3])
    assert (
        visitor.post("/en/commons/proposals/about/alps/", {"do": "correction"}).headers == answer.headers
    )  # one draft
    proposal = Proposal.objects.get(pk=number)
    changed = {
        **{key: value for key, value in FORM.items() if key.startswith("link")},
        "name-en": "Alps (CSCS)",
        "name-ko": "알프스",
        "evidence-key": ["page"],
        "evidence-address": ["https://www.cscs.ch/computers/alps"],
        "evidence-shows": ["who runs it and how to apply"],
        "evidence-accessed": ["2026-11"],
        "claim-access": "registration",
        "do": "preview",
    }
    assert visitor.post(f"/en/commons/proposals/{number}/edit/", changed).status_code == 302
    proposal.refresh_from_db()
    send(visitor, number, "submit", proposal.version)
    now = current_entry(node, "alps")[0].to_json()
    now["name"] = {"en": "Alps, Lugano", "ko": "알프스", "fr": "Alps"}
    save_entry(node, COMMAND, parse_entry(now, "alps"))

    proposal.refresh_from_db()
    assert [conflict.field for conflict in compare_entry(node, proposal).conflicts] == ["name/en"]
    decider = Visitor().sign_in(steward)
    page = decider.get(f"/en/commons/proposals/{number}/").content.decode()
    for text in ("Changed by others since the correction began", "Alps (CSCS)", "Alps, Lugano"):
        assert text in page
    stale = send(decider, number, "accept", proposal.version, fingerprint="0" * 32)
    assert stale.status_code == 409
    fingerprint = current_entry(node, "alps")[1]
    more = {"fingerprint": fingerprint, "name/en": "proposed"}
    assert send(decider, number, "accept", proposal.version, **more).status_code == 302
    entry = current_entry(node, "alps")[0]
    assert dict(entry.name) == {"en": "Alps (CSCS)", "ko": "알프스", "fr": "Alps"}
    assert entry.value("access") == "registration"
    assert EntryReview.objects.get(entry="alps").reviewed is not None
