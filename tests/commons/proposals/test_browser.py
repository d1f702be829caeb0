"""The pages of proposals in a real browser: nothing serious by axe, no wider than a phone, and usable by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bongsu.commons.editing.entry_state import current_entry
from bongsu.commons.editing.revisions import save_entry
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.models import Proposal
from bongsu.commons.proposals.drafting import start_correction
from bongsu.commons.proposals.proposing import save_draft, submit_proposal
from bongsu.people.access import Actor
from bongsu.people.models import Person
from bongsu.store.node import Node
from tests.commons.proposals.conftest import LETTERS, begin, fill, send
from tests.people.conftest import COMMAND, Visitor
from tests.web.signed_in_browser import SignedInBrowser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]


def _correct_while_others_do(node: Node, person: Person) -> int:
    """Submits a correction of an entry that was changed since it began. Returns its number."""
    actor = Actor.of_person(person)
    proposal = start_correction(actor, node, "olmo-7b")
    changed = {**proposal.document, "name": {"en": "OLMo 1.0 7B"}}
    changed["claims"] = {**changed["claims"], "licence": {"value": "MIT", "evidence": ["page"]}}
    save_draft(actor, proposal, changed)
    submit_proposal(actor, proposal, "The page says so.", LETTERS)
    now, _ = current_entry(node, "olmo-7b")
    save_entry(node, COMMAND, parse_entry({**now.to_json(), "name": {"en": "OLMo (7B)"}}, "olmo-7b"))
    number: int = proposal.pk
    return number


def test_proposals_in_a_real_browser(
    node: Node, steward: Person, person: Callable[..., Person], visitor: Visitor, chromium: SignedInBrowser
) -> None:
    visitor.sign_in(steward)
    draft, asked = begin(visitor), begin(visitor, name="Waves", kind="model", address="https://waves.example/x")
    fill(visitor, draft, "save", **{"claim-country": "Atlantis", "evidence-address": ["nowhere"]})
    fill(visitor, asked, "save", **{"dpg-clearOwnership-isOwnershipExplicit": "Yes", "osai-code-class": "open"})
    kim = Visitor().sign_in(person("kim"))
    other = begin(kim, name="Currents", address="https://currents.example/x")
    fill(kim, other, **{"name-en": "Currents"})
    send(kim, other, "submit", Proposal.objects.get(pk=other).version)
    conflict = _correct_while_others_do(node, person("lee"))
    session = visitor.cookies["sessionid"].value
    paths = (
        "",
        "new/",
        f"{draft}/edit/",
        f"{asked}/edit/",
        f"{draft}/",
        f"{other}/",
        f"{conflict}/",
        "about/olmo-7b/",
        "queue/",
        "reviews/",
        "../entries/olmo-7b/history/",
        "../entries/olmo-7b/",
    )
    chromium.check(session, (f"commons/proposals/{path}" for path in paths))
    page, _ = chromium.open(session, "/en/commons/", java_script_enabled=False)
    page.get_by_role("link", name="Propose an entry").press("Enter")
    page.get_by_role("radio", name="Dataset").press(" ")
    page.get_by_label("Name", exact=True).fill("Tide Tables")
    page.get_by_label("Address of its home page").fill("https://tides.example/tables")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What the evidence shows").wait_for()
    page.get_by_label("What it shows").first.fill("its licence")
    page.keyboard.press("Enter")  # saves, and does not leave the form
    page.get_by_text("The draft is saved.").wait_for()
    assert page.get_by_label("What it shows").first.input_value() == "its licence"
    page.get_by_role("button", name="Preview with the verdicts").press("Enter")
    page.get_by_role("heading", name="What is still missing").wait_for()
