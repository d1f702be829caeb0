"""An application that was accepted, and a ledger with the budget of its line: for tests of awards."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from bongsu.credits.accounts import open_account, open_unit
from bongsu.credits.ledger.commands import TransferCommand
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.models import Account
from bongsu.credits.posting import post
from bongsu.incubator.awards.agreement import digest_texts, fill_in, sign_as_applicant, write_agreement
from bongsu.incubator.awards.making import require_award
from bongsu.incubator.models import Application, Award, Decision, Member
from bongsu.incubator.opening import add_call, open_call
from bongsu.incubator.running.awarding import countersign
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from tests.incubator.cast import BEFORE, ENDS, NAME, make_files, make_person, submit_application
from tests.people.conftest import COMMAND

SOURCE = "gpu:academia"
HOUR = 3600  # steps of a GPU hour
ACCEPTED = ENDS + timedelta(days=60)
HOURS = 'unit = "GPUH-H100"\namount = 20000\nleast = 100\nmost = 5000'
EUROS = 'unit = "EUR"\namount = "500000.00"\nleast = 1\nmost = 200000'
RECALL = "[award.recall]                       # of hours that are not used\n"


def send(debit: str, credit: str, steps: int, unit: str) -> None:
    """Moves an amount in the ledger."""
    command = TransferCommand(id=uuid4(), debit=debit, credit=credit, amount=str(steps), unit=unit)
    (outcome,) = post(Issuer("", "test", trusted=True), [command])
    assert outcome.is_done


def posted(account: str) -> int:
    return Account.objects.get(pk=account).posted


def held(account: str) -> int:
    return Account.objects.get(pk=account).held


class Granted:
    """One accepted application of the example call. `granted` and `budget` are in steps; 0 opens no account."""

    def __init__(
        self, site: Site, granted: int, budget: int, unit: str = "GPUH-H100", *replaced: tuple[str, str]
    ) -> None:
        self.site, self.unit = site, unit
        texts = make_files("fast-compute")
        if unit != "GPUH-H100":
            recall = "least = 50                           # per cent of an even use\ndays = 28\nanswer = 14\n"
            replaced = ((HOURS, EUROS.replace("EUR", unit)), (RECALL + recall, ""), *replaced)
        for before, after in replaced:
            assert before in texts["call.toml"]
            texts["call.toml"] = texts["call.toml"].replace(before, after, 1)
        add_call(COMMAND, texts, BEFORE)
        open_call(COMMAND, NAME, BEFORE)
        self.owner, self.member = make_person("applicant"), make_person("member")
        self.officer = make_person("officer", f"call-officer call {NAME}")
        self.number = submit_application(self.owner, site).application.number
        self.grant(self.number, granted)
        open_unit(COMMAND, unit)
        if budget:
            open_account(COMMAND, SOURCE, unit)
            send(f"issue:{unit}", SOURCE, budget, unit)

    def grant(self, number: str, granted: int) -> None:
        """An application was accepted."""
        application = Application.objects.get(number=number)
        with unlock():
            Member.objects.get_or_create(
                application=application,
                address=self.member.email,
                defaults={"person": self.member, "invited": BEFORE, "accepted": BEFORE},
            )
            application.state, application.due = "accepted", ACCEPTED + timedelta(days=14)
            application.save()
            application.versions.update(frozen=True)
            Decision.objects.create(
                application=application, stage=1, decision="accept", line="academia", granted=granted, released=ACCEPTED
            )

    @property
    def application(self) -> Application:
        found: Application = Application.objects.select_related("call", "round", "owner").get(number=self.number)
        return found

    @property
    def award(self) -> Award:
        return require_award(self.application)

    @property
    def account(self) -> str:
        return f"award:{self.number}"

    def by(self, name: str) -> Actor:
        person: Person = getattr(self, name)
        return Actor.of_person(person)

    def accept(self, now: datetime = ACCEPTED) -> None:
        perform(self.by("owner"), self.application, "accept", now, self.site)

    def sign_first(self, now: datetime = ACCEPTED) -> str:
        """The applicant fills in and signs. Returns the digest."""
        fill_in(self.by("owner"), self.application, {"responsible": "Kim Sora"}, now)
        digest = digest_texts(write_agreement(self.award))
        sign_as_applicant(self.by("owner"), self.application, digest, now, self.site)
        return digest

    def start(self, now: datetime = ACCEPTED) -> None:
        """The applicant accepts, both sides sign, and the award starts."""
        self.accept(now)
        countersign(self.by("officer"), self.application, self.sign_first(now), now, self.site)
