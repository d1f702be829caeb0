"""The pages of awards by a browser without JavaScript: the team's, an officer's, the table of a call; who sees nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from common_grants_sdk.schemas.pydantic.models.award import AwardBase
from common_grants_sdk.schemas.pydantic.responses.opportunity import OpportunityResponse
from django.core.files.uploadedfile import SimpleUploadedFile

from bongsu.core.errors import Refused
from bongsu.incubator.applications.personal import describe_applications, erase_applications
from bongsu.incubator.awards.consenting import set_consent
from bongsu.incubator.awards.delivering import hand_in
from bongsu.incubator.models import AgreementSignature, Application, Award, Delivery, StoredFile
from bongsu.incubator.running.awarding import countersign
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.people.guarded import unlock
from bongsu.web import middleware
from tests.incubator.award_cast import ACCEPTED, HOUR, SOURCE, Granted, posted
from tests.incubator.cast import NAME, make_pdf, make_person, make_site
from tests.incubator.test_public_calls import at
from tests.incubator.test_round_pages import post_form, read_page
from tests.people.conftest import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def read_digest(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_an_award_from_acceptance_to_the_first_milestone_on_pages(on_site: Site) -> None:
    one = Granted(on_site, 1000 * HOUR, 5000 * HOUR)
    owner, officer = Visitor().sign_in(one.owner), Visitor().sign_in(one.officer)
    own, desk = f"/en/applications/{one.number}/award/", f"/en/desk/applications/{one.number}/award/"
    assert read_page(owner, own, 404)
    post_form(owner, f"/en/applications/{one.number}/", do="accept")
    assert own in read_page(owner, f"/en/applications/{one.number}/")
    page = read_page(owner, own)
    assert "Fill in and sign the agreement" in page
    assert "1,000 H100 GPU hours" in page
    page = post_form(owner, own, do="sign", digest=read_digest(page))
    assert "Fill in all fields" in page
    page = post_form(owner, own, **{"do": "fill", "field.responsible": "Kim Sora"})
    assert "Who is responsible: Kim Sora" in page
    page = post_form(owner, own, do="sign", digest=read_digest(page))
    assert "An officer signs the agreement" in page
    table = read_page(officer, f"/en/desk/calls/{NAME}/awards/")
    assert "sign the agreement" in table
    page = read_page(officer, desk)
    page = post_form(officer, f"{desk}change/", do="sign", digest=read_digest(page))
    assert "running" in page
    assert AgreementSignature.objects.count() == 2
    page = read_page(owner, own)
    assert "held for you until the milestone is accepted" in page
    receipt = re.search(r'href="(/en/credits/accounts/award:[^"]*/[0-9]+/)"', page)
    assert receipt  # every number leads to the ledger
    assert "400" in read_page(owner, receipt[1])
    member = Visitor().sign_in(one.member)
    files = [SimpleUploadedFile("figures.pdf", make_pdf(Author="Lee"), "application/pdf")]
    values: Any = {"do": "hand-in", "about": "milestone:evaluation", "text": "It works.", "file": files}
    assert "handed in, to be judged" in post_form(member, own, **values)
    stored = StoredFile.objects.get(sha256=Delivery.objects.get().files[0]["sha256"])
    page = read_page(officer, desk)
    link = re.search(rf'href="([^"]*/files/{stored.sha256}/)"', page)
    assert link
    assert officer.get(link[1]).status_code == 200
    judge = {"do": "judge", "about": "milestone:evaluation"}
    page = post_form(officer, f"{desk}change/", **judge, verdict="sent-back", why="Show figures.")
    assert "sent back" in page
    assert "Show figures." in read_page(owner, own)
    post_form(member, own, **{**values, "file": [SimpleUploadedFile("more.pdf", make_pdf("More"), "application/pdf")]})
    page = post_form(officer, f"{desk}change/", **judge, verdict="accepted")
    assert posted(one.account) == 700 * HOUR  # 400 at the agreement, 300 with the evaluation
    assert "Judge a milestone" in read_page(officer, f"/en/desk/applications/{one.number}/")
    for language in ("ko", "fr"):
        for visitor, path in ((owner, own), (officer, desk), (officer, f"/en/desk/calls/{NAME}/awards/")):
            assert one.number in read_page(visitor, path.replace("/en/", f"/{language}/"))
    post_form(owner, own, do="consent", yes="1")
    assert Award.objects.get().consented
    # Nobody else has a door to it: neither the team to the desk, nor strangers, reviewers and auditors to either.
    for stranger in (
        make_person("stranger"),
        make_person("auditor", "auditor"),
        make_person("chair", f"call-chair call {NAME}"),
    ):
        visitor = Visitor().sign_in(stranger)
        for path in (own, desk):
            read_page(visitor, path, 404)
        assert visitor.get(f"/en/desk/calls/{NAME}/awards/").status_code == 403
    read_page(owner, desk, 404)
    read_page(officer, own, 404)


def test_a_refusal_of_the_ledger_is_said_on_the_page(on_site: Site) -> None:
    one = Granted(on_site, 1000 * HOUR, 0)
    one.accept()
    digest = one.sign_first()
    officer = Visitor().sign_in(one.officer)
    page = post_form(officer, f"/en/desk/applications/{one.number}/award/change/", do="sign", digest=digest)
    assert f"The ledger has no account “{SOURCE}”" in page
    assert f"bongsu credits open {SOURCE} GPUH-H100" in page
    assert one.application.state == "awarded"


def read_awards(visitor: Visitor, language: str = "en") -> Any:
    with at(ACCEPTED):
        answer = json.loads(visitor.get(f"/calls/{NAME}.json?language={language}").content)
    OpportunityResponse.model_validate(answer)
    return answer["data"]["customFields"].get("awards", {}).get("value", [])


def read_call(visitor: Visitor, language: str) -> str:
    with at(ACCEPTED):
        return read_page(visitor, f"/{language}/calls/{NAME}/")


def test_nothing_is_public_without_consent_and_then_title_and_amounts(on_site: Site) -> None:
    one = Granted(on_site, 100_001, 500_000, "EUR")
    visitor = Visitor()
    one.accept()
    assert read_awards(visitor) == []
    assert "Crop diseases" not in read_call(visitor, "en")
    set_consent(one.by("owner"), one.application, True, ACCEPTED)
    (award,) = read_awards(visitor)
    AwardBase.model_validate(award)
    assert award["title"] == "Crop diseases from photographs"
    assert award["status"] == {"value": "awarded", "description": "awarded"}
    assert award["funding"] == {
        "details": "asked: 400 euros; awarded: 1,000.01 euros; paid: 0 euros",
        "requestedAmount": {"amount": "400.00", "currency": "EUR"},
        "awardedAmount": {"amount": "1000.01", "currency": "EUR"},
        "disbursedAmount": {"amount": "0.00", "currency": "EUR"},
    }
    page = read_call(visitor, "en")
    assert "Crop diseases from photographs" in page
    assert "1,000.01 euros" in page
    assert "Sora" not in page
    countersign(one.by("officer"), one.application, one.sign_first(), ACCEPTED, on_site)
    assert read_awards(visitor)[0]["funding"]["disbursedAmount"]["amount"] == "400.00"  # 40 % of 1,000.01, rounded down
    perform(one.by("owner"), one.application, "give-up", ACCEPTED, on_site)
    assert read_awards(visitor)[0]["status"]["value"] == "cancelled"
    assert "조기 종료" in read_call(visitor, "ko")
    set_consent(one.by("owner"), one.application, False, ACCEPTED)
    assert read_awards(visitor) == []
    with pytest.raises(Refused):
        set_consent(one.by("officer"), one.application, True, ACCEPTED)


def test_less_is_granted_on_the_page_of_a_ranked_application(on_site: Site) -> None:
    one = Granted(on_site, 1, 0)
    with unlock():
        Application.objects.update(state="ranked", compared=ACCEPTED)
    officer, path = Visitor().sign_in(one.officer), f"/en/desk/applications/{one.number}/"
    page = post_form(officer, f"{path}change/", do="reduce", amount="400", why="Enough.")
    assert "not less than the application asks for" in page
    page = post_form(officer, f"{path}change/", do="reduce", amount="250.5", why="Enough for a year.")
    assert "250.5 H100 GPU hours" in page
    assert "Enough for a year." in page


def test_what_was_written_is_in_the_export_and_goes_with_the_person(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.start()
    hand_in(one.by("owner"), one.application, "milestone", "prototype", "It runs.", [], ACCEPTED, on_site)
    (row,) = describe_applications(one.owner)
    assert row["award"]["steps"] == str(400 * HOUR)
    assert row["award"]["fields"] == {"responsible": "Kim Sora"}
    assert [given["text"] for given in row["award"]["handed_in"]] == ["It runs."]
    with unlock():
        erase_applications(one.owner)
    assert Delivery.objects.get().text == ""
    assert {signature.texts.get("en") for signature in AgreementSignature.objects.all()} == {None}
    award = Award.objects.get()
    assert (award.fields, award.amount, posted(one.account)) == ({}, 400 * HOUR, 160 * HOUR)
