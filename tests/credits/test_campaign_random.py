"""Random payments, refunds, spends, editions and clock steps beside a naive model of paybacks: the same amounts, no breach."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from bongsu.credits import accounts, campaigns
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, Clock, buy, pay, send
from tests.credits.spring import SPRING

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
STEPS = ((100_000, 15_000), (50_000, 6_000), (30_000, 3_000))
GROUPS = {"w:kim": "A", "w:kim-b": "B", "w:lee": "A"}
BUDGETS = ((25_000, 20_000), (60_000, 40_000), (90_000, 90_000))  # of A and B, by edition
AMOUNTS = (29_999, 30_000, 49_999, 50_000, 99_999, 100_000)


def _find_step(base: int) -> int:
    return next((amount for least, amount in STEPS if base >= least), 0)


class Model:
    """Paybacks as a list of payments, with the base and what was paid back of each; every limit is a sum over it."""

    def __init__(self, join: str) -> None:
        self.join, self.budgets = join, BUDGETS[0]
        self.payments: list[dict[str, Any]] = []

    def _sum(self, **wanted: str) -> int:
        return sum(one["paid"] for one in self.payments if wanted.items() <= one.items())

    def _joined(self, one: dict[str, Any]) -> list[dict[str, Any]]:
        keys = {"day": ("person", "group", "day"), "visit": ("person", "group", "day", "shop"), "none": ()}[self.join]
        return [each for each in self.payments if keys and all(each[key] == one[key] for key in keys)]

    def pay(self, wallet: str, shop: str, day: str, base: int) -> int:
        one = {"person": wallet[:5], "group": GROUPS[wallet], "shop": shop, "day": day, "base": base, "paid": 0}
        before = sum(each["base"] for each in self._joined(one))
        lefts = [
            _find_step(before + base) - _find_step(before),
            40_000 - self._sum(person=one["person"]),
            self.budgets["AB".index(one["group"])] - self._sum(group=one["group"]),
        ]
        if one["group"] == "A":
            lefts.append(15_000 - self._sum(person=one["person"], group="A", day=day))
        one["paid"] = max(0, min(lefts))
        self.payments.append(one)
        return int(one["paid"])

    def refund(self, place: int, amount: int) -> int:
        one = self.payments[place]
        one["base"] -= amount
        parts = self._joined(one) or [one]
        paid = sum(each["paid"] for each in parts)
        taken: int = max(0, paid - _find_step(sum(each["base"] for each in parts)))
        one["paid"] -= taken
        return -taken


def _edition(join: str, budgets: tuple[int, int]) -> str:
    text = SPRING.replace("spring-2027", "joined").replace(
        "A = 60000000, B = 30000000", "A = {}, B = {}".format(*budgets)
    )
    return text.replace("least = 30000 }", f'least = 30000, join = "{join}" }}')


@pytest.mark.parametrize("join", ["none", "day", "visit"])
@pytest.mark.parametrize("seed", range(2))
def test_paybacks_are_those_of_a_naive_model(seed: int, join: str, clock: Clock) -> None:
    draw, model = random.Random(f"{seed}{join}"), Model(join)
    sent: list[tuple[str, str, int]] = []
    campaigns.stop_campaign(COMMAND, "spring-2027", "another one follows")
    campaigns.open_campaign(COMMAND, _edition(join, BUDGETS[0]))
    for step in range(60):
        what = draw.choice(("pay", "pay", "refund", "refund", "spend", "clock"))
        if step in (20, 40):
            model.budgets = BUDGETS[step // 20]
            campaigns.change_campaign(COMMAND, "joined", _edition(join, model.budgets), "more")
        if what == "pay":
            wallet, shop, amount = draw.choice(sorted(GROUPS)), draw.choice(("m:312", "m:313")), draw.choice(AMOUNTS)
            outcome = buy(amount, wallet, shop)
            if outcome.outcome == "funds":
                continue
            paid = model.pay(wallet, shop, f"{clock.now:%m-%d}", amount)
            assert sum(int(one["amount"]) for one in outcome.paybacks) == paid, (step, outcome)
            sent.append((outcome.id, wallet, amount))
        elif what == "refund" and sent:
            place = draw.randrange(len(sent))
            left = model.payments[place]["base"]
            amount = draw.choice((left, 1, min(20_000, left), min(40_000, left)))
            if not 0 < amount <= left:
                continue
            (outcome,) = send({"do": "reverse", "of": sent[place][0], "amount": str(amount)})
            assert outcome.outcome == "done"
            taken = model.refund(place, amount)
            assert sum(int(one["amount"]) for one in outcome.paybacks) == taken, (step, outcome)
        elif what == "spend":
            send(pay(draw.choice(sorted(GROUPS)), "m:small", draw.choice((3_000, 6_000))))
        elif what == "clock":
            clock.now += timedelta(hours=draw.choice((1, 9)))
    kept = sum(one["paid"] for one in model.payments)
    assert accounts.find_account("campaign:joined").posted == 90_000_000 - kept
    assert list(find_breaches()) == []
