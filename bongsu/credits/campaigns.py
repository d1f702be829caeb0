"""Opens, changes, stops and closes payback campaigns, and keeps their lists of accounts: each is one action, audited.

A campaign's money is in its own account: opening moves the budget there from a source, closing moves the rest back.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files

from django.db.models import Count, Max
from django.utils import translation

from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.core.text import Text
from bongsu.credits import models, storage
from bongsu.credits.accounts import find_account
from bongsu.credits.campaign_storage import parse_rules
from bongsu.credits.ledger.commands import TransferCommand
from bongsu.credits.ledger.increase import find_end_of_refunds, list_due_months
from bongsu.credits.ledger.moves import BUDGET_KIND, Issuer
from bongsu.credits.ledger.paybacks import BUDGET, NOBODY
from bongsu.credits.outcomes import describe_outcome
from bongsu.credits.posting import post
from bongsu.credits.rules.check import check_campaign
from bongsu.credits.rules.document import Campaign, parse_campaign
from bongsu.credits.rules.words import describe_finding
from bongsu.credits.settlement import settle_months, settle_refunds
from bongsu.credits.unit_table import known_units
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.tables.definitions import read_rows

ACCOUNT = "campaign:{id}"
_KEPT = ("id", "unit", "zone", "join")  # what no edition changes


@dataclass(frozen=True)
class BudgetLine:
    """What a group's budget, or the whole one (no group), has paid and has left; in steps of the unit."""

    group: str
    budget: int
    paid: int

    @property
    def left(self) -> int:
        """What is left of it."""
        return max(0, self.budget - self.paid)


def find_campaign(id: str) -> models.Campaign:
    """Returns a campaign. Raises Missing."""
    row: models.Campaign | None = models.Campaign.objects.filter(pk=id).first()
    if row is None:
        raise Missing(N_("The campaign “{id}” does not exist."), id=id[:64])
    return row


def read_rules(row: models.Campaign) -> Campaign:
    """Returns the rules in force."""
    return parse_rules(models.Edition.objects.get(campaign=row.pk, number=row.edition).text)


def find_state(row: models.Campaign, rules: Campaign, now: datetime | None = None, left: int | None = None) -> str:
    """Returns the state of a campaign now: waiting, open, dry, closing, stopped or closed (campaign_states.csv).

    `left` is what is left of its budget, for who has read it already.
    """
    day = rules.find_day(now or storage.read_time())
    if row.state != "open":
        return row.state
    if day < rules.start:
        return "waiting"
    if rules.to is not None and day > rules.to:
        return "closing"
    if left is None:
        left = list_budgets(row, rules)[0].left
    return "open" if left else "dry"


@lru_cache(maxsize=1)
def _state_names() -> Mapping[str, Text]:
    rows = read_rows(files("bongsu.credits") / "tables" / "campaign_states.csv")
    return {row["state"]: Text.from_row(row, where=row["state"]) for row in rows}


def name_state(state: str, language: str) -> str:
    """Returns the name of a state in a language."""
    return _state_names()[state].to(language)


def list_budgets(row: models.Campaign, rules: Campaign) -> list[BudgetLine]:
    """Returns the whole budget, then that of each group."""
    used = models.Used.objects.filter(campaign=row.pk, person=NOBODY, window=BUDGET)
    paid = dict(used.values_list("group", "counted"))
    lines = [BudgetLine("", rules.budget, sum(paid.values()))]
    return lines + [BudgetLine(group, amount, paid.get(group, 0)) for group, amount in rules.group_budgets.items()]


def open_campaign(actor: Actor, text: str, source: str = "", why: str = "") -> models.Campaign:
    """Opens a campaign by its file, and moves its budget from the account `source` (default: the unit's issue account).

    It pays from its first day on. Raises BadInput for a file that is not valid, that contradicts itself or whose id is taken,
    and if the source has not enough; Refused.
    """
    rules = _parse_checked(text)
    account = ACCOUNT.format(id=rules.id)
    with act(actor, "credits.open-campaign", why=why) as change:
        book = storage.lock_book()
        if not models.Unit.objects.filter(pk=rules.unit.code).exists():
            raise BadInput(
                N_("The unit “{unit}” is not counted yet."),
                fix=N_("Open it: bongsu credits unit."),
                unit=rules.unit.code,
            )
        if models.Campaign.objects.filter(pk=rules.id).exists() or models.Account.objects.filter(pk=account).exists():
            raise BadInput(N_("The campaign “{id}” exists already."), where="id", id=rules.id)
        origin = find_account(source or f"issue:{rules.unit.code}")
        models.Account.objects.create(
            id=account,
            unit_id=rules.unit.code,
            holder_kind="campaign",
            holder=rules.id,
            purpose=rules.title.get("en", rules.id)[:200],
            least=0,
        )
        row: models.Campaign = models.Campaign.objects.create(
            id=rules.id,
            unit_id=rules.unit.code,
            account_id=account,
            source=origin,
            state="open",
            edition=1,
            first_day=rules.start,
            last_day=rules.to,
        )
        models.Edition.objects.create(campaign=rules.id, number=1, text=text, at=book.now, why=why[:200])
        _move(actor, origin.pk, account, rules.budget, rules.unit.code)
        change.after = {"campaign": rules.id, "budget": rules.budget, "source": origin.pk}
    return row


