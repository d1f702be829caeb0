"""A trial runs the ledger's own decisions on payments of a file: the numbers of CREDITS.md section 9, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.cli import main
from bongsu.core.errors import BadInput
from bongsu.credits.rules.examples import read_example
from bongsu.credits.trials.payments_file import read_lists, read_payments
from bongsu.credits.trials.trial import Trial, try_campaign
from tests.credits.spring import SPRING, read_spring

HEADING = "at,wallet,person,merchant,amount,group,lists,channel,own,bonus,paid-back,refund_of,id"


def _try(*lines: str, heading: str = HEADING, changes: tuple[tuple[str, str], ...] = ()) -> Trial:
    """Tries payments; a line may leave out cells at its end."""
    width = heading.count(",")
    text = "\n".join([heading, *(line + "," * (width - line.count(",")) for line in lines)])
    campaign = read_spring(*changes)
    return try_campaign(campaign, read_payments(text, campaign, "p.csv"), {}, "p.csv")


def _paybacks(trial: Trial) -> list[int]:
    return [result.payback for result in trial.results]


def _codes(trial: Trial) -> list[list[str]]:
    return [[reason.code for reason in result.reasons] for result in trial.results]


@pytest.mark.parametrize(("amount", "back"), [(29_999, 0), (30_000, 3_000), (99_999, 6_000), (100_000, 15_000)])
def test_a_payment_gets_its_step(amount: int, back: int) -> None:
    assert _paybacks(_try(f"2027-03-06 12:00,w:kim,kim,m:1,{amount},A,markets")) == [back]


def test_caps_count_for_the_person_and_not_for_the_group_that_is_left_out() -> None:
    """A: 15,000, then nothing more on the day. With a wallet of B 15,000 again, then 10,000: 40,000 in all."""
    trial = _try(
        "2027-03-06 12:00,w:kim,kim,m:1,100000,A,markets",
        "2027-03-06 12:01,w:kim,kim,m:1,100000,A,markets",
        "2027-03-06 12:02,w:kim-b,kim,m:1,100000,B,markets",
        "2027-03-06 12:03,w:kim-b,kim,m:1,100000,B,markets",
    )
    assert _paybacks(trial) == [15_000, 0, 15_000, 10_000]
    assert [(cap.window, count) for cap, count in trial.caps] == [("day", 1), ("all", 1)]
    assert [(one.group, one.payments, one.payback, one.left) for one in trial.groups] == [
        ("A", 2, 15_000, 59_985_000),
        ("B", 2, 25_000, 29_975_000),
    ]
    assert (trial.used, trial.left, trial.short) == (40_000, 89_960_000, 0)


def test_what_is_not_own_does_not_count() -> None:
    """40,000 of 100,000 is own: 3,000. Paid with a payback, nothing."""
    trial = _try(
        "2027-03-06 12:00,w:kim,kim,m:1,100000,A,markets,,40000,60000",
        "2027-03-07 12:00,w:kim,kim,m:1,33000,A,markets,,30000,,3000",
    )
    assert _paybacks(trial) == [3_000, 3_000]
    assert _codes(trial) == [["origin", "step"], ["origin", "step"]]


@pytest.mark.parametrize(("refunded", "back"), [(40_000, -9_000), (60_000, -12_000), (100_000, -15_000), ("", -15_000)])
def test_a_refund_takes_back_what_the_rest_would_not_get(refunded: int | str, back: int) -> None:
    trial = _try(
        "2027-03-06 12:00,w:kim,kim,m:1,100000,A,markets,,,,,,p1",
        f"2027-03-07 12:00,w:kim,kim,m:1,{refunded},A,markets,,,,,p1,r1",
    )
    assert _paybacks(trial) == [15_000, back]
    assert trial.used == 15_000 + back
    assert trial.groups[0].amount == 100_000 - int(refunded or 100_000)


def test_what_was_spent_is_owed_and_settled_by_the_next_payback() -> None:
    """15,000 paid back and spent; 40,000 refunded: 9,000 owed. The next payback of 6,000 leaves 3,000 owed."""
    trial = _try(
        "2027-03-06 12:00,w:kim,kim,m:1,100000,A,markets,,,,,,p1",
        "2027-03-07 12:00,w:kim,kim,m:2,15000,A,small,,,,15000",
        "2027-03-08 12:00,w:kim,kim,m:1,40000,A,markets,,,,,p1,r1",
        "2027-03-09 12:00,w:kim,kim,m:1,50000,A,markets",
    )
    assert _paybacks(trial) == [15_000, 0, -9_000, 6_000]
    assert _codes(trial)[2:] == [["step", "refund", "owed"], ["step", "receivable"]]
    assert trial.owed == 3_000


def test_a_refund_at_the_same_moment_leaves_nothing_for_the_next_payment() -> None:
    trial = _try(
        "2027-03-06,w:kim,kim,m:1,100000,A,markets,,,,,,p1",
        "2027-03-06,w:kim,kim,m:1,,A,markets,,,,,p1",
        "2027-03-06,w:kim,kim,m:1,100000,A,markets,,40000,60000",
    )
    assert _paybacks(trial) == [15_000, -15_000, 3_000]


@pytest.mark.parametrize(("short", "back"), [("part", 2_000), ("none", 0)])
def test_a_group_that_ran_dry_does_not_end_the_others(short: str, back: int) -> None:
    changes = (("A = 60000000", "A = 5000"), ('when_short = "part"', f'when_short = "{short}"'))
    trial = _try(
        "2027-03-06 12:00,w:kim,kim,m:1,30000,A,markets",
        "2027-03-06 12:01,w:lee,lee,m:1,30000,A,markets",
        "2027-03-06 12:02,w:han,han,m:1,30000,B,markets",
        changes=changes,
    )
    assert _paybacks(trial) == [3_000, back, 3_000]
    assert trial.short == 1


def test_days_are_those_of_the_campaign() -> None:
    trial = _try(
        "2027-03-14T15:00:00Z,w:kim,kim,m:1,30000,A,markets",
        "2027-03-14 23:59:59,w:kim,kim,m:1,30000,A,markets",
        "2027-03-04 23:59:59,w:kim,kim,m:1,30000,A,markets",
        "2027-03-06 12:00,w:kim,kim,m:9,30000,A,other",
        "2027-03-06 12:00,w:kim,kim,m:1,30000,A,markets,kiosk",
    )
    assert [result.row.line for result in trial.results] == [4, 5, 6, 3, 2]  # in the order of the moments
    assert _codes(trial) == [["before"], ["merchant"], ["channel"], ["step"], ["after"]]


def test_lists_can_be_a_file() -> None:
    campaign = read_spring()
    lists = read_lists("list,account\nmarkets,m:1\ngroup:A,w:kim\n", campaign, "lists.csv")
    text = "at,wallet,merchant,amount\n2027-03-06 12:00,w:kim,m:1,30000\n"
    trial = try_campaign(campaign, read_payments(text, campaign, "p.csv", has_lists=True), lists, "p.csv")
    assert [(result.group, result.payback) for result in trial.results] == [("A", 3_000)]
    with pytest.raises(BadInput) as wrong:
        read_payments(text, campaign, "p.csv")
    assert wrong.value.where == "p.csv, line 1"
    with pytest.raises(BadInput) as wrong:
        read_lists("list,account\nmarket,m:1\n", campaign, "lists.csv")
    assert wrong.value.where == "lists.csv, line 2"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("2027-02-30 12:00,w:kim,kim,m:1,30000,A,markets", "p.csv, line 3, at"),
        ("0001-01-01,w:kim,kim,m:1,30000,A,markets", "p.csv, line 3, at"),
        ("2027-03-06,w:kim,kim,m:1,-1,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,0,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,1e3,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,３００００,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,30000.5,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,9223372036854775808,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,,A,markets", "p.csv, line 3, amount"),
        ("2027-03-06,w:kim,kim,m:1,30000,A,markets,,10000,10000", "p.csv, line 3"),
        ("2027-03-06,w:kim,kim,m:1,30000,C,markets", "p.csv, line 3, group"),
        ("2027-03-06,w kim,kim,m:1,30000,A,markets", "p.csv, line 3, wallet"),
        ("2027-03-06,issue:KRW,kim,m:1,30000,A,markets", "p.csv, line 3, wallet"),
        ("2027-03-06,w:kim,kim,w:kim,30000,A,markets", "p.csv, line 3"),
        ("2027-03-06,w:first,kim,m:1,30000,B,markets", "p.csv, line 3"),
        ("2027-03-06,w:first,other,m:1,30000,A,markets", "p.csv, line 3"),
        ("2027-03-06,w:kim,kim,m:1,30000,A,markets,,,,,,p1", "p.csv, line 3"),
        ("2027-03-07,w:first,first,m:1,30000,A,markets,,,,,p9", "p.csv, line 3"),
        ("2027-03-07,w:first,first,m:2,30000,A,markets,,,,,p1", "p.csv, line 3"),
        ("2027-03-07,w:first,first,m:1,30001,A,markets,,,,,p1", "p.csv, line 3"),
        ("2027-03-06,w:kim,kim,m:1,30000,A,markets" + "," * 7, "p.csv, line 3"),
        ('2027-03-06,"w:kim', "p.csv, line 3"),
    ],
)  # fmt: skip
def test_a_file_with_one_wrong_row_is_refused_with_its_line(line: str, where: str) -> None:
    with pytest.raises(BadInput) as wrong:
        _try("2027-03-06,w:first,first,m:1,30000,A,markets,,,,,,p1", line)
    assert wrong.value.where == where


@pytest.mark.parametrize(
    "heading", ["at,wallet,merchant", "at,wallet,merchant,amount,amounts", "at,wallet,merchant,amount,amount", ""]
)
def test_a_wrong_heading_is_refused(heading: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read_payments(f"{heading}\n", read_spring(), "p.csv")
    assert wrong.value.where == "p.csv, line 1"


PAYMENTS = """at,wallet,person,merchant,amount,group,lists,refund_of,id
2027-03-06 12:00,w:kim,kim,m:1,100000,A,markets,,=p1
2027-03-06 12:01,w:kim,kim,m:1,30000,A,markets,,p2
2027-03-07 12:00,w:kim,kim,m:1,40000,A,markets,=p1,r1
"""


def test_a_trial_is_a_table_json_and_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules, payments = tmp_path / "spring.toml", tmp_path / "payments.csv"
    rules.write_text(SPRING, encoding="utf-8")
    payments.write_text(PAYMENTS, encoding="utf-8")
    words = ["campaign", "try", str(rules), str(payments)]
    assert main([*words, "--json"]) == 0
    tried = json.loads(capsys.readouterr().out)
    assert [(one["amount"], one["payback"]) for one in tried["payments"]] == [
        ("100000", "15000"),
        ("30000", "0"),
        ("-40000", "-9000"),
    ]
    assert tried["payments"][1]["codes"] == ["step", "cap"]
    assert tried["budget"] == {"total": "90000000", "used": "6000", "left": "89994000", "limited": 0}
    assert tried["groups"][0] == {
        "group": "A",
        "payments": 2,
        "amount": "90000",
        "payback": "6000",
        "left": "59994000",
    }
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "A person gets at most 15,000 won a day: 0 won was left." in shown
    assert "After the refund, 9,000 won is taken back." in shown
    assert "89,994,000 won" in shown
    assert main([*words, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["id"], row["amount"], row["payback"]) for row in rows] == [
        ("'=p1", "100000", "15000"),
        ("p2", "30000", "0"),
        ("r1", "-40000", "-9000"),
    ]


def test_a_wrong_row_refuses_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spring.toml").write_text(SPRING, encoding="utf-8")
    (tmp_path / "payments.csv").write_text(PAYMENTS.replace("30000", "-30000"), encoding="utf-8")
    assert main(["campaign", "try", str(tmp_path / "spring.toml"), str(tmp_path / "payments.csv")]) == 65
    said = capsys.readouterr()
    assert said.out == ""
    assert "payments.csv, line 3" in said.err


def test_hours_that_are_given_back_come_back_by_half() -> None:
    campaign = read_example("compute-returns")
    text = (
        "at,wallet,merchant,amount,lists,grant,own\n"
        "2027-03-20,p:42,c:returns,101,returns,101,\n"
        "2027-03-21,p:42,c:returns,9,returns,9,\n"
        "2027-03-22,p:42,c:returns,2000,returns,1500,500\n"
    )
    trial = try_campaign(campaign, read_payments(text, campaign, "p.csv"), {}, "p.csv")
    assert [result.payback / 3600 for result in trial.results] == [50.5, 0, 449.5]  # 500 in all
    assert _codes(trial) == [["rate"], ["least"], ["origin", "rate", "cap"]]


def _pay_naively(payments: list[tuple[int, str, str, int]], budget: int) -> list[int]:
    """The rules of the example once more, in the shortest way: payments are (day, person, group, amount)."""
    got: Counter[str] = Counter()
    paybacks = []
    for day, person, group, amount in payments:
        back = 15_000 if amount >= 100_000 else 6_000 if amount >= 50_000 else 3_000 if amount >= 30_000 else 0
        capped = [f"{person} {day}"] if group == "A" else []
        back = min([back, 40_000 - got[person], budget - got[group], *(15_000 - got[key] for key in capped)])
        got.update(dict.fromkeys([person, group, *capped], back))
        paybacks.append(back)
    return paybacks


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(5, 14),
            st.sampled_from(["kim", "lee", "han"]),
            st.sampled_from("AB"),
            st.sampled_from([29_999, 30_000, 50_000, 99_999, 100_000]),
        ),
        max_size=25,
    ).map(sorted)
)
def test_a_trial_agrees_with_the_rules_written_once_more(payments: list[tuple[int, str, str, int]]) -> None:
    lines = [
        f"2027-03-{day:02},{person}-{group},{person},m:1,{amount},{group},markets"
        for day, person, group, amount in payments
    ]
    changes = (
        ("total = 90000000", "total = 100000"),
        ("A = 60000000, B = 30000000", "A = 50000, B = 50000"),
    )
    assert _paybacks(_try(*lines, changes=changes)) == _pay_naively(payments, 50_000)
