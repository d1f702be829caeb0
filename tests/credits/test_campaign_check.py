"""A campaign whose fields contradict each other is not opened: every contradiction is named with its field."""

from __future__ import annotations

import pytest

from bongsu.core.errors import BadInput
from bongsu.credits.rules.check import Finding, check_campaign
from bongsu.credits.rules.words import describe_finding
from tests.credits.spring import read_spring

STEPS = "[[30000, 3000], [50000, 6000], [100000, 15000]]"
BACK = f'back = {{ kind = "steps", steps = {STEPS} }}'
RATE = 'back = { kind = "rate", rate = "7/100" }'
INCREASE = 'back = { kind = "increase", rate = "1/5", after_days = 15 }'
DAY_CAP = '{ per = "person", window = "day", amount = 15000, except = ["group:B"] }'
DAY_CAP_FOR_ALL = '{ per = "person", window = "day", amount = 14000 }'
ALL_CAP = '{ per = "person", window = "all", amount = 40000 }'
BUDGET = "total = 90000000, groups = { A = 60000000, B = 30000000 }"
UNTIL = 'until = "2027-06-30"'


def _check(*changes: tuple[str, str], level: str = "error") -> list[Finding]:
    return [finding for finding in check_campaign(read_spring(*changes)) if finding.level == level]


def test_the_example_has_no_findings() -> None:
    assert check_campaign(read_spring()) == []
    # 60,000 and 30,000 of 90,000: the groups may have all of the budget; a cap may be what one step pays
    assert _check(("amount = 15000", "amount = 3000")) == []


@pytest.mark.parametrize(
    ("old", "new", "field", "sentence"),
    [
        (STEPS, "[]", "back.steps", "The steps are missing."),
        (STEPS, "[[30000, 30001]]", "back.steps[0]", "From 30,000 won, 30,001 won would be paid back: more than was paid."),
        (STEPS, "[[30000, 0]]", "back.steps[0]", "The step from 30,000 won pays nothing back."),
        (STEPS, "[[30000, 3000], [30000, 6000]]", "back.steps[1]", "Two steps begin at 30,000 won."),
        (
            STEPS,
            "[[50000, 6000], [30000, 3000]]",
            "back.steps[1]",
            "The step from 30,000 won stands after the step from 50,000 won: write them in order.",
        ),
        (
            STEPS,
            "[[30000, 6000], [50000, 3000]]",
            "back.steps[1]",
            "The steps fall: from 50,000 won, 3,000 won is less than 6,000 won.",
        ),
        (
            "least = 30000",
            "least = 50000",
            "back.steps[0]",
            "The step from 30,000 won is never reached: the least payment is 50,000 won.",
        ),
        (BACK, BACK.replace('"steps",', '"steps", rate = "1/2",'), "back.rate", "A rule of this kind has steps, no rate."),
        (BACK, BACK.replace('"steps",', '"rate", rate = "1/2",'), "back.steps", "A rule of this kind has a rate, no steps."),
        (BACK, 'back = { kind = "rate" }', "back.rate", "The rate is missing."),
        (BACK, RATE.replace("7/", "0/"), "back.rate", "A rate of 0 pays nothing back."),
        (BACK, RATE.replace("7/", "101/"), "back.rate", "101% is more than was paid."),
        (BACK, BACK.replace('"steps",', '"steps", most = 2999,'), "back.most", "2,999 won"),
        (BACK, RATE.replace(" }", ", least = 500, most = 499 }"), "back.most", "499 won, is below the least payback, 500"),
        (BACK, BACK.replace('"steps",', '"steps", least = 15001,'), "back.least", "No step pays the least payback"),
        (BACK, BACK.replace('"steps",', '"steps", after_days = 1,'), "back.after_days", "Only an increase"),
        (ALL_CAP, ALL_CAP.replace("40000", "14999"), "caps", "15,000 won a day is above the cap of 14,999 won in all."),
        (DAY_CAP, DAY_CAP.replace("15000", "2999"), "caps", "2,999 won a day is below the smallest payback, 3,000 won."),
        (DAY_CAP, f"{DAY_CAP}, {DAY_CAP}", "caps", "There are two caps a day for the same persons."),
        (DAY_CAP, f"{DAY_CAP}, {DAY_CAP_FOR_ALL}", "caps", "15,000 won a day is above the cap of 14,000 won a day."),
        (BUDGET, "total = 2999", "budget.total", "The budget of 2,999 won is below the smallest payback, 3,000 won."),
        (BUDGET, BUDGET.replace("B = 30000000", "B = 2999"), "budget.groups.B", "2,999 won"),
        (BUDGET, BUDGET.replace("B = 30000000", "B = 30000001"), "budget.groups", "The groups have 90,000,001 won"),
        ('to = "2027-03-14"', 'to = "2027-03-04"', "to", "The last day, 4 March 2027, is before the first, 5 March 2027."),
        (UNTIL, 'until = "2027-03-13"', "credit.until", "What is paid back on 14 March 2027 has ended on 13 March 2027."),
        (UNTIL, f'from = "2027-07-01", {UNTIL}', "credit.from", "from 1 July 2027, but only until 30 June 2027."),
        ('origin = ["own"]', "origin = []", "base.origin", "No origin is named"),
        ('origin = ["own"]', 'origin = ["own", "bonus", "paid-back"]', "base.origin", "bonus and payback"),
        ('fr = "Remboursement de printemps"', 'de = "Frühling"', "title", "The text lacks these languages: fr."),
    ],
)  # fmt: skip
def test_a_contradiction_is_an_error(old: str, new: str, field: str, sentence: str) -> None:
    campaign = read_spring((old, new))
    found = [
        (finding.field, describe_finding(finding, campaign.unit, str, "en"))
        for finding in check_campaign(campaign)
        if finding.level == "error"
    ]
    assert any(where == field and sentence in text for where, text in found), found


