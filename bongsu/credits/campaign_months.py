"""What `bongsu tend` does for campaigns: computes months that are due and closes campaigns; and sets baselines.

Baselines come from a file of an office: one amount for each wallet's person, with the file's SHA-256 in the audit. If the
campaign names the office's key, the file counts only with the signature of that key.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bongsu.core.errors import N_, BadInput
from bongsu.core.text_files import decode_text
from bongsu.credits import models, storage
from bongsu.credits.campaigns import close_campaign, find_campaign, list_due_campaigns, read_rules
from bongsu.credits.ledger.increase import list_due_months
from bongsu.credits.settlement import settle_months
from bongsu.credits.units import parse_amount
from bongsu.people.access import Actor
from bongsu.people.actions import act


def settle_due_months(now: datetime | None = None) -> int:
    """Computes the months that are due, in batches, and returns how many people's months were computed.

    Killed in the middle it goes on where it was: a month of a person is computed once.
    """
    done = 0
    for row in models.Campaign.objects.exclude(state="closed").order_by("pk"):
        rules = read_rules(row)
        months = list_due_months(rules, rules.find_day(now or storage.read_time()))
        done += settle_months(row.pk, months)
    return done


def close_due_campaigns(now: datetime | None = None) -> int:
    """Closes the campaigns whose days for refunds have passed, and returns how many."""
    due = list_due_campaigns(now)
    for row in due:
        close_campaign(Actor.of_duty("campaigns"), row.pk, "the days for refunds have passed")
    return len(due)


def set_baselines(actor: Actor, campaign: str, content: bytes, where: str = "", signature: bytes | None = None) -> int:
    """Sets what people spent in a month before, from a CSV file with the columns wallet and amount; returns how many.

    A file is taken whole or not at all. Raises BadInput with its line, or without the signature that the campaign asks for;
    Missing, Refused.
    """
    rules = read_rules(find_campaign(campaign))
    _check_signature(rules.baselines_key, content, signature)
    digest = hashlib.sha256(content).hexdigest()
    amounts: dict[str, int] = {}
    reader = csv.DictReader(io.StringIO(decode_text(content, where)))
    if not {"wallet", "amount"} <= set(reader.fieldnames or ()):
        raise BadInput(N_("The file needs the columns “wallet” and “amount”."), where=where)
    rows = [(reader.line_num, row["wallet"] or "", row["amount"] or "") for row in reader]
    accounts = models.Account.objects.in_bulk({wallet for _, wallet, _ in rows})
    for line, wallet, text in rows:
        place = f"{where}, {line}" if where else str(line)
        if wallet not in accounts:
            raise BadInput(N_("The account “{id}” does not exist."), where=place, id=wallet[:64])
        try:
            amount = 0 if text.strip() == "0" else parse_amount(text, rules.unit)
        except BadInput as wrong:
            wrong.where = place
            raise
        person = storage.name_person(accounts[wallet])
        if amounts.setdefault(person, amount) != amount:
            raise BadInput(N_("The file has two amounts for the holder of “{id}”."), where=place, id=wallet)
    with act(actor, "credits.set-baselines") as change:
        storage.lock_book()
        if models.Receipt.objects.filter(campaign=campaign, payment=None).exists():
            raise BadInput(N_("A month of the campaign was computed already: its baselines stay."))
        models.Baseline.objects.filter(campaign=campaign).delete()
        models.Baseline.objects.bulk_create(
            models.Baseline(campaign=campaign, person=person, amount=amount, file=digest)
            for person, amount in amounts.items()
        )
        change.after = {"campaign": campaign, "people": len(amounts), "sha256": digest, "key": rules.baselines_key}
    return len(amounts)


def _check_signature(key: str, content: bytes, signature: bytes | None) -> None:
    """Raises BadInput if a file lacks the Ed25519 signature of a key, or has one although no key is named."""
    if not key and signature is None:
        return
    if not key:
        raise BadInput(
            N_("The campaign names no key: the signature could not be checked."),
            fix=N_("Name it in the campaign’s file: baselines.signed_by."),
        )
    if signature is None:
        raise BadInput(
            N_("The campaign takes a signed file only."), fix=N_("Give the file with its signature: --signature.")
        )
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, content)
    except (InvalidSignature, ValueError):
        raise BadInput(
            N_("The file was not signed with the campaign’s key, or was changed since."),
            fix=N_("Ask the office that signed it for the file and its signature again."),
        ) from None
