"""An award with all of its numbers, as its pages and the command show it. Amounts are steps of its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bongsu.core.errors import N_
from bongsu.core.text import Text
from bongsu.credits import models as ledger
from bongsu.incubator.awards.agreement import (
    APPLICANT,
    OFFICER,
    digest_texts,
    find_agreement,
    find_signature,
    write_agreement,
)
from bongsu.incubator.awards.delivering import RUNNING, WAITING, is_late
from bongsu.incubator.awards.making import find_award, find_plan
from bongsu.incubator.awards.messages import MILESTONE, name_deliverable
from bongsu.incubator.awards.money import count_held, count_paid, count_returned, count_used
from bongsu.incubator.awards.use import Use, find_open_notice, measure_use
from bongsu.incubator.calls.awards import AGREEMENT
from bongsu.incubator.calls.awards import Award as Plan
from bongsu.incubator.models import (
    AgreementSignature,
    Application,
    Award,
    Call,
    Deliverable,
    Delivery,
    Tranche,
    UseNotice,
)
from bongsu.incubator.opening import read_edition
from bongsu.incubator.workflow.tables import known_states

TRANCHE_STATES = {
    "planned": N_("to be paid"),
    "held": N_("held for you until the milestone is accepted"),
    "on-hold": N_("on hold: the milestone is late"),
    "paid": N_("paid"),
    "void": N_("not paid"),
}
DELIVERABLE_STATES = {
    "open": N_("to be handed in"),
    "late": N_("late"),
    "handed-in": N_("handed in, to be judged"),
    "sent-back": N_("sent back: please hand it in again"),
    "accepted": N_("accepted"),
    "failed": N_("failed"),
}


@dataclass(frozen=True)
class DeliverableRow:
    """A milestone or a report with what was handed in, the newest first; `state` is one of DELIVERABLE_STATES."""

    one: Deliverable
    title: Text
    state: str
    deliveries: Sequence[Delivery]

    @property
    def is_waiting(self) -> bool:
        """Whether the team must hand something in."""
        return self.one.state in WAITING


@dataclass(frozen=True)
class TrancheRow:
    """A tranche, when it is paid, its state (of TRANCHE_STATES), its command, and the number of its transfer if it moved."""

    tranche: Tranche
    at: Text | None  # the title of its milestone
    state: str
    command: str
    transfer: int | None


@dataclass(frozen=True)
class AwardView:
    """An award at a moment."""

    award: Award
    now: datetime

    @property
    def application(self) -> Application:
        """Its application, whose state is that of the award."""
        return self.award.application

    @property
    def state(self) -> Text:
        """The state in words."""
        return known_states()[self.application.state].text

    @property
    def plan_cohort(self) -> dict[str, str]:
        """The title of the cohort, by language."""
        cohort = read_edition(self.award.edition).call.cohort
        return dict(cohort.title) if cohort else {}

    @property
    def is_running(self) -> bool:
        """Whether things are handed in and judged."""
        return self.application.state in RUNNING

    @cached_property
    def plan(self) -> Plan:
        """What the call said of the award."""
        return find_plan(self.award)

    @cached_property
    def paid(self) -> int:
        """What was paid."""
        return count_paid(self.award)

    @cached_property
    def held(self) -> int:
        """What is held for it."""
        return count_held(self.award)

    @cached_property
    def returned(self) -> int:
        """What was moved back."""
        return count_returned(self.award)

    @cached_property
    def used(self) -> int:
        """What was taken from its account."""
        return count_used(self.award, None, self.now)

    @cached_property
    def use(self) -> Use | None:
        """The use over the window of the rule; None without one."""
        return measure_use(self.award, self.now)

    @cached_property
    def notice(self) -> UseNotice | None:
        """The notice of under-use about which nothing is decided."""
        return find_open_notice(self.award)

    @cached_property
    def deliverables(self) -> list[DeliverableRow]:
        """The milestones and reports, by when they are due."""
        rows = self.award.deliverables.prefetch_related("deliveries").order_by("due", "pk")
        found = []
        for one in rows:
            one.award = self.award
            state = "late" if is_late(one, self.now) else one.state
            given = sorted(one.deliveries.all(), key=lambda delivery: -delivery.number)
            found.append(DeliverableRow(one, name_deliverable(one), state, given))
        return found

    @cached_property
    def tranches(self) -> list[TrancheRow]:
        """The tranches, in their order."""
        milestones = {row.one.key: row for row in self.deliverables if row.one.kind == MILESTONE}
        rows = list(self.award.tranches.order_by("place"))
        ids = [one.ending or one.command for one in rows]
        moved = ledger.Transfer.objects.filter(organisation="", id__in=ids, state__in=("posted", "post"))
        numbers = dict(moved.values_list("id", "number"))
        found = []
        for one, id_ in zip(rows, ids, strict=True):
            row = milestones.get(one.at)
            late = one.state == "held" and row is not None and row.state == "late"
            title = row.title if row else self._name_milestone(one.at)
            found.append(TrancheRow(one, title, "on-hold" if late else one.state, id_, numbers.get(id_)))
        return found

    def _name_milestone(self, key: str) -> Text | None:
        if key == AGREEMENT:
            return None
        return name_deliverable(Deliverable(award=self.award, kind=MILESTONE, key=key))

    @property
    def next_due(self) -> DeliverableRow | None:
        """The next thing that the team must hand in."""
        return next((row for row in self.deliverables if row.is_waiting), None) if self.is_running else None

    @property
    def late(self) -> list[DeliverableRow]:
        """What is late."""
        return [row for row in self.deliverables if row.state == "late"] if self.is_running else []

    @property
    def waiting_for_officer(self) -> list[DeliverableRow]:
        """What is to be judged."""
        return [row for row in self.deliverables if row.one.state == "handed-in"] if self.is_running else []

    @cached_property
    def agreement_texts(self) -> dict[str, str]:
        """The agreement by language: as it was signed, else as it would be; empty if there is none."""
        return dict(self.signed[APPLICANT].texts) if APPLICANT in self.signed else write_agreement(self.award)

    @property
    def agreement_digest(self) -> str:
        """The hash that is signed."""
        return digest_texts(self.agreement_texts)

    @property
    def agreement_fields(self) -> list[tuple[str, dict[str, str], str]]:
        """The fields of the agreement: key, title, and what was filled in."""
        agreement = find_agreement(self.award)
        fields = agreement.field if agreement else ()
        return [(one.key, dict(one.title), self.award.fields.get(one.key, "")) for one in fields]

    @cached_property
    def signed(self) -> dict[str, AgreementSignature]:
        """The signatures that count, by side."""
        found = {side: find_signature(self.award, side) for side in (APPLICANT, OFFICER)}
        return {side: one for side, one in found.items() if one}

    @property
    def sent_back(self) -> AgreementSignature | None:
        """The last signature that was sent back, while the applicant has not signed again."""
        if self.signed:
            return None
        found: AgreementSignature | None = self.award.signatures.exclude(ended=None).order_by("-ended").first()
        return found


def view_award(application: Application, now: datetime) -> AwardView | None:
    """Returns the award of an application; None if it has none."""
    award = find_award(application)
    if award is None:
        return None
    award.application = application
    return AwardView(award, now)


def list_awards(call: Call, now: datetime, hidden: Sequence[object] = ()) -> list[AwardView]:
    """Returns the awards of a call by number, but for those of hidden applications."""
    rows = Award.objects.filter(application__call=call).exclude(pk__in=list(hidden))
    rows = rows.select_related("application__call", "application__round", "application__owner", "edition")
    return [AwardView(award, now) for award in rows.order_by("application__number")]
