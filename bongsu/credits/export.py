"""Writes the ledger as plain text that beancount reads: every transfer with its metadata, and the balances that must result.

- An account is Assets:… (those of units: Equity:…) by the parts of its id. A part that begins with a small letter or X gets an
  X before it; “.”, “_” and “-” become -2e, -5f and -2d. So two ids never become one account, and an id can be read back.
- Amounts of a unit with 10, 100 ... steps are exact decimals (12.34 EUR). Others are counted in steps, under a name of their
  own: 3600 GPUH-H100-STEP are one GPU hour of an H100, which a decimal cannot always say exactly.
- Days are those of UTC, when a transfer was recorded. Holds move nothing, and are left out.
- `balance` lines have what is in the accounts, not sums of what is written here, and are checked on the day after the last one.

Accounts and transfers are read in parts: a large ledger needs no more memory than a small one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from django.db.models import Subquery

from bongsu.core.errors import N_, unknown_name
from bongsu.credits import models
from bongsu.credits.accounts import SYSTEM_ACCOUNTS
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import Unit, format_amount


def write_beancount(unit: str = "") -> Iterator[str]:
    """Returns the lines of a unit's transfers and accounts, or of all. Raises UnknownName for a unit that is not counted."""
    counted = list(models.Unit.objects.order_by("code").values_list("code", flat=True))
    if unit and unit not in counted:
        raise unknown_name(N_("unit"), unit, counted)
    return _write([unit] if unit else counted)


def _write(codes: list[str]) -> Iterator[str]:
    units = {code: known_units()[code] for code in codes}
    for code, one in units.items():
        yield f'1970-01-01 commodity {_name_commodity(one)}\n  unit: "{code}"\n  steps: {one.steps}\n'
    rows = models.Transfer.objects.order_by("number")
    first = rows.values_list("at", flat=True).first()
    # Balances and the last number by one statement: what is recorded meanwhile is in neither.
    last = Subquery(models.Head.objects.values("transfer")[:1])
    number, end = 0, date.min
    for account in models.Account.objects.filter(unit__in=codes).annotate(last=last).order_by("id").iterator():
        if account.last and not number:
            number = account.last
            end = _day(models.Transfer.objects.get(number=number).at)
        opened = _day(min(account.opened, first or account.opened))
        checked = max(opened, end) + timedelta(days=1)
        amount, _, commodity = _format(account.posted, units[account.unit_id]).partition(" ")
        yield f'\n{opened} open {name_account(account.id)} {commodity}\n  id: "{account.id}"\n'
        yield f"{checked} balance {name_account(account.id)} {amount} ~ 0 {commodity}\n"
    for row in rows.filter(unit__in=codes, number__lte=number, state__in=("posted", "post")).iterator():
        yield _write_transfer(row, units[row.unit])


def _write_transfer(row: models.Transfer, unit: Unit) -> str:
    values = {
        "number": row.number,
        "id": _quote(row.id),
        "organisation": _quote(row.organisation),
        "kind": _quote(row.kind),
        "group": _quote(row.group),
        "memo": _quote(row.memo),
        "actor": _quote(row.actor),
        "at": _quote(row.at.astimezone(UTC).isoformat()),
        "effective": _day(row.effective),
        "of": row.of,
        "reverses": row.reverses,
    }
    metadata = "".join(f"  {name}: {value}\n" for name, value in values.items() if value not in (None, '""'))
    return (
        f"\n{_day(row.at)} * {_quote(row.memo or row.kind)}\n{metadata}"
        f"  {name_account(row.debit_id)}  {_format(-row.amount, unit)}\n"
        f"  {name_account(row.credit_id)}  {_format(row.amount, unit)}\n"
    )


def name_account(id: str) -> str:
    """Returns the name of an account in the export."""
    root = "Equity" if id.partition(":")[0] in SYSTEM_ACCOUNTS else "Assets"
    return ":".join((root, *map(_name_part, id.split(":"))))


def _name_part(part: str) -> str:
    written = re.sub("[^A-Za-z0-9]", lambda found: f"-{ord(found[0]):02x}", part)
    return written if re.match("[A-WYZ0-9]", written) else f"X{written}"


def _is_decimal(unit: Unit) -> bool:
    return re.fullmatch("10*", str(unit.steps)) is not None


def _name_commodity(unit: Unit) -> str:
    return unit.code if _is_decimal(unit) else f"{unit.code}-STEP"


def _format(steps: int, unit: Unit) -> str:
    return format_amount(steps, unit) if _is_decimal(unit) else f"{steps} {_name_commodity(unit)}"


def _quote(text: str) -> str:
    """Returns a string of beancount on one line."""
    return '"' + re.sub(r'(["\\])', r"\\\1", re.sub(r"\s+", " ", text)) + '"'


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