def test_a_payback_is_no_origin_of_its_own_campaign() -> None:
    change = [('origin = ["own"]', 'origin = ["grant"]'), ('origin = "paid-back"', 'origin = "grant"')]
    assert [finding.field for finding in _check(*change)] == ["base.origin"]


def test_a_cap_counts_for_those_whom_the_wider_one_leaves_out() -> None:
    """15,000 a day above 14,000 in all is no contradiction if the group C has only the cap a day."""
    caps = [(DAY_CAP, DAY_CAP.replace("15000", "16000").replace('"group:B"', ""))]
    wider = (ALL_CAP, ALL_CAP.replace("40000 }", '15000, except = ["group:A"] }'))
    assert _check(*caps, wider) == []
    assert len(_check(*caps, (ALL_CAP, ALL_CAP.replace("40000", "15000")))) == 1


def test_the_smallest_payback_of_a_rate_is_that_of_the_least_payment() -> None:
    """7 % of 30,000 is 2,100: a cap of 2,100 is enough, 2,099 is not."""
    assert _check((BACK, RATE), ("amount = 15000", "amount = 2100")) == []
    assert [finding.values["amount"] for finding in _check((BACK, RATE), ("amount = 15000", "amount = 2099"))] == [2100]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ([(UNTIL, 'until = "2027-04-12"')], "credit.until"),  # refunds count until 13 April
        ([('to = "2027-03-14"\n', "")], "credit.until"),
        ([(STEPS, "[[30000, 3000], [50000, 3000]]")], "back.steps[1]"),
        ([("least = 30000", "least = 40000")], "base.least"),
        ([(ALL_CAP, ALL_CAP.replace("40000", "15000"))], "caps"),
        ([(ALL_CAP, ALL_CAP.replace("40000", "90000001"))], "caps"),
        ([('"group:B"', '"group:Bb"')], "caps"),
        ([(BACK, RATE), ("least = 30000", 'join = "day"')], "base.join"),
        ([(BACK, INCREASE)], "caps"),
        ([(BACK, INCREASE), (", least = 30000", ', join = "day"')], "base.join"),
    ],
)
def test_what_has_no_effect_is_a_warning(changes: list[tuple[str, str]], field: str) -> None:
    assert field in [finding.field for finding in _check(*changes, level="warning")]
    assert _check(*changes) == []


def test_an_increase_is_paid_back_after_the_month() -> None:
    """Paid back on 15 April (31 March and 15 days): until 14 April is too short, 15 April is enough."""
    assert [one.field for one in _check((BACK, INCREASE), (UNTIL, 'until = "2027-04-14"'))] == ["credit.until"]
    assert _check((BACK, INCREASE), (UNTIL, 'until = "2027-04-15"')) == []


def test_increase_and_other_kinds_are_not_mixed() -> None:
    group = ("caps = [", f"group.B.back = {INCREASE.removeprefix('back = ')}\ncaps = [")
    assert [finding.field for finding in _check(group)] == ["group.B.back.kind"]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"kiosk", "online"', '"kiosk", "kiosk"', "base.channel_not"),
        ('origin = ["own"]', 'origin = ["own", "own"]', "base.origin"),
        (STEPS, str([[30000 + number, 3000] for number in range(101)]), "back.steps"),
        ("caps = [", "group.B = {}\ncaps = [", "group.B.back"),
    ],
)
def test_a_list_has_each_value_once_and_an_end(old: str, new: str, field: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_spring((old, new))
    assert wrong.value.where == field
