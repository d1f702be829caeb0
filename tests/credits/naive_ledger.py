"""A ledger as an accountant would keep it on paper: lists of lots, payments and entries, every limit a sum over them.

It shares no code with the ledger, so that the same error is not made twice. Wallets have lots, shops have a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(eq=False)
class Lot:
    """A part of a wallet."""

    origin: str
    left: int
    until: datetime | None = None
    shops: frozenset[str] = frozenset()  # where it can be spent; empty: everywhere
    campaign: str = ""
    expired: int = 0


@dataclass(frozen=True)
class Rules:
    """A campaign’s rules: steps, or a rate of each payment, or a rate of a month’s increase over `baselines`."""

    start: date
    to: date
    total: int
    groups: Mapping[str, int] = field(default_factory=dict)
    steps: Sequence[tuple[int, int]] = ()
    rate: Fraction = Fraction(0)
    shops: frozenset[str] = frozenset()
    caps: Sequence[tuple[str, int, frozenset[str]]] = ()  # window, amount, groups that have no such cap
    is_whole: bool = False  # pays all or nothing if the budget is short
    until: datetime | None = None
    spend_at: frozenset[str] = frozenset()
    frees: bool = True
    refund_days: int = 30
    stands_beside: bool = False
    baselines: Mapping[str, int] | None = None
    after_days: int = 0

    def find_amount(self, base: int) -> int:
        if self.steps:
            return max((amount for least, amount in self.steps if base >= least), default=0)
        return base * self.rate.numerator // self.rate.denominator


@dataclass(eq=False)
class Share:
    """What a campaign made of a payment."""

    rules: Rules
    base: int
    paid: int
    day: date
    lot: Lot | None = None
    forgiven: int = 0


@dataclass(eq=False)
class Payment:
    wallet: str
    shop: str
    amount: int
    draws: list[tuple[Lot, int]]
    shares: dict[str, Share] = field(default_factory=dict)


@dataclass(eq=False)
class Hold(Payment):
    until: datetime = datetime(9000, 1, 1, tzinfo=SEOUL)


@dataclass(frozen=True)
class Entry:
    """What counts for limits: of a person in a group on a day (of a month: its first)."""

    person: str
    group: str
    window: str  # a day, or a month
    caps: int
    budget: int


@dataclass(eq=False)
class Campaign:
    rules: Rules
    account: int
    state: str = "open"
    entries: list[Entry] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)
    months: dict[tuple[str, str], int] = field(default_factory=dict)  # paid by person and month
    computed: set[tuple[str, str]] = field(default_factory=set)
    paid_with: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)  # people with something that counted
    refunded: set[str] = field(default_factory=set)
    last_day: date | None = None

    def find_used(self, group: str | None = None) -> int:
        return sum(one.budget for one in self.entries if group in (None, one.group))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


class NaiveLedger:
    """The state, and what happens to it. Amounts in won."""

    def __init__(self, now: datetime, wallets: Mapping[str, tuple[str, str]], shops: Sequence[str]) -> None:
        self.now, self.people = now, wallets  # person and group of each wallet
        self.lots: dict[str, list[Lot]] = {wallet: [] for wallet in wallets}
        self.shops = dict.fromkeys(shops, 0)
        self.holds: list[Hold] = []
        self.campaigns: dict[str, Campaign] = {}

    @property
    def today(self) -> date:
        return self.now.astimezone(SEOUL).date()

    def go_on(self, time: timedelta) -> None:
        """Lets time pass: holds lapse, then lots expire."""
        self.now += time
        for hold in [one for one in self.holds if one.until <= self.now]:
            self.end_hold(hold, 0)
        self.expire()

    def expire(self) -> None:
        for lot in (lot for lots in self.lots.values() for lot in lots):
            if lot.until is not None and lot.until <= self.now:
                lot.expired, lot.left = lot.expired + lot.left, 0

    def balance(self, wallet: str) -> int:
        held = sum(hold.amount for hold in self.holds if hold.wallet == wallet)
        return sum(lot.left for lot in self.lots[wallet]) + held

    def draw(self, wallet: str, shop: str, amount: int) -> list[tuple[Lot, int]] | None:
        """Takes an amount from the lots that end first; None if there is not enough."""
        lots = [lot for lot in self.lots[wallet] if lot.left and (not lot.shops or shop in lot.shops)]
        lots.sort(key=lambda lot: (lot.until is None, lot.until))
        if sum(lot.left for lot in lots) < amount:
            return None
        draws = []
        for lot in lots:
            taken = min(lot.left, amount)
            if taken:
                lot.left, amount = lot.left - taken, amount - taken
                draws.append((lot, taken))
        return draws

    def give_back(self, payment: Payment, amount: int) -> None:
        kept = []
        for lot, drawn in reversed(payment.draws):
            back = min(drawn, amount)
            lot.left, amount = lot.left + back, amount - back
            kept.append((lot, drawn - back))
        payment.draws = kept[::-1]

    def hold(self, wallet: str, shop: str, amount: int, until: datetime) -> Hold | None:
        draws = self.draw(wallet, shop, amount)
        if draws is None:
            return None
        self.holds.append(Hold(wallet, shop, amount, draws, until=until))
        return self.holds[-1]

    def end_hold(self, hold: Hold, amount: int) -> None:
        self.holds.remove(hold)
        self.give_back(hold, hold.amount - amount)
        self.shops[hold.shop] += amount
        self.expire()

    # --- Campaigns

    def pay(self, wallet: str, shop: str, amount: int) -> tuple[Payment, int] | None:
        """Pays, and returns the payment and what comes back; None if there is not enough."""
        draws = self.draw(wallet, shop, amount)
        if draws is None:
            return None
        self.shops[shop] += amount
        payment = Payment(wallet, shop, amount, draws)
        own = sum(drawn for lot, drawn in draws if lot.origin == "own")
        (person, group), offers = self.people[wallet], []
        for id, campaign in self.campaigns.items():
            rules = campaign.rules
            if campaign.state != "open" or not rules.start <= self.today <= rules.to:
                continue
            campaign.paid_with[person] = wallet
            campaign.last_day = max(campaign.last_day or self.today, self.today)
            base = own if not rules.shops or shop in rules.shops else 0
            amount = 0
            if rules.baselines is None:
                amount = self.limit(campaign, rules.find_amount(base), person, group, campaign.account)
            offers.append((id, campaign, base, amount))
        rivals = [id for id, campaign, _, amount in offers if amount and not campaign.rules.stands_beside]
        total = 0
        for id, campaign, base, amount in offers:
            if id in rivals[1:] or not base:
                continue
            campaign.touched.add(person)
            lot = self.pay_out(campaign, id, wallet, amount)
            payment.shares[id] = Share(campaign.rules, base, amount, self.today, lot)
            campaign.entries.append(Entry(person, group, self.today.isoformat(), amount, amount))
            total += amount
        return payment, total

    def limit(self, campaign: Campaign, amount: int, person: str, group: str, account: int | None) -> int:
        rules = campaign.rules
        prefix = {"day": self.today.isoformat(), "month": self.today.isoformat()[:7], "all": ""}
        for window, cap, excepted in rules.caps:
            mine = [one for one in campaign.entries if one.person == person and one.group not in excepted]
            used = sum(one.caps for one in mine if one.window.startswith(prefix[window]))
            amount = amount if group in excepted else min(amount, max(0, cap - used))
        lefts = [rules.total - campaign.find_used(), *([] if account is None else [account])]
        lefts += [rules.groups[group] - campaign.find_used(group)] if group in rules.groups else []
        left = max(0, min(lefts))
        return amount if amount <= left else 0 if rules.is_whole else left

    def pay_out(self, campaign: Campaign, id: str, wallet: str, amount: int) -> Lot | None:
        person = self.people[wallet][0]
        settled = min(amount, campaign.owed.get(person, 0))
        campaign.owed[person] = campaign.owed.get(person, 0) - settled
        campaign.account -= amount
        if amount == settled:
            return None
        rules = campaign.rules
        lot = Lot("paid-back", amount - settled, rules.until, rules.spend_at, id)
        self.lots[wallet].append(lot)
        return lot

    def refund(self, payment: Payment, amount: int) -> int | None:
        """Refunds a part, and returns what is taken back; None if the shop has not enough."""
        if self.shops[payment.shop] < amount:
            return None
        self.shops[payment.shop] -= amount
        payment.amount -= amount
        self.give_back(payment, amount)
        own, total = sum(drawn for lot, drawn in payment.draws if lot.origin == "own"), 0
        for id, share in payment.shares.items():
            campaign = self.campaigns[id]
            end = campaign.rules.to + timedelta(days=campaign.rules.refund_days)
            if campaign.rules.baselines is not None:
                settling = _next_month(campaign.rules.to) + timedelta(days=campaign.rules.after_days - 1)
                end = max(end, settling)
            if not share.base:
                continue
            campaign.refunded.add(self.people[payment.wallet][0])
            if campaign.state == "closed" or self.today > end:
                continue
            share.base = min(share.base, own)
            if share.rules.baselines is None:
                taken = max(0, share.paid - share.rules.find_amount(share.base))
                share.paid -= taken
                forgiven = self.take_back(campaign, id, payment.wallet, taken, share)
                person, group = self.people[payment.wallet]
                frees = share.rules.frees
                entry = Entry(
                    person, group, share.day.isoformat(), -taken if frees else 0, forgiven - taken if frees else 0
                )
                campaign.entries.append(entry)
                total += taken
        self.expire()
        return total

    def take_back(self, campaign: Campaign, id: str, wallet: str, amount: int, share: Share | None) -> int:
        first = share.lot if share else None
        lots = [lot for lot in self.lots[wallet] if lot.campaign == id]
        lots = [lot for lot in lots if lot.until is None or self.now < lot.until]
        lots.sort(key=lambda lot: (lot is not first, lot.until is None, lot.until))
        rest = amount
        for lot in lots:
            taken = min(lot.left, rest)
            lot.left, rest = lot.left - taken, rest - taken
        forgiven = min(rest, first.expired - share.forgiven) if first and share else 0
        if share:
            share.forgiven += forgiven
        person = self.people[wallet][0]
        campaign.owed[person] = campaign.owed.get(person, 0) + rest - forgiven
        campaign.account += amount - forgiven
        return forgiven

    def tend(self, payments: Sequence[Payment]) -> None:
        """Computes the months that are due, and closes the campaigns whose days for refunds have passed."""
        for id, campaign in self.campaigns.items():
            for month in self.list_due(campaign):
                for person in sorted(campaign.touched):
                    if (person, month) not in campaign.computed:
                        self.compute(id, campaign, person, month, payments)
        for id, campaign in self.campaigns.items():
            if campaign.state != "closed" and self.is_over(campaign):
                self.close(id, payments)

    def list_due(self, campaign: Campaign) -> list[str]:
        if campaign.rules.baselines is None or campaign.state == "closed":
            return []
        months, first = [], campaign.rules.start.replace(day=1)
        while first <= campaign.rules.to:
            if self.today >= _next_month(first) + timedelta(days=campaign.rules.after_days):
                months.append(f"{first:%Y-%m}")
            first = _next_month(first)
        return months

    def compute(self, id: str, campaign: Campaign, person: str, new: str, payments: Sequence[Payment]) -> None:
        """Computes a month, and corrects those before it."""
        campaign.computed.add((person, new))
        wallet, total = campaign.paid_with[person], 0
        for month in [month for month in self.list_due(campaign) if month <= new]:
            due = self.find_due(id, campaign, person, month, payments)
            change = due - campaign.months.get((person, month), 0)
            campaign.months[person, month] = due
            campaign.entries.append(Entry(person, "", month, change, change))
            total += change
        if total > 0:
            self.pay_out(campaign, id, wallet, total)
        elif total < 0:
            self.take_back(campaign, id, wallet, -total, None)

    def find_due(self, id: str, campaign: Campaign, person: str, month: str, payments: Sequence[Payment]) -> int:
        rules = campaign.rules
        if rules.baselines is None or person not in rules.baselines:
            return 0
        shares = [one.shares[id] for one in payments if id in one.shares and self.people[one.wallet][0] == person]
        spent = sum(share.base for share in shares if f"{share.day:%Y-%m}" == month)
        amount = rules.find_amount(max(0, spent - rules.baselines[person]))
        for window, cap, _ in rules.caps:
            others = sum(paid for (who, when), paid in campaign.months.items() if who == person and when != month)
            amount = min(amount, max(0, cap - (others if window == "all" else 0)))
        paid = campaign.months.get((person, month), 0)
        left = max(0, rules.total - campaign.find_used() + paid)
        return min(amount, left)

    def is_over(self, campaign: Campaign) -> bool:
        rules, last = campaign.rules, campaign.rules.to
        if campaign.state == "stopped":
            last = min(last, campaign.last_day or rules.start)
        end = last + timedelta(days=rules.refund_days + 1)
        if rules.baselines is not None:
            end = max(end, _next_month(last) + timedelta(days=rules.after_days))
        return self.today >= end

    def close(self, id: str, payments: Sequence[Payment]) -> None:
        campaign = self.campaigns[id]
        due = self.list_due(campaign)
        for month in due:
            for person in sorted(campaign.touched):
                if (person, month) not in campaign.computed:
                    self.compute(id, campaign, person, month, payments)
        for person in sorted(campaign.refunded & campaign.touched) if due else ():
            self.compute(id, campaign, person, due[-1], payments)
        campaign.state, campaign.account = "closed", 0