def change_campaign(actor: Actor, id: str, text: str, why: str) -> models.Campaign:
    """Gives a campaign other rules from now on, as an edition; what was paid stays. A larger budget is moved from its source.

    Raises BadInput for another id, unit, zone or join, for a budget below what was paid, or a file that is not valid; Refused.
    """
    rules = _parse_checked(text)
    with act(actor, "credits.change-campaign", why=why) as change:
        book = storage.lock_book()
        row = find_campaign(id)
        before = read_rules(row)
        if row.state == "closed":
            raise BadInput(N_("The campaign “{id}” is closed."), id=id)
        if any(getattr(rules, name) != getattr(before, name) for name in _KEPT):
            raise BadInput(N_("An edition keeps the campaign’s id, unit, time zone and “join”."))
        paid = list_budgets(row, before)[0].paid
        if rules.budget < paid:
            raise BadInput(
                N_("The budget is below what was paid back already: {paid}."), where="budget.total", paid=paid
            )
        if rules.budget > before.budget:
            _move(actor, row.source_id, row.account_id, rules.budget - before.budget, rules.unit.code)
        elif rules.budget < before.budget:
            _move(actor, row.account_id, row.source_id, before.budget - rules.budget, rules.unit.code)
        row.edition += 1
        row.first_day, row.last_day = rules.start, rules.to
        row.save(update_fields=["edition", "first_day", "last_day"])
        models.Edition.objects.create(campaign=id, number=row.edition, text=text, at=book.now, why=why[:200])
        change.before = {"campaign": id, "edition": row.edition - 1, "budget": before.budget}
        change.after = {"campaign": id, "edition": row.edition, "budget": rules.budget}
    return row


def stop_campaign(actor: Actor, id: str, why: str) -> models.Campaign:
    """Stops a campaign: no payment counts any more, refunds still do. Raises Missing, BadInput without a reason, Refused."""
    if not why.strip():
        raise BadInput(N_("Say why."), where="why")
    with act(actor, "credits.stop-campaign", why=why) as change:
        storage.lock_book()
        row = find_campaign(id)
        if row.state != "open":
            raise BadInput(N_("The campaign “{id}” is not open."), id=id)
        change.before, change.after = {"campaign": id, "state": row.state}, {"campaign": id, "state": "stopped"}
        row.state = "stopped"
        row.save(update_fields=["state"])
    return row


def close_campaign(actor: Actor, id: str, why: str = "") -> models.Campaign:
    """Closes a campaign for ever and moves what is left of its money to its source; no refund takes anything back after.

    Raises BadInput before the days in which refunds count have passed; Missing, Refused.
    """
    with act(actor, "credits.close-campaign", why=why) as change:
        book = storage.lock_book()
        row = find_campaign(id)
        if row.state == "closed":
            raise BadInput(N_("The campaign “{id}” is closed."), id=id)
        day = find_closing_day(row)
        if day is None or read_rules(row).find_day(book.now) < day:
            raise BadInput(
                N_("Refunds of the campaign “{id}” still count."),
                fix=N_("Stop it, and close it when the days for refunds have passed."),
                id=id,
            )
        rules = read_rules(row)
        months = list_due_months(rules, rules.find_day(book.now))
        if months:
            settle_months(id, months)
            settle_refunds(id, months)
        change.before, change.after = {"campaign": id, "state": row.state}, {"campaign": id, "state": "closed"}
        row.state = "closed"
        row.save(update_fields=["state"])
        left = find_account(row.account_id).posted
        if left:
            _move(actor, row.account_id, row.source_id, left, row.unit_id)
    return row


