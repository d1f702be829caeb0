"""Three days of a town's money in half a minute: payments with payback, refunds, expiry, a group that runs dry; then verify.

A day of the month before shows a campaign that pays for the increase of a month's spending.

`make demo-credits` runs it on a node of its own in a temporary folder, which is kept. The campaigns are those of
`bongsu campaign example`, with days around today and smaller budgets; the ledger's clock runs through the last three days.
"""

from __future__ import annotations

import os
import random
import re
import shlex
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bongsu.store.node import Node
from bongsu.web.django_setup import prepare_django

if TYPE_CHECKING:
    from bongsu.credits.ledger.commands import Outcome

ZONE = ZoneInfo("Asia/Seoul")
HOURS = range(8, 22)
PEOPLE, MERCHANTS, CATERERS = 900, 190, 10
WON_WALLETS = [f"w:{number:03}" for number in range(PEOPLE)] + [f"w:{number:03}:2" for number in range(50)]
EURO_WALLETS = [f"e:{number:03}" for number in range(50)]  # of people who also have a wallet in won
BUDGETS = {
    "gyeonggi-2025": "total = 60000000\ngroups = { Seongnam = 20000000, Siheung = 300000 }",  # Siheung runs dry
    "gyeonggi-2026": "total = 60000000",
    "hwaseong-2025": "total = 30000000",
    "sangsaeng-2025": "total = 5000000",  # of the month before
    "conference-meals": "total = 10000\ngroups = { speakers = 7500, volunteers = 2500 }",
}
INCREASE = "sangsaeng-2025"
PER_HOUR = 160  # payments
REFUNDS = 0.03


class Town:
    """What the demonstration did, and what happens in its hours."""

    def __init__(self) -> None:
        self.draw = random.Random(11)  # noqa: S311 (no secret)
        self.done: list[str] = []
        self.refunded: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.back = 0

    def pay(self) -> None:
        """Makes the payments and refunds of an hour."""
        for outcome in _send("town", [self._draw_payment() for _ in range(PER_HOUR)]):
            self.counts[f"payment {outcome.outcome}"] += 1
            self.back += sum(int(one["amount"]) for one in outcome.paybacks if one["campaign"] != "conference-meals")
            if outcome.is_done:
                self.done.append(outcome.id)
        again = [id for id in self.draw.sample(self.done, int(len(self.done) * REFUNDS)) if id not in self.refunded][:5]
        for outcome in _send("town", [{"do": "reverse", "of": id, "why": "refund"} for id in again]):
            self.counts[f"refund {outcome.outcome}"] += 1
        self.refunded.update(again)

    def _draw_payment(self) -> dict[str, object]:
        if self.draw.random() < 0.05:
            wallet, merchant = self.draw.choice(EURO_WALLETS), f"c:{self.draw.randrange(CATERERS)}"
            amount, unit = self.draw.randrange(500, 2500), "EUR"
        else:
            wallet, merchant = self.draw.choice(WON_WALLETS), f"m:{self.draw.randrange(MERCHANTS):03}"
            amount, unit = self.draw.randrange(50, 800) * 100, "KRW"
        return _transfer(wallet, merchant, amount, unit, campaigns=True)


def _transfer(debit: str, credit: str, amount: int, unit: str, **more: object) -> dict[str, object]:
    return {"do": "transfer", "debit": debit, "credit": credit, "amount": str(amount), "unit": unit, **more}


def _send(organisation: str, commands: Sequence[dict[str, object]]) -> list[Outcome]:
    from bongsu.credits.ledger.commands import read_commands
    from bongsu.credits.ledger.moves import Issuer
    from bongsu.credits.posting import post

    document = {"commands": [{"id": str(uuid.uuid4()), **one} for one in commands]}
    issuer = Issuer(organisation, "command demo", trusted=not organisation)
    return post(issuer, read_commands(document)) if commands else []


def _open_town(start: datetime) -> None:
    """Opens units, accounts, lists and the campaign that begins at `start`, and fills the wallets with own money."""
    from django.db import transaction

    from bongsu.credits import accounts, campaigns
    from bongsu.credits.campaign_months import set_baselines
    from bongsu.people.access import Actor

    actor = Actor.of_command("demo")
    merchants = [f"m:{number:03}" for number in range(MERCHANTS)]
    caterers = [f"c:{number}" for number in range(CATERERS)]
    with transaction.atomic():
        for unit, payees, wallets in (("KRW", merchants, WON_WALLETS), ("EUR", caterers, EURO_WALLETS)):
            accounts.open_unit(actor, unit)
            for id in payees:
                accounts.open_account(actor, id, unit, keeper="town")
            for id in wallets:
                person = ("person", id.split(":")[1])
                accounts.open_account(actor, id, unit, holder=person, keeper="town", lots=True)
    half = len(WON_WALLETS) // 2
    for name, members in {
        "markets": merchants,
        "small": merchants,
        "counted": merchants,
        "caterers": caterers,
        "group:Seongnam": WON_WALLETS[:half],
        "group:Siheung": WON_WALLETS[half:],
        "group:speakers": EURO_WALLETS[:30],
        "group:volunteers": EURO_WALLETS[30:],
    }.items():
        campaigns.add_members(actor, name, members)
    campaigns.open_campaign(actor, _write_campaign(INCREASE, BUDGETS[INCREASE], start))
    baselines = "".join(f"{id},10000\n" for id in WON_WALLETS[:PEOPLE])
    set_baselines(actor, INCREASE, f"wallet,amount\n{baselines}".encode())
    _fill([_transfer("issue:KRW", id, 200_000, "KRW") for id in WON_WALLETS])
    _fill([_transfer("issue:EUR", id, 20_000, "EUR") for id in EURO_WALLETS])


