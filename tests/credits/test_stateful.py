"""Random commands, clock steps, editions and months beside a ledger kept on paper (naive_ledger.py): the same to the last won.

BONGSU_STATEFUL_EXAMPLES says how many stories are told (`make stateful`: for ten minutes); a failure prints the shortest one.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, campaigns, posting, storage
from bongsu.credits.balances import read_balance
from bongsu.credits.campaign_months import close_due_campaigns, set_baselines, settle_due_months
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, SEOUL, TREASURY, pay, send
from tests.credits.naive_ledger import Campaign, Hold, Lot, NaiveLedger, Payment, Rules

EXAMPLES = int(os.environ.get("BONGSU_STATEFUL_EXAMPLES", "12"))
WALLETS = {"w:kim": ("kim", "A"), "w:kim-b": ("kim", "B"), "w:lee": ("lee", "")}
MARKETS, SMALL = frozenset({"m:312", "m:313"}), frozenset({"m:313", "m:small"})
SHOPS = sorted(MARKETS | SMALL)
HEAD = """
format = "bongsu.campaign/1"
id = "{id}"
title = {{ en = "x", ko = "x", fr = "x" }}
unit = "KRW"
zone = "Asia/Seoul"
from = {rules.start}
to = {rules.to}
"""
STEPS = ((30_000, 3_000), (50_000, 6_000), (100_000, 15_000))
NO_GROUP: frozenset[str] = frozenset()


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SEOUL) + timedelta(days=1)


def _write_steps(total: int, cap: int) -> tuple[str, Rules]:
    """Steps with a cap a day, in all, and a budget for each group; what is paid back ends while refunds still count."""
    rules = Rules(
        start=date(2027, 3, 5),
        to=date(2027, 3, 14),
        total=total,
        groups={"A": total // 2, "B": total // 4},
        steps=STEPS,
        shops=MARKETS,
        caps=(("day", 15_000, frozenset({"B"})), ("all", cap, NO_GROUP)),
        until=_end_of(date(2027, 3, 25)),
        spend_at=SMALL,
        refund_days=20,
    )
    text = (
        HEAD.format(id="steps", rules=rules)
        + f"""
base = {{ merchants = "list:markets", least = 30000 }}
back = {{ kind = "steps", steps = [[30000, 3000], [50000, 6000], [100000, 15000]] }}
caps = [{{ window = "day", amount = 15000, except = ["group:B"] }}, {{ window = "all", amount = {cap} }}]
budget = {{ total = {total}, groups = {{ A = {rules.groups["A"]}, B = {rules.groups["B"]} }} }}
credit = {{ until = 2027-03-25, spend_at = "list:small" }}
reverse = {{ days = 20 }}
"""
    )
    return text, rules


def _write_rate(total: int, cap: int) -> tuple[str, Rules]:
    """A rate that pays where the steps do not, the whole or nothing; a refund frees neither the cap nor the budget."""
    caps = (("all", cap, NO_GROUP),)
    rules = Rules(
        date(2027, 3, 7), date(2027, 3, 20), total, rate=Fraction(1, 7), caps=caps, is_whole=True, frees=False
    )
    text = (
        HEAD.format(id="the-rate", rules=rules)
        + f"""
back = {{ kind = "rate", rate = "1/7" }}
caps = [{{ window = "all", amount = {cap} }}]
budget = {{ total = {total}, when_short = "none" }}
reverse = {{ frees_caps = false, frees_budget = false }}
"""
    )
    return text, rules


def _write_increase() -> tuple[str, Rules]:
    """A fifth of what a month exceeds a baseline of kim by, five days after its end."""
    rules = Rules(
        date(2027, 3, 1),
        date(2027, 4, 30),
        50_000,
        rate=Fraction(1, 5),
        caps=(("month", 20_000, NO_GROUP), ("all", 30_000, NO_GROUP)),
        baselines={"kim": 50_000},
        after_days=5,
        refund_days=3,
        stands_beside=True,
    )
    text = (
        HEAD.format(id="increase", rules=rules)
        + """
