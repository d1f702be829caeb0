"""Says what a campaign would pay back for a payment, and why not more, without making the payment."""

from __future__ import annotations

import uuid
from datetime import datetime

from bongsu.core.errors import N_, BadInput
from bongsu.credits import campaign_storage, models, storage
from bongsu.credits.accounts import find_account
from bongsu.credits.campaigns import find_campaign
from bongsu.credits.ledger.book import Account, Book
from bongsu.credits.ledger.commands import Outcome, TransferCommand
from bongsu.credits.ledger.decide import decide, expire_lots
from bongsu.credits.ledger.moves import Issuer

_ANY_MERCHANT = "any:merchant"  # stands for one that counts


def quote_payment(
    campaign: str, wallet: models.Account, amount: int, at: datetime, merchant: str = "", channel: str = ""
) -> Outcome:
    """Returns what the ledger would decide on a payment at a moment, with this campaign alone: with `paybacks`, or why not.

    Without a merchant, one is meant that counts. Raises Missing, BadInput for an amount that no transfer can have.
    """
    row = find_campaign(campaign)
    if wallet.unit_id != row.unit_id:
        raise BadInput(N_("The account “{id}” counts another unit than the campaign."), id=wallet.pk)
    if row.state != "open":
        raise BadInput(N_("The campaign “{id}” is not open."), id=campaign)
    book = Book(at)
    needed = campaign_storage.read_campaigns(book, paying=False, named={campaign})
    storage.read_accounts(book, needed | {wallet.pk} | ({find_account(merchant).pk} if merchant else set()))
    running = book.campaigns[campaign]
    if not merchant:
        merchant = _ANY_MERCHANT
        book.accounts[merchant] = Account(merchant, wallet.unit_id, "", None, False)
        book.lists.setdefault(running.rules.merchants, set()).add(merchant)
    campaign_storage.read_tallies(book)
    expire_lots(book, [wallet.pk])
    command = TransferCommand(
        id=uuid.uuid4(),
        debit=wallet.pk,
        credit=merchant,
        amount=str(amount),
        unit=wallet.unit_id,
        campaigns=True,
        channel=channel,
    )
    (outcome,) = decide(book, Issuer("", "quote", trusted=True), [command], {})
    return outcome
