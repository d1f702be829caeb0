"""Outcomes go down to the catalogue: released by two persons, one entry and nothing else; withdrawn, they leave a tombstone."""

from __future__ import annotations

import pytest

from bongsu.commons.editing.entry_state import find_state
from bongsu.commons.models import Revision
from bongsu.core.errors import BadInput, Refused
from bongsu.incubator.models import Outcome
from bongsu.incubator.outcomes.publishing import list_published, release_outcome, withdraw_outcome
from bongsu.incubator.outcomes.writing import offer_outcome, write_outcome
from bongsu.people.granting import grant_role
from bongsu.web import middleware
from tests.incubator.award_cast import ACCEPTED, HOUR, Granted
from tests.incubator.cast import NAME, make_site
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
VALUES = {
    "kind": "model",
    "name": "Crop doctor",
    "description": "Names diseases of crops.",
    "homepage": "https://farm.example/crop-doctor",
    "licence": "Apache-2.0",
}


@pytest.fixture
def granted(site: None) -> Granted:
    made = Granted(make_site(middleware.open_node()), 5000 * HOUR, 20000 * HOUR)
    made.start()
    return made


def test_two_persons_release_an_outcome_and_nothing_else_goes_along(granted: Granted) -> None:
    node, application = granted.site.node, granted.application
    outcome = write_outcome(granted.by("member"), application, VALUES, ACCEPTED, granted.site)
    entry = outcome.entry
    with pytest.raises(BadInput):  # the owner has not released it
        release_outcome(granted.by("officer"), application, entry, ACCEPTED, granted.site)
    with pytest.raises(Refused):  # a member of the team does not release it
        offer_outcome(granted.by("member"), application, entry, ACCEPTED)
    offer_outcome(granted.by("owner"), application, entry, ACCEPTED)
    grant_role(COMMAND, granted.owner, "call-officer", ("call", NAME))
    with pytest.raises(Refused):  # nor does the owner as an officer
        release_outcome(granted.by("owner"), application, entry, ACCEPTED, granted.site)
    assert not Revision.objects.exists()
    release_outcome(granted.by("officer"), application, entry, ACCEPTED, granted.site)
    revision = Revision.objects.get(entry=entry)
    assert revision.why == f"outcome of call {NAME}, application number {granted.number}"
    assert revision.document == {
        "id": entry,
        "kind": "model",
        "name": {"en": "Crop doctor"},
        "description": {"en": "Names diseases of crops."},
        "links": [{"rel": "homepage", "href": "https://farm.example/crop-doctor"}],
        "evidence": {
            "award": {
                "address": f"https://node.example/call/{NAME}",
                "shows": f"Outcome of the call {NAME}, application {granted.number}",
                "accessed": "2027-05-30",
            }
        },
        "claims": {"licence": {"value": "Apache-2.0", "evidence": ["award"]}},
    }
    with pytest.raises(BadInput):
        write_outcome(granted.by("owner"), application, VALUES, ACCEPTED, granted.site, entry)
    with pytest.raises(BadInput):  # without a reason
        withdraw_outcome(granted.by("owner"), application, entry, " ", ACCEPTED, granted.site)
    withdraw_outcome(granted.by("owner"), application, entry, "It was wrong.", ACCEPTED, granted.site)
    state = find_state(node, entry)
    assert state.gone
    assert state.revision is not None
    assert state.revision.why == "It was wrong."


def test_a_change_needs_the_owners_release_again(granted: Granted) -> None:
    application = granted.application
    entry = write_outcome(granted.by("owner"), application, VALUES, ACCEPTED, granted.site).entry
    offer_outcome(granted.by("owner"), application, entry, ACCEPTED)
    write_outcome(granted.by("member"), application, {**VALUES, "name": "Other"}, ACCEPTED, granted.site, entry)
    with pytest.raises(BadInput):
        release_outcome(granted.by("officer"), application, entry, ACCEPTED, granted.site)


@pytest.mark.parametrize(("field", "value"), [("kind", "audit"), ("homepage", "farm.example"), ("kind", "")])
def test_what_no_entry_can_be_is_refused(granted: Granted, field: str, value: str) -> None:
    with pytest.raises(BadInput):
        write_outcome(granted.by("owner"), granted.application, {**VALUES, field: value}, ACCEPTED, granted.site)
    assert not Outcome.objects.exists()


def test_outcomes_on_pages(granted: Granted) -> None:
    owner, officer = Visitor().sign_in(granted.owner), Visitor().sign_in(granted.officer)
    page = f"/en/applications/{granted.number}/award/"
    desk = f"/en/desk/applications/{granted.number}/award/"
    owner.post(page, {"do": "outcome-write", **VALUES})
    entry = Outcome.objects.get().entry
    assert "Crop doctor" in owner.get(page).content.decode()
    owner.post(page, {"do": "outcome-offer", "entry": entry})
    assert "Release it into the catalogue" in officer.get(desk).content.decode()
    officer.post(f"{desk}change/", {"do": "outcome-release", "entry": entry})
    public = Visitor()
    shown = public.get(f"/en/calls/{NAME}/").content.decode()
    assert f"/en/commons/entries/{entry}/" in shown
    assert "Crop diseases from photographs" not in shown  # its owner has not consented
    officer.post(f"{desk}change/", {"do": "outcome-withdraw", "entry": entry, "why": "The licence was wrong."})
    assert list_published(granted.application.call, "en") == []
    assert entry not in public.get(f"/en/calls/{NAME}/").content.decode()
    assert "The licence was wrong." in owner.get(page.replace("/en/", "/fr/")).content.decode()
