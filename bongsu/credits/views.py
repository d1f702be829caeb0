"""The ledger's interface for machines: POST /credits/v1/commands, an account with its transfers, and the export.

A request needs an organisation's token. A call that is refused stores nothing; otherwise each command has an outcome, which is
kept: who sends the same id again gets it again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.credits import balances, models, storage
from bongsu.credits.export import write_beancount
from bongsu.credits.ledger.commands import is_storable, read_commands
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.outcomes import describe_balance, describe_outcome, describe_transfer
from bongsu.credits.posting import post
from bongsu.credits.quotes import quote_payment
from bongsu.credits.units import MAX_AMOUNT
from bongsu.people.access import SignInFirst, Target, may, require


@csrf_exempt
@require_POST
def receive_commands(request: Any) -> JsonResponse:
    """POST /credits/v1/commands: decides at most 1,000 commands and returns the outcome of each."""
    if request.organisation is None:
        raise SignInFirst(
            N_("Sending commands requires an organisation’s token."),
            fix=N_("Send the header “Authorization: Bearer” with your token; the node’s operator issues it."),
        )
    name = request.organisation.name
    require(request.actor, "credits.send", Target("organisation", name, organisation=name))
    try:
        document = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise BadInput(N_("The body is not valid JSON: {reason}."), reason=str(wrong)) from None
    outcomes = post(Issuer(name, request.actor.name), read_commands(document))
    return _answer({"outcomes": [describe_outcome(outcome, gettext, get_language() or "en") for outcome in outcomes]})


@require_safe
def show_account(request: HttpRequest, id: str) -> JsonResponse:
    """GET /credits/v1/accounts/ID: the balance now; with `as_of` (and `by`: at or effective), what was in it at a moment."""
    account = _find(request, id)
    if not request.GET.get("as_of"):
        return _answer(describe_balance(balances.read_balance(account)))
    moment, by = _read_moment(request.GET["as_of"]), request.GET.get("by", "at")
    posted = balances.read_balance_at(account, moment, by)
    return _answer(
        {"account": id, "unit": account.unit_id, "as_of": moment.isoformat(), "by": by, "posted": str(posted)}
    )


@require_safe
def list_account_transfers(request: HttpRequest, id: str) -> JsonResponse:
    """GET /credits/v1/accounts/ID/transfers: at most 200 in order, with numbers above `after`; a page never changes."""
    account = _find(request, id)
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 19):
        raise BadInput(N_("“{text}” is not the number of a transfer."), where="after", text=after[:40])
    rows = balances.list_transfers(account, int(after))
    next_page = rows[-1].number if len(rows) == balances.PER_PAGE else None
    return _answer({"transfers": [describe_transfer(row) for row in rows], "next": next_page})


@require_safe
def export_beancount(request: HttpRequest) -> StreamingHttpResponse:
    """GET /credits/v1/export.beancount: the whole ledger, or one `unit` of it, as text that beancount reads."""
    return StreamingHttpResponse(
        write_beancount(request.GET.get("unit", "")),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="ledger.beancount"', "Cache-Control": "no-store"},
    )


@require_safe
def quote(request: HttpRequest, id: str) -> JsonResponse:
    """GET /credits/v1/campaigns/ID/quote: what a payment of `amount` (in steps) from `wallet` would get back, and why not more.

    `at` is its moment (default: now), `merchant` who is paid (default: one that counts), `channel` how.
    """
    asked = request.GET
    wallet, amount = _find(request, asked.get("wallet", "")), asked.get("amount", "")
    if not (amount.isascii() and amount.isdecimal() and len(amount) <= 16 and 0 < int(amount) <= MAX_AMOUNT):
        raise BadInput(N_("“{value}” is not a valid amount."), where="amount", value=amount[:40])
    moment = _read_moment(asked["at"], "at") if asked.get("at") else storage.read_time()
    outcome = quote_payment(id, wallet, int(amount), moment, asked.get("merchant", ""), asked.get("channel", ""))
    document = describe_outcome(outcome, gettext, get_language() or "en")
    return _answer({name: value for name, value in document.items() if name not in ("id", "transfers")})


def _find(request: Any, id: str) -> models.Account:
    """Returns an account that the actor may see. Raises Missing for one that she may not: they are nobody's business."""
    account: models.Account | None = models.Account.objects.filter(pk=id).first()
    keeper = account.keeper if account else ""
    if account is None or not may(request.actor, "credits.see-account", Target("account", id, organisation=keeper)):
        raise Missing(N_("The account “{id}” does not exist."), id=id[:64])
    return account


def _read_moment(text: str, where: str = "as_of") -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 (refused below: it has no zone)
    if moment.tzinfo is None or not is_storable(moment):
        raise BadInput(
            N_("“{text}” is not a moment with its zone."),
            where=where,
            fix=N_("Write it as 2027-03-06T12:00:00Z."),
            text=text[:40],
        )
    return moment


def _answer(document: dict[str, Any]) -> JsonResponse:
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = "no-store"
    return response
