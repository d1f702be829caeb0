"""Reads the payments and the lists of a trial from CSV. A file with one wrong row is refused whole, with the row's line.

Columns of payments: at, wallet, merchant, amount; and optional person, group, lists, channel, id, refund_of and one for each
origin (own, bonus, paid-back, grant, usage-correction). Columns of lists: list, account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.credits.ledger.commands import is_storable
from bongsu.credits.rules.document import Campaign, Origin
from bongsu.credits.units import format_amount, parse_amount
from bongsu.store.tables.csv_lines import read_csv_lines

MOST_ROWS = 200_000
OWN_ACCOUNTS = ("issue", "expired", "receivable")  # purposes of the unit's own accounts in a trial
ORIGINS: tuple[str, ...] = get_args(Origin)
_NEEDED = ("at", "wallet", "merchant", "amount")
_KNOWN = (*_NEEDED, "person", "group", "lists", "channel", "id", "refund_of", *ORIGINS)
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A payment, or a refund of the row `refund_of`; `amount` is None where all that is left is refunded."""

    line: int
    id: str
    at: datetime
    wallet: str
    merchant: str
    amount: int | None
    person: str
    group: str = ""
    lists: tuple[str, ...] = ()
    channel: str = ""
    refund_of: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)  # the amount by origin


def read_payments(text: str, campaign: Campaign, where: str, *, has_lists: bool = False) -> list[Row]:
    """Returns the payments of a file in the order of their moments. Raises BadInput with the line.

    `has_lists`: whether a file of lists says which merchants count.
    """
    rows: list[Row] = []
    for line, cells in _read_cells(text, where, _NEEDED, _KNOWN):
        if campaign.merchants and not has_lists and "lists" not in cells:
            raise BadInput(
                N_("Only merchants of the list “{list}” count, but the file does not say which ones are in it."),
                where=f"{where}, line 1",
                fix=N_("Add a column “lists”, or name a file with --lists."),
                list=campaign.merchants,
            )
        try:
            rows.append(_read_row(line, cells, campaign))
        except BadInput as wrong:
            wrong.where = f"{where}, line {line}" + (f", {wrong.where}" if wrong.where else "")
            raise
    rows.sort(key=lambda row: row.at)
    _check_references(rows, where)
    return rows


def read_lists(text: str, campaign: Campaign, where: str) -> dict[str, set[str]]:
    """Returns the accounts of each list of a file. Raises BadInput with the line."""
    lists: dict[str, set[str]] = {}
    for line, cells in _read_cells(text, where, ("list", "account"), ("list", "account")):
        if cells["list"] not in campaign.list_names:
            raise unknown_name(N_("list"), cells["list"], campaign.list_names, where=f"{where}, line {line}")
        lists.setdefault(cells["list"], set()).add(cells["account"])
    return lists


def _read_cells(
    text: str, where: str, needed: tuple[str, ...], known: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields the number of each line and its cells by column."""
    lines = read_csv_lines(text, where)
    _, heading = next(lines, (1, []))
    for name in heading:
        if name not in known:
            raise unknown_name(N_("column"), name, known, where=f"{where}, line 1")
    missing = [name for name in needed if name not in heading]
    if missing or len(set(heading)) < len(heading):
        raise BadInput(
            N_("The heading must have each of these columns once: {columns}."),
            where=f"{where}, line 1",
            columns=", ".join(missing or heading),
        )
    for number, (line, cells) in enumerate(lines):
        if number >= MOST_ROWS:
            raise BadInput(N_("The file has more than {most} rows."), where=where, most=MOST_ROWS)
        yield line, dict(zip(heading, cells, strict=True))


def _read_row(line: int, cells: Mapping[str, str], campaign: Campaign) -> Row:
    refund_of, group = cells.get("refund_of", ""), cells.get("group", "")
    for name in ("wallet", "merchant"):
        if not _ACCOUNT.fullmatch(cells[name]):
            raise BadInput(N_("“{value}” is not a valid account id."), where=name, value=cells[name][:80])
        if (purpose := cells[name].partition(":")[0]) in (*OWN_ACCOUNTS, "campaign"):
            raise BadInput(
                N_("Ids that begin with “{purpose}:” are those of the ledger’s own accounts."),
                where=name,
                purpose=purpose,
            )
    if cells["wallet"] == cells["merchant"]:
        raise BadInput(N_("The wallet and the merchant are the same account."))
    if group and group not in campaign.group_names:
        raise unknown_name(N_("group"), group, campaign.group_names, where="group")
    amount = None if refund_of and not cells["amount"] else _read_amount(cells, "amount", campaign)
    parts = {
        origin: _read_amount(cells, origin, campaign) for origin in ORIGINS if cells.get(origin, "") not in ("", "0")
    }
    if not refund_of and amount is not None:
        parts = parts or {"own": amount}
        if sum(parts.values()) != amount:
            raise BadInput(
                N_("The amounts by origin add up to {sum}, not to {amount}."),
                sum=format_amount(sum(parts.values()), campaign.unit),
                amount=format_amount(amount, campaign.unit),
            )
    return Row(
        line,
        cells.get("id", "") or str(line),
        _read_moment(cells["at"], campaign),
        cells["wallet"],
        cells["merchant"],
        amount,
        cells.get("person", "") or cells["wallet"],
        group,
        tuple(re.findall(r"[^\s;,]+", cells.get("lists", ""))),
        cells.get("channel", ""),
        refund_of,
        parts,
    )


def _read_amount(cells: Mapping[str, str], name: str, campaign: Campaign) -> int:
    try:
        return parse_amount(cells[name], campaign.unit)
    except BadInput as wrong:
        wrong.where = name
        raise


def _read_moment(text: str, campaign: Campaign) -> datetime:
    """Returns a moment; one without a zone is in the campaign's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            N_("“{text}” is not a moment."), where="at", fix=N_("Write it as 2027-03-06T12:00:00Z."), text=text[:40]
        ) from None
    if not is_storable(moment):
        raise BadInput(N_("“{text}” is not a moment."), where="at", text=text[:40])
    return moment if moment.tzinfo else moment.replace(tzinfo=campaign.zone)


def _check_references(rows: list[Row], where: str) -> None:
    """Raises BadInput for an id that is there twice, a refund of nothing, and a wallet of two persons or groups."""
    payments: dict[str, Row] = {}
    wallets: dict[str, Row] = {}
    for row in rows:
        here = f"{where}, line {row.line}"
        if row.id in payments:
            raise BadInput(N_("The id “{id}” is there twice."), where=here, id=row.id[:80])
        first = wallets.setdefault(row.wallet, row)
        if (first.person, first.group) != (row.person, row.group):
            raise BadInput(
                N_("The wallet “{wallet}” has another person or group on line {line}."),
                where=here,
                wallet=row.wallet,
                line=first.line,
            )
        if row.refund_of:
            payment = payments.get(row.refund_of)
            if payment is None or payment.refund_of:
                raise BadInput(N_("There is no earlier payment “{id}” to refund."), where=here, id=row.refund_of[:80])
            if (payment.wallet, payment.merchant) != (row.wallet, row.merchant):
                raise BadInput(N_("A refund has the wallet and the merchant of its payment."), where=here)
        payments[row.id] = row