def _open_campaigns(first: datetime) -> None:
    """Computes the month before, opens the other campaigns, and gives a bonus that ends after two days."""
    from bongsu.credits import campaigns
    from bongsu.credits.campaign_months import settle_due_months
    from bongsu.people.access import Actor

    print(f"{first:%d %B}: the increase of the month before was computed for {settle_due_months()} people", flush=True)
    for name, budget in BUDGETS.items():
        if name != INCREASE:
            campaigns.open_campaign(Actor.of_command("demo"), _write_campaign(name, budget, first))
    ends = (first + timedelta(days=2)).isoformat()
    _fill([_transfer("issue:KRW", id, 20_000, "KRW", origin="bonus", until=ends) for id in WON_WALLETS])


def _fill(transfers: list[dict[str, object]]) -> None:
    for start in range(0, len(transfers), 500):
        _send("", transfers[start : start + 500])


def _write_campaign(name: str, budget: str, first: datetime) -> str:
    """Returns the file of an example with days from the first one on, and another budget."""
    from bongsu.credits.rules.examples import read_example_text

    end, spend = ((first + timedelta(days=days)).date().isoformat() for days in (40, 90))
    text = read_example_text(name)
    for old, new in (
        (r"^from = .*$", f"from = {first.date().isoformat()}"),
        (r"^to = .*$", f"to = {end}"),
        (r"^until = .*$", f"until = {spend}"),
        (r"^zone = .*$", 'zone = "Asia/Seoul"'),
        (r"^after_days = .*$", "after_days = 0"),
        (r"^total = .*$(\ngroups = .*$)?", budget),
    ):
        text = re.sub(old, new, text, count=1, flags=re.MULTILINE)
    return text if "\nstack = " in text else text.replace("\nunit = ", '\nstack = "all"\nunit = ', 1)


def main() -> int:
    """Runs the three days, verifies, and prints what to look at. The exit status is 1 if something does not hold."""
    os.environ.pop("BONGSU_DATABASE", None)  # the demonstration has records of its own
    node = Node.create(Path(tempfile.mkdtemp(prefix="bongsu-credits-")) / "node")
    prepare_django(node.root)
    from bongsu.credits import storage
    from bongsu.credits.models import Transfer
    from bongsu.credits.posting import sweep

    began = time.monotonic()
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    first, town = today - timedelta(days=3), Town()
    now = first.replace(day=1) - timedelta(hours=12)  # the last day of the month before
    with storage.use_clock(lambda: now):
        print(
            f"Opening {len(WON_WALLETS + EURO_WALLETS):,} wallets of {PEOPLE} people, 200 merchants, 5 campaigns",
            flush=True,
        )
        _open_town(now)
        town.pay()
        now = first
        _open_campaigns(first)
        for day in range(3):
            for hour in HOURS:
                now = first + timedelta(days=day, hours=hour)
                town.pay()
            sweep()
            expired = Transfer.objects.filter(kind="expiry").count()
            print(
                f"{now:%d %B}: {town.counts['payment done']:,} payments, {town.back:,} won paid back, "
                f"{town.counts['refund done']} refunds, {expired} lots expired",
                flush=True,
            )
    broken = _verify(node)
    _print_hints(node, first, time.monotonic() - began)
    return 1 if broken else 0


def _verify(node: Node) -> bool:
    from bongsu.credits.campaigns import list_budgets, read_rules
    from bongsu.credits.models import Campaign
    from bongsu.credits.verify import INVARIANTS, verify_ledger

    for row in Campaign.objects.order_by("pk"):
        for line in list_budgets(row, rules := read_rules(row)):
            state = "" if line.left else ": dry"
            named = f"{rules.id} {line.group}".strip()
            print(f"  {named:<30}{line.paid:>12,} of {line.budget:>12,} {rules.unit.code} steps{state}")
    verification = verify_ledger(node.journal)
    print(f"Verified {verification.transfers:,} transfers: ", end="")
    print(verification.breaches or f"all {len(INVARIANTS)} invariants hold.")
    return bool(verification.breaches)


def _print_hints(node: Node, first: datetime, seconds: float) -> None:
    from bongsu.credits.models import Transfer

    at = f"--node {shlex.quote(str(node.root))}"
    paid = Transfer.objects.filter(kind="payback", campaign="gyeonggi-2025").order_by("number").first()
    taken = Transfer.objects.filter(kind="take-back").order_by("number").first()
    print(f"\n{seconds:.0f} s. The node is kept in {node.root}; delete the folder when you are done.\n")
    if paid is not None:
        print(f"Where did {paid.amount:,} won come from?    bongsu credits trace {paid.number} {at}")
        print(f"When do they end?              bongsu credits balance {paid.credit_id} {at}")
    if taken is not None:
        print(f"Why were {taken.amount:,} won taken back? bongsu credits trace {taken.number} {at}")
    print(f"Does the ledger hold?          bongsu credits verify {at}")
    print(f"What did a shop take in?       bongsu credits takings m:000 --month {first:%Y-%m} {at}")
    print(f"Pages: bongsu user add --operator you@example.org {at}")
    print(f"       bongsu user grant you@example.org auditor {at}; bongsu serve {at}")
    for path in ("audit/", "campaigns/gyeonggi-2025/", f"accounts/m:000/takings/?month={first:%Y-%m}"):
        print(f"       http://localhost:8000/en/credits/{path}")


if __name__ == "__main__":
    raise SystemExit(main())
