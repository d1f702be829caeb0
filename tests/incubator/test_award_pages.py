"""The pages of awards by a browser without JavaScript: the team's, an officer's, the table of a call; who sees nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bongsu.incubator.models import AgreementSignature, Award, Delivery, StoredFile
from bongsu.incubator.site import Site
from bongsu.web import middleware
from tests.incubator.award_cast import HOUR, SOURCE, Granted, posted
from tests.incubator.cast import NAME, make_pdf, make_person, make_site
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