stack = "all"
back = { kind = "increase", rate = "1/5", after_days = 5 }
caps = [{ window = "month", amount = 20000 }, { window = "all", amount = 30000 }]
budget = { total = 50000 }
reverse = { days = 3 }
"""
    )
    return text, rules


AMOUNTS = st.sampled_from((1, 7_777, 29_999, 30_000, 50_000, 99_999, 100_000))
wallets, shops, places = st.sampled_from(sorted(WALLETS)), st.sampled_from(SHOPS), st.integers(0, 50)


class Story(RuleBasedStateMachine):
    """What happens to both ledgers."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.paper = NaiveLedger(datetime(2027, 3, 6, 12, tzinfo=SEOUL), WALLETS, SHOPS)
        self.payments: list[tuple[str, Payment]] = []
        self.holds: list[tuple[str, Hold]] = []
        self.clock = storage.use_clock(lambda: self.paper.now)
        self.clock.__enter__()

    def teardown(self) -> None:
        self.clock.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        accounts.open_unit(COMMAND, "KRW")
        for id in SHOPS:
            accounts.open_account(COMMAND, id, "KRW", keeper="town")
        for id, (person, group) in WALLETS.items():
            accounts.open_account(COMMAND, id, "KRW", holder=("person", person), keeper="town", lots=True)
            if group:
                campaigns.add_members(COMMAND, f"group:{group}", [id])
            self.grant(id, 200_000, "own", None)
        campaigns.add_members(COMMAND, "markets", sorted(MARKETS))
        campaigns.add_members(COMMAND, "small", sorted(SMALL))
        self._open("steps", *_write_steps(60_000, 40_000))
        self._open("increase", *_write_increase())
        set_baselines(COMMAND, "increase", b"wallet,amount\nw:kim,50000\n")

    def _open(self, id: str, text: str, rules: Rules) -> None:
        campaigns.open_campaign(COMMAND, text)
        self.paper.campaigns[id] = Campaign(rules, rules.total)

    @rule(wallet=wallets, amount=AMOUNTS, origin=st.sampled_from(("own", "bonus")), days=st.sampled_from((None, 1, 9)))
    def grant(self, wallet: str, amount: int, origin: str, days: int | None) -> None:
        until = self.paper.now + timedelta(days=days) if days else None
        more = {"until": until.astimezone(UTC).isoformat()} if until else {}
        (outcome,) = send(pay("issue:KRW", wallet, amount, origin=origin, **more), issuer=TREASURY)
        assert outcome.outcome == "done"
        self.paper.lots[wallet].append(Lot(origin, amount, until))

    @rule(wallet=wallets, shop=shops, amount=AMOUNTS)
    def pay(self, wallet: str, shop: str, amount: int) -> None:
        (outcome,) = send(pay(wallet, shop, amount, campaigns=True))
        expected = self.paper.pay(wallet, shop, amount)
        assert outcome.outcome == ("funds" if expected is None else "done")
        if expected is not None:
            self.payments.append((outcome.id, expected[0]))
            assert _sum(outcome) == expected[1]

    @precondition(lambda self: self.payments)
    @rule(place=places, part=st.sampled_from((1, 2, 3)))
    def refund(self, place: int, part: int) -> None:
        id, payment = self.payments[place % len(self.payments)]
        amount = -(-payment.amount // part)
        (outcome,) = send({"do": "reverse", "of": id, "amount": str(amount or 1)})
        if not amount:
            assert outcome.outcome == "limit"
            return
        taken = self.paper.refund(payment, amount)
        assert outcome.outcome == ("funds" if taken is None else "done")
        assert taken is None or _sum(outcome) == -taken

    @rule(wallet=wallets, shop=shops, amount=AMOUNTS, hours=st.sampled_from((1, 30)))
    def hold(self, wallet: str, shop: str, amount: int, hours: int) -> None:
        until = self.paper.now + timedelta(hours=hours)
        command = pay(wallet, shop, amount) | {"do": "hold", "until": until.isoformat()}
        (outcome,) = send(command)
        hold = self.paper.hold(wallet, shop, amount, until)
        assert outcome.outcome == ("funds" if hold is None else "done")
        if hold is not None:
            self.holds.append((outcome.id, hold))

    @precondition(lambda self: self.holds)
    @rule(place=places, part=st.sampled_from((0, 1, 2)))
    def end_hold(self, place: int, part: int) -> None:
        id, hold = self.holds.pop(place % len(self.holds))
        amount = -(-hold.amount // part) if part else 0
        command = {"do": "settle", "of": id, "amount": str(amount)} if part else {"do": "void", "of": id}
        (outcome,) = send(command)
        assert outcome.outcome == ("done" if hold in self.paper.holds else "expired-hold")
        if outcome.is_done:
            self.paper.end_hold(hold, amount)

    @rule(hours=st.sampled_from((0.1, 5, 24, 24 * 6, 24 * 20)))
    def wait(self, hours: float) -> None:
        self.paper.go_on(timedelta(hours=hours))

    @rule()
    def sweep(self) -> None:
        posting.sweep()

    @precondition(lambda self: "the-rate" not in self.paper.campaigns)
    @rule(total=st.sampled_from((20_000, 90_000)), cap=st.sampled_from((8_000, 15_000)))
    def open_another(self, total: int, cap: int) -> None:
        self._open("the-rate", *_write_rate(total, cap))

    @rule(total=st.sampled_from((40_000, 60_000, 90_000)), cap=st.sampled_from((20_000, 40_000)))
    def change(self, total: int, cap: int) -> None:
        campaign = self.paper.campaigns["steps"]
        text, rules = _write_steps(total, cap)
        if campaign.state == "closed" or total < campaign.find_used():
            with pytest.raises(BadInput):
                campaigns.change_campaign(COMMAND, "steps", text, "other rules")
            return
        campaigns.change_campaign(COMMAND, "steps", text, "other rules")
        campaign.account += total - campaign.rules.total
        campaign.rules = rules

    @rule(id=st.sampled_from(("steps", "the-rate", "increase")), chance=st.integers(0, 3))
    def stop(self, id: str, chance: int) -> None:
        if not chance and id in self.paper.campaigns and self.paper.campaigns[id].state == "open":
            campaigns.stop_campaign(COMMAND, id, "enough")
            self.paper.campaigns[id].state = "stopped"

    @rule(id=st.sampled_from(("steps", "the-rate", "increase")))
    def close(self, id: str) -> None:
        campaign = self.paper.campaigns.get(id)
        if campaign is None or campaign.state == "closed":
            return
        if self.paper.is_over(campaign):
            campaigns.close_campaign(COMMAND, id)
            self.paper.close(id, self._list_payments())
        else:
            with pytest.raises(BadInput):
                campaigns.close_campaign(COMMAND, id)

    @rule()
    def tend(self) -> None:
        settle_due_months()
        close_due_campaigns()
        self.paper.tend(self._list_payments())

    def _list_payments(self) -> list[Payment]:
        return [payment for _, payment in self.payments]

    @invariant()
    def both_agree(self) -> None:
        if not self.paper.campaigns:
            return
        for wallet in WALLETS:
            assert read_balance(accounts.find_account(wallet)).posted == self.paper.balance(wallet), wallet
        for shop, posted in self.paper.shops.items():
            assert accounts.find_account(shop).posted == posted, shop
        for id, campaign in self.paper.campaigns.items():
            assert accounts.find_account(f"campaign:{id}").posted == campaign.account, id
        owed = sum(sum(campaign.owed.values()) for campaign in self.paper.campaigns.values())
        assert -accounts.find_account("receivable:KRW").posted == owed
        assert list(find_breaches()) == []


def _sum(outcome: Any) -> int:
    return sum(int(one["amount"]) for one in outcome.paybacks)


@pytest.mark.django_db
def test_the_ledger_is_that_on_paper() -> None:
    run_state_machine_as_test(
        Story,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None, derandomize=EXAMPLES < 100),
    )
