"""Nothing on the desk's pages that the command cannot do, and the other way round: each page and form with its command."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bongsu.cli import VERBS, load_command
from bongsu.cli.commands import ActionGroup
from bongsu.people.invitations import Offer, invite
from bongsu.people.models import Person
from bongsu.people.organisations import add_organisation, claim_domain
from bongsu.people.tokens import issue_token
from bongsu.web import middleware
from bongsu.web.access import routes
from tests.people.conftest import COMMAND, Visitor
from tests.store.drafts import draft

pytestmark = pytest.mark.django_db

# A page, or a form of a page by the name that it sends, and the command with the option that does the same.
PARITY = {
    "desk": "doctor",
    "desk-state": "doctor",
    "desk-check": "doctor",
    "desk-settings": "doctor --settings",
    "desk-disk": "doctor --disk",
    "desk-duties": "tend --list",
    "desk-flows": "build --list",
    "desk-flow": "build --list",
    "desk-check-rows": "build --rows",
    "desk-flagged": "show --where",
    "desk-withdraw": "withdraw",
    "desk-withdraw withdraw": "withdraw",
    "desk-holdings": "hold list",
    "desk-holding": "hold show",
    "desk-holding questions": "desk questions",
    "desk-holding budget": "desk budget",
    "desk-holding plan": "desk plan",
    "desk-people": "user list",
    "desk-invite": "user invite",
    "desk-invite invite": "user invite",
    "desk-invitations": "user invitations",
    "desk-invitations resend": "user invite",
    "desk-invitations uninvite": "user invitations --withdraw",
    "desk-organisation resend": "user invite",
    "desk-organisation uninvite": "user invitations --withdraw",
    "desk-person": "user show",
    "desk-person grant": "user grant",
    "desk-person end": "user end",
    "desk-person deactivate": "user deactivate",
    "desk-person reactivate": "user deactivate --back",
    "desk-person sign-out": "user end-sessions",
    "desk-person erase": "user erase",
    "desk-organisations": "organisation list",
    "desk-organisations add": "organisation add",
    "desk-organisation": "organisation members",
    "desk-organisation title": "organisation change --title",
    "desk-organisation domain": "organisation domain",
    "desk-organisation undomain": "organisation domain --remove",
    "desk-organisation invite": "user invite --organisation",
    "desk-organisation remove": "organisation members --remove",
    "desk-organisation issue": "token",
    "desk-organisation revoke": "token --revoke",
    "desk-organisation parent": "organisation change --parent",
    "desk-organisation deactivate": "organisation change --end",
    "desk-organisation reactivate": "organisation change --back",
    "desk-roles": "user roles",
    "desk-two-steps": "user roles --two-step",
    "desk-audit": "audit list",
    "desk-audit-verify": "audit verify",
    "desk-audit-csv": "audit list --day",
    "desk-outbox": "mail list",
    "desk-message": "mail show",
    "desk-send-again": "mail again",
    # Rows of pages that this version may not have yet: they count when their route exists.
    "desk-audit-restored": "audit acknowledge-restore",
    "calls": "call list",
    "call": "call list",
    "desk-calls": "call list",
    "desk-call": "call check",
    "desk-call-open": "call open",
    "desk-call-end": "call end",
    "desk-call-try": "call try",
    "desk-call-send": "call change",
    "desk-call-download": "call files",
    "desk-call-file": "call change",
    "desk-call-check": "call check",
    "desk-call-workflow": "call check",
    "desk-call-new-step": "call change",
    "desk-call-step": "call change",
    "desk-call-questions": "call change",
    "desk-call-new-question": "call change",
    "desk-call-question": "call change",
    "desk-call-reviewers": "call reviewers",
    "desk-call-conflicts": "call conflicts",
    "desk-call-conflict": "call rule",
    "call-awards": "call awards",
    "desk-award": "call award",
    "desk-award-change": "call milestone --verdict",
    "credits-accounts": "credits balance",
    "credits-account-page": "credits history",
    "credits-receipt": "credits trace",
    "credits-takings": "credits takings",
    "credits-takings-csv": "credits takings --csv",
    "credits-campaigns": "campaign list",
    "credits-campaign": "campaign report",
    "credits-stop-campaign": "campaign stop",
    "credits-audit": "credits trace",
    "credits-audit-verify": "credits verify",
    "credits-audit-accept-gap": "credits accept-gap",
    "credits-export": "credits export",
    "entry-conflicts": "commons conflicts",
    "entry-tokens": "commons permit --entries",
    "desk-jobs": "job list",
    "desk-job": "job show",
    "desk-job-file": "job show",
    "desk-stop-job": "job stop",
    "desk-schedules": "job list",
    "desk-harvests": "harvest list",
    "desk-source": "harvest change",
    "desk-harvest": "harvest show",
    "desk-harvest-errors": "harvest show",
    "desk-peers": "peer list",
    "desk-peer": "peer list",
    "desk-peer-add": "peer add",
    "desk-peer-confirm": "peer confirm",
    "desk-peer-trust": "peer trust",
    "desk-peer-suspend": "peer suspend",
    "desk-peer-end": "peer end",
    "desk-peer-evidence": "peer list",
    "desk-asked": "ask list",
    "desk-ask": "ask send",
    "desk-ask-offers": "ask offers",
    "desk-asked-question": "ask show",
    "desk-asked-follow": "ask follow",
    "desk-received": "ask received",
    "desk-received-question": "ask question",
    "desk-received-prepare": "ask question --prepare",
    "desk-received-approve": "ask approve",
    "desk-received-refuse": "ask refuse",
    "desk-agreements": "ask agreements",
    "desk-agreement-add": "ask agree",
    "desk-agreement-end": "ask end",
    "desk-limits": "ask limit",
    "desk-site": "site show",
    "desk-site-preview": "site show",
}
# Commands of the groups above that have no page of the desk, and why.
COMMANDS_ALONE = {
    "user add": "the first operator is made where the node is; others are invited",
    "user link": "a link that signs somebody in is given by who has the machine, never shown to another person",
    "user export": "a person takes her own data on her account; on request, who has the machine does",
    "hold add": "microdata come from a file of the machine",
    "hold drop": "microdata are deleted where they lie",
    "desk allow": "budgets are set where questions are asked",
    "desk ask": "questions from pages come with the issue on the desk",
    "desk publish": "questions from pages come with the issue on the desk",
}


def list_commands(verb: str) -> dict[str, set[str]]:
    """Returns the commands of a verb, by name with its action, and their options."""
    command = load_command(next(one for one in VERBS if one.name == verb))
    if isinstance(command, ActionGroup):
        found = {name: command.get_command(None, name) for name in command.list_commands(None)}  # type: ignore[arg-type]
        return {f"{verb} {name}": _options(one) for name, one in found.items()}
    return {verb: _options(command)}


def _options(command: object) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}  # type: ignore[attr-defined]


def test_every_page_and_form_has_a_command() -> None:
    present = {page: words for page, words in PARITY.items() if page.split()[0] in routes()}
    commands: dict[str, set[str]] = {}
    for verb in {words.split()[0] for words in present.values()}:
        commands |= list_commands(verb)
    for page, words in present.items():
        name, _, option = words.partition(" --")
        assert name in commands, page
        assert not option or f"--{option}" in commands[name], page


def test_every_route_of_the_desk_is_in_the_table() -> None:
    assert {name for name in routes() if name.split("-")[0] == "desk"} - set(PARITY) == set()


def test_every_command_has_a_page_or_a_reason() -> None:
    groups = ("user", "organisation", "token", "audit", "mail", "hold", "desk", "withdraw", "ask")
    commands = {name for verb in groups for name in list_commands(verb)}
    done = {words.partition(" --")[0] for words in PARITY.values()}
    assert commands - done == set(COMMANDS_ALONE)


def test_every_form_of_the_pages_is_in_the_table(
    operator: Person, person: Callable[..., Person], visitor: Visitor
) -> None:
    lee = person("lee", "auditor")
    gone = person("gone")
    kaist = add_organisation(COMMAND, "kaist", "KAIST")
    claim_domain(COMMAND, kaist, "kaist.ac.kr")
    issue_token(COMMAND, kaist)
    invite(COMMAND, "new@kaist.ac.kr", Offer("kaist"))
    middleware.open_node().releases.seal(draft())
    visitor.sign_in(operator)
    pages = {
        "desk-invite": "people/invite/",
        "desk-invitations": "people/invitations/",
        "desk-person": f"people/{lee.pk}/",
        "desk-organisations": "organisations/",
        "desk-organisation": "organisations/kaist/",
        "desk-withdraw": "dataflows/TEST_FLOW/1/withdraw/",
    }
    sent = set()
    for route, path in pages.items():
        page = visitor.get(f"/en/desk/{path}").content.decode()
        sent |= {f"{route} {name}" for name in re.findall(r'name="do" value="([a-z-]+)"', page)}
    visitor.post(f"/en/desk/people/{gone.pk}/", {"do": "deactivate"})
    visitor.post("/en/desk/organisations/kaist/", {"do": "deactivate"})
    for route, path in (("desk-person", f"people/{gone.pk}/"), ("desk-organisation", "organisations/kaist/")):
        page = visitor.get(f"/en/desk/{path}").content.decode()
        sent |= {f"{route} {name}" for name in re.findall(r'name="do" value="([a-z-]+)"', page)}
    assert sent == {name for name in PARITY if " " in name} - {
        "desk-holding questions",
        "desk-holding budget",
        "desk-holding plan",
        "desk-organisation remove",
    }
