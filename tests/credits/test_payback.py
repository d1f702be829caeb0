"""What one payment gets back: the numbers of CREDITS.md section 9, worked by hand, through the rule that posting calls."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from bongsu.core.errors import BadInput
from bongsu.credits.rules.document import Back
from bongsu.credits.rules.payback import Paid, Payback, Payment, apply_rate, evaluate, evaluate_rest
from tests.credits.spring import read_spring

SEOUL = ZoneInfo("Asia/Seoul")
NOON = datetime(2027, 3, 6, 12, tzinfo=SEOUL)


def _pay(
    amount: int = 30_000,
    *changes: tuple[str, str],
    caps: tuple[int, int] = (0, 0),
    group: str = "A",
    moment: datetime = NOON,
    bonus: int = 0,
    lists: frozenset[str] = frozenset({"markets"}),
    channel: str = "",
    **paid: int,
) -> Payback:
    """Returns what a payment gets back; `caps` are what the person got on the day and in all."""
    parts = {"own": amount - bonus, "bonus": bonus}
    payment = Payment(moment, parts, lists, group, channel)
    return evaluate(read_spring(*changes), payment, Paid(caps, **paid))


def _codes(payback: Payback) -> list[str]:
    return [reason.code for reason in payback.reasons]


@pytest.mark.parametrize(
    ("amount", "back"),
    [(29_999, 0), (30_000, 3_000), (49_999, 3_000), (50_000, 6_000), (99_999, 6_000), (100_000, 15_000)],
)
def test_the_step_that_a_payment_reaches_counts(amount: int, back: int) -> None:
    assert _pay(amount).amount == back


def test_caps_leave_what_is_left_of_them() -> None:
    second = _pay(100_000, caps=(15_000, 15_000))
    assert (second.amount, _codes(second)) == (0, ["step", "cap"])
    assert dict(second.reasons[1].values) == {"window": "day", "cap": 15_000, "left": 0}
    assert _pay(100_000, caps=(14_999, 14_999)).amount == 1
    # The group B has no cap a day: 15,000 again; the third has 40,000 - 30,000 left.
    assert _pay(100_000, caps=(15_000, 15_000), group="B").amount == 15_000
    third = _pay(100_000, caps=(30_000, 30_000), group="B")
    assert (third.amount, third.reasons[-1].values["window"]) == (10_000, "all")


def test_only_what_is_own_counts() -> None:
    payback = _pay(100_000, bonus=60_000)
    assert (payback.base, payback.amount, _codes(payback)) == (40_000, 3_000, ["origin", "step"])
    assert _pay(100_000, bonus=100_000).base == 0


@pytest.mark.parametrize(
    ("moment", "back", "why"),
    [
        (datetime(2027, 3, 14, 23, 59, 59, tzinfo=SEOUL), 3_000, "step"),
        (datetime(2027, 3, 14, 15, 0, 0, tzinfo=UTC), 0, "after"),  # 15 March in Seoul
        (datetime(2027, 3, 4, 15, 0, 0, tzinfo=UTC), 3_000, "step"),
        (datetime(2027, 3, 4, 14, 59, 59, tzinfo=UTC), 0, "before"),
    ],
)
def test_days_are_local(moment: datetime, back: int, why: str) -> None:
    payback = _pay(moment=moment)
    assert (payback.amount, _codes(payback)) == (back, [why])


def test_a_day_is_local_also_where_it_has_23_hours() -> None:
    paris = [("Asia/Seoul", "Europe/Paris"), ('"2027-03-14"', '"2027-03-28"')]  # 28 March 2027 has 23 hours
    assert _pay(30_000, *paris, moment=datetime(2027, 3, 28, 21, 59, 59, tzinfo=UTC)).amount == 3_000
    assert _pay(30_000, *paris, moment=datetime(2027, 3, 28, 22, 0, 0, tzinfo=UTC)).amount == 0
    campaign = read_spring(*paris, ("2027-06-30", "2027-03-27"))
    assert campaign.credit_lot[1] == datetime(2027, 3, 27, 23, tzinfo=UTC)


def test_other_merchants_and_channels_get_nothing() -> None:
    assert _codes(_pay(lists=frozenset({"small"}))) == ["merchant"]
    assert _codes(_pay(channel="kiosk")) == ["channel"]
    assert _pay(channel="card").amount == 3_000


@pytest.mark.parametrize(("short", "back"), [("part", 2_000), ("none", 0)])
def test_a_budget_pays_what_is_left_of_it(short: str, back: int) -> None:
    change = ('when_short = "part"', f'when_short = "{short}"')
    for paid, code in (
        (Paid((0, 0), group=59_998_000), "group-budget"),
        (Paid((0, 0), total=89_998_000), "budget"),
        (Paid((0, 0), funds=2_000), "funds"),
    ):
        payment = Payment(NOON, {"own": 30_000}, frozenset({"markets"}), "A")
        payback = evaluate(read_spring(change), payment, paid)
        assert (payback.amount, _codes(payback)) == (back, ["step", code])
    payment = Payment(NOON, {"own": 30_000}, frozenset({"markets"}), "B")  # the end of A is not the end of B
    assert evaluate(read_spring(change), payment, Paid((0, 0), group=29_997_000)).amount == 3_000


def test_a_rate_is_rounded_once_and_bounded() -> None:
    rate = Back("rate", rate=Fraction(7, 100))
    assert apply_rate(rate, 33_333) == 2_333  # 2,333.31
    assert apply_rate(Back("rate", rate=Fraction(7, 100), round="up"), 33_333) == 2_334
    half = Back("rate", rate=Fraction(1, 2), round="half-up")
    assert (apply_rate(half, 3), apply_rate(half, 4)) == (2, 2)
    steps = 'back = { kind = "steps", steps = [[30000, 3000], [50000, 6000], [100000, 15000]] }'
    change = (steps, 'back = { kind = "rate", rate = "7/100", least = 2200, most = 5000 }')
    assert _pay(31_428, change).amount == 0  # 2,199.96
    assert _pay(31_429, change).amount == 2_200
    assert (_pay(90_000, change).amount, _codes(_pay(90_000, change))) == (5_000, ["rate", "most"])


def test_joined_payments_are_one() -> None:
    """20,000 after 30,000 on one day are 50,000: 6,000, of which 3,000 were paid back before."""
    payment = Payment(NOON, {"own": 20_000}, frozenset({"markets"}), "A")
    payback = evaluate(read_spring(), payment, Paid((0, 0), joined=30_000))
    assert (payback.amount, _codes(payback)) == (3_000, ["step", "joined"])
    assert evaluate(read_spring(), payment, Paid((0, 0), joined=9_999)).amount == 0


@pytest.mark.parametrize(("left", "back"), [(60_000, 6_000), (40_000, 3_000), (0, 0), (100_000, 15_000)])
def test_what_is_left_of_a_payment_counts_after_a_refund(left: int, back: int) -> None:
    assert evaluate_rest(read_spring(), "A", left).amount == back


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("least = 30000", "least = 30000.5", "base.least"),
        ("2027-03-05", "2027-02-30", "from"),
        ("Asia/Seoul", "Asia/Soul", "zone"),
        ('unit = "KRW"', 'unit = "KRX"', "unit"),
        ("amount = 15000", 'amount = "15000.5"', "caps[1].amount"),
        ('"group:B"', '"B"', "caps[1].except[0]"),
        ('window = "all"', 'window = "week"', "caps[0].window"),
        ("[30000, 3000]", "[30000]", "back.steps[0]"),
        ('"list:markets"', '"markets"', "base.merchants"),
    ],
)
def test_a_wrong_field_is_named(old: str, new: str, field: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_spring((old, new))
    assert wrong.value.where == field
