"""The pages of who holds accounts: what is in one, a payment with what came back for it and why, and a shop's takings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bongsu.credits.balances import read_balance
from bongsu.credits.statements import (
    PER_PAGE,
    find_readable_account,
    find_statement,
    list_held_accounts,
    list_history,
    list_parts,
    target_of_account,
)
from bongsu.credits.takings import find_paid_account, list_paid_accounts, read_takings, write_csv
from bongsu.people.access import may


@require_safe
def list_accounts(request: Any) -> HttpResponse:
    """Shows the accounts of the signed-in person and of her organisations."""
    held = list_held_accounts(request.actor)
    rows = [one for one in held if may(request.actor, "credits.read-account", target_of_account(one))]
    return render(request, "credits/accounts.html", {"rows": rows, "paid": list_paid_accounts(request.actor)})


@require_safe
def show_account(request: Any, id: str) -> HttpResponse:
    """Shows what is in an account, by origin and end, and its transfers; the newest first."""
    account = find_readable_account(request.actor, id)
    balance = read_balance(account)
    before = request.GET.get("before", "")
    is_number = before.isascii() and before.isdecimal() and len(before) < 19
    rows = list_history(account, int(before) if is_number else None)
    context = {
        "account": account,
        "balance": balance,
        "parts": list_parts(balance),
        "rows": rows,
        "older": rows[-1].number if len(rows) == PER_PAGE else None,
    }
    return render(request, "credits/account.html", context)


@require_safe
def show_receipt(request: Any, id: str, number: int) -> HttpResponse:
    """Shows a payment: where its amount came from, what campaigns paid back and why not more, and its refunds."""
    account = find_readable_account(request.actor, id)
    return render(request, "credits/receipt.html", {"account": account, "one": find_statement(account, number)})


@require_safe
def show_takings(request: Any, id: str) -> HttpResponse:
    """Shows what an account of an organisation took in during a month, by day and by campaign."""
    takings = read_takings(find_paid_account(request.actor, id), request.GET.get("month", ""))
    context = {
        "takings": takings,
        "before": (takings.month - timedelta(days=1)).replace(day=1),
        "after": (takings.month + timedelta(days=31)).replace(day=1),
        "may_read": may(request.actor, "credits.read-account", target_of_account(takings.account)),
    }
    return render(request, "credits/takings.html", context)


@require_safe
def export_takings(request: Any, id: str) -> HttpResponse:
    """Returns the days of a month's takings as CSV."""
    takings = read_takings(find_paid_account(request.actor, id), request.GET.get("month", ""))
    name = f"{id.replace(':', '-')}-{takings.month:%Y-%m}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(write_csv(takings), content_type="text/csv; charset=utf-8", headers=headers)
