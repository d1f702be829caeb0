"""Opens units, accounts and rates, freezes and closes accounts, and closes periods: each is one action with its audit line.

They lock the ledger like posting does, so that no command is decided on an account that is being changed.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from django.db.models import Q

from bongsu.core.errors import N_, BadInput, Missing, unknown_name
from bongsu.credits import models, storage
from bongsu.credits.unit_table import known_units
from bongsu.people.access import Actor
from bongsu.people.actions import act

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z", re.ASCII)
HOLDERS = ("person", "organisation", "project")  # campaigns open their own account
# What a unit's own accounts are for, and the least of each (None: no limit).
SYSTEM_ACCOUNTS = {"issue": None, "burn": 0, "expired": 0, "conversion": None, "receivable": None, "rounding": None}


def open_unit(actor: Actor, code: str) -> models.Unit:
    """Begins to count a unit of units.csv, with its own accounts; one that is counted is returned as it is. Raises Refused."""
    unit = known_units().get(code)
    if unit is None:
        raise unknown_name(N_("unit"), code, known_units())
    with act(actor, "credits.open-unit") as change:
        storage.lock_book()
        row, is_new = models.Unit.objects.get_or_create(code=code, defaults={"kind": unit.kind, "steps": unit.steps})
        for purpose, least in SYSTEM_ACCOUNTS.items() if is_new else ():
            models.Account.objects.create(
                id=f"{purpose}:{code}", unit=row, holder_kind="system", purpose=purpose, least=least
            )
        change.after = {"unit": code}
    return row


def open_account(
    actor: Actor,
    id: str,
    unit: str,
    *,
    holder: tuple[str, str] = ("organisation", ""),
    purpose: str = "",
    keeper: str = "",
    least: int | None = 0,
    lots: bool = False,
) -> models.Account:
    """Opens an account. `least` is the lowest balance in steps (None: no limit); an account with lots has 0.

    Raises BadInput for an id that is taken or not usable, a unit that is not counted, or a limit with lots; Refused.
    """
    if not _ACCOUNT.match(id):
        raise BadInput(
            N_("“{id}” is not a valid account id."),
            fix=N_("Use letters, digits and . _ : - after a first letter or digit, 64 at most."),
            id=id[:80],
        )
    if id.partition(":")[0] in (*SYSTEM_ACCOUNTS, "campaign"):
        raise BadInput(
            N_("Ids that begin with “{purpose}:” are those of the ledger’s own accounts."), purpose=id.partition(":")[0]
        )
    if holder[0] not in HOLDERS:
        raise unknown_name(N_("kind of holder"), holder[0], HOLDERS)
    if lots and least != 0:
        raise BadInput(N_("An account with lots can spend what is in them: its limit is 0."))
    if least is not None and least > 0:
        raise BadInput(N_("An account that must keep an amount could not be opened empty: the limit is 0 or below."))
    with act(actor, "credits.open-account") as change:
        storage.lock_book()
        if not models.Unit.objects.filter(code=unit).exists():
            raise unknown_name(N_("unit"), unit, models.Unit.objects.values_list("code", flat=True))
        if models.Account.objects.filter(pk=id).exists():
            raise BadInput(N_("The account “{id}” exists already."), id=id)
        row: models.Account = models.Account.objects.create(
            id=id,
            unit_id=unit,
            holder_kind=holder[0],
            holder=holder[1],
            purpose=purpose[:200],
            keeper=keeper,
            least=least,
            lots=lots,
        )
        change.after = {"account": id, "unit": unit, "holder": " ".join(holder), "keeper": keeper}
    return row


def find_account(id: str) -> models.Account:
    """Returns an account. Raises Missing."""
    row: models.Account | None = models.Account.objects.filter(pk=id).first()
    if row is None:
        raise Missing(N_("The account “{id}” does not exist."), id=id[:64])
    return row


def set_frozen(actor: Actor, id: str, frozen: bool, why: str) -> None:
    """Freezes an account, from which nothing can leave then, or opens one again. Raises Missing, BadInput, Refused.

    A closed account is opened again when a refund must go to it.
    """
    _set_state(actor, "credits.freeze-account", id, "frozen" if frozen else "open", why)


def close_account(actor: Actor, id: str, why: str = "") -> None:
    """Closes an account: nothing comes in or leaves. Raises BadInput if something is in it or held, Missing, Refused."""
    _set_state(actor, "credits.close-account", id, "closed", why)


def _set_state(actor: Actor, action: str, id: str, state: str, why: str) -> None:
    with act(actor, action, why=why) as change:
        storage.lock_book()
        row = find_account(id)
        if row.holder_kind == "system" or (row.state == "closed" and state != "open"):
            raise BadInput(N_("The account “{id}” cannot be changed."), id=id)
        if state == "closed" and _is_of_campaign(row):
            raise BadInput(N_("The account “{id}” is needed by a campaign that is not closed."), id=id)
        if state == "closed" and (row.posted or row.held):
            raise BadInput(N_("The account “{id}” is not empty."), fix=N_("Move what is in it first."), id=id)
        change.before, change.after = {"account": id, "state": row.state}, {"account": id, "state": state}
        row.state = state
        row.save(update_fields=["state"])


def _is_of_campaign(row: models.Account) -> bool:
    """Whether the money of a campaign that is not closed is in an account, or will return to it."""
    of_campaign = Q(account=row.pk) | Q(source=row.pk)
    return models.Campaign.objects.filter(of_campaign).exclude(state="closed").exists()


def close_period(actor: Actor, unit: str, until: datetime, why: str = "") -> None:
    """Closes the time before `until`: no transfer of the unit takes effect in it. Raises BadInput, UnknownName, Refused."""
    with act(actor, "credits.close-period", why=why) as change:
        book = storage.lock_book()
        row = models.Unit.objects.filter(code=unit).first()
        if row is None:
            raise unknown_name(N_("unit"), unit, models.Unit.objects.values_list("code", flat=True))
        if until > book.now or (row.closed_until and until < row.closed_until):
            raise BadInput(N_("A period ends in the past, and after the one that was closed last."))
        change.before = {"unit": unit, "closed": row.closed_until and row.closed_until.isoformat()}
        change.after = {"unit": unit, "closed": until.isoformat()}
        row.closed_until = until
        row.save(update_fields=["closed_until"])


def set_rate(
    actor: Actor, source: str, target: str, rate: tuple[int, int], from_day: date, reference: str
) -> models.Exchange:
    """Sets the rate from a day on: `rate` is (numerator, denominator) in steps. Raises BadInput, UnknownName, Refused."""
    numerator, denominator = rate
    if source == target or numerator < 1 or denominator < 1 or not reference.strip():
        raise BadInput(N_("A rate needs two units, two whole numbers above 0, and a source."))
    with act(actor, "credits.set-rate") as change:
        book = storage.lock_book()
        if from_day < book.now.date():
            raise BadInput(N_("A rate starts today or later: what was exchanged stays as it was."))
        units = {row.code: row for row in models.Unit.objects.filter(code__in=(source, target))}
        for code in (source, target):
            if code not in units:
                raise unknown_name(N_("unit"), code, models.Unit.objects.values_list("code", flat=True))
        row, is_new = models.Exchange.objects.get_or_create(
            source=units[source],
            target=units[target],
            from_day=from_day,
            defaults={"numerator": numerator, "denominator": denominator, "reference": reference},
        )
        if not is_new:
            raise BadInput(N_("There is a rate from that day already."))
        change.after = {"rate": f"{numerator}/{denominator}", "source": source, "target": target, "from": str(from_day)}
    return row