def find_closing_day(row: models.Campaign) -> date | None:
    """Returns the first day on which a campaign can be closed; None if it has no end.

    That is after its end and the days for refunds, and when its last month was computed. A campaign that was stopped ended with
    the last day that had a payment.
    """
    rules = read_rules(row)
    ends = [rules.to] if rules.to is not None else []
    if row.state == "stopped":
        receipts = models.Receipt.objects.filter(campaign=row.pk, payment__isnull=False)
        last = receipts.aggregate(day=Max("day"))["day"]
        ends.append(date.fromisoformat(last) if last else rules.start)
    return find_end_of_refunds(rules, min(ends, default=None))


def list_due_campaigns(now: datetime | None = None) -> list[models.Campaign]:
    """Returns the campaigns that can be closed now."""
    found = []
    for row in models.Campaign.objects.exclude(state="closed").order_by("pk"):
        day = find_closing_day(row)
        if day is not None and read_rules(row).find_day(now or storage.read_time()) >= day:
            found.append(row)
    return found


def _parse_checked(text: str) -> Campaign:
    """Returns the campaign of a file. Raises BadInput with the first contradiction."""
    rules = parse_campaign(text, known_units())
    for finding in check_campaign(rules):
        if finding.level == "error":
            language = translation.get_language() or "en"
            raise BadInput(
                N_("The campaign contradicts itself: {finding}"),
                where=finding.field,
                fix=N_("Check the file: bongsu campaign check."),
                finding=describe_finding(finding, rules.unit, translation.gettext, language),
            )
    return rules


def _move(actor: Actor, debit: str, credit: str, amount: int, unit: str) -> None:
    """Moves a campaign's money within the open transaction. Raises Refused with the ledger's reason."""
    command = TransferCommand(
        id=uuid.uuid4(), debit=debit, credit=credit, amount=str(amount), unit=unit, kind=BUDGET_KIND
    )
    (outcome,) = post(Issuer("", actor.name, trusted=True), [command])
    if not outcome.is_done:
        raise Refused(
            N_("The campaign’s money could not be moved: {reason}"),
            reason=str(describe_outcome(outcome, translation.gettext)["message"]),
        )


# --- Lists of accounts


def add_members(actor: Actor, name: str, accounts: Collection[str], why: str = "") -> int:
    """Puts accounts into a list from now on, and returns how many are new. Raises BadInput, Missing, Refused."""
    _check_list(name)
    with act(actor, "credits.edit-list", why=why) as change:
        book = storage.lock_book()
        known = set(models.Account.objects.filter(pk__in=accounts).values_list("pk", flat=True))
        _refuse_unknown(accounts, known)
        new = sorted(known - set(list_members(name)))
        models.ListMember.objects.bulk_create(
            models.ListMember(name=name, account_id=account, since=book.now) for account in new
        )
        change.after = {"list": name, "added": len(new), "accounts": new[:50]}
    return len(new)


def remove_members(actor: Actor, name: str, accounts: Collection[str], why: str = "") -> int:
    """Takes accounts out of a list from now on, and returns how many were in it. Raises BadInput, Refused."""
    _check_list(name)
    with act(actor, "credits.edit-list", why=why) as change:
        book = storage.lock_book()
        rows = models.ListMember.objects.filter(name=name, account__in=accounts, until=None)
        gone = sorted(rows.values_list("account", flat=True))
        rows.update(until=book.now)
        change.before = {"list": name, "removed": len(gone), "accounts": gone[:50]}
    return len(gone)


def list_members(name: str) -> list[str]:
    """Returns the accounts that are in a list now."""
    rows = models.ListMember.objects.filter(name=name, until=None).order_by("account")
    return list(rows.values_list("account", flat=True))


def count_lists() -> Mapping[str, int]:
    """Returns how many accounts are in each list now, by its name."""
    rows = models.ListMember.objects.filter(until=None).values_list("name").annotate(count=Count("pk")).order_by("name")
    return dict(rows)


def _check_list(name: str) -> None:
    head, _, rest = name.rpartition(":")
    if head not in ("", "group") or not rest.isascii() or not rest.replace("-", "").isalnum() or len(rest) > 40:
        raise BadInput(
            N_("“{name}” is not the name of a list."), fix=N_("Write it as markets or group:B."), name=name[:60]
        )


def _refuse_unknown(accounts: Iterable[str], known: Collection[str]) -> None:
    for number, account in enumerate(accounts, 1):
        if account not in known:
            raise Missing(N_("The account “{id}” does not exist."), where=f"{number}", id=account[:64])
