"""What call.toml says of awards: what is found, with its field and line, and a real round as budget lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bongsu.core.errors import BadInput
from bongsu.incubator.calls.awards import Milestone, Reports, find_due, list_report_dues, split_amount
from bongsu.incubator.calls.check import check_files
from bongsu.incubator.calls.document import count_steps
from bongsu.incubator.calls.folder import parse_files, write_example
from bongsu.incubator.calls.problems import list_problems

FIRST = 'key = "first"\nshare = 40                           # per cent, after both have signed\n'


def find(*replaced: tuple[str, str]) -> set[tuple[str, str]]:
    texts = write_example("one-stage")
    for before, after in replaced:
        assert before in texts["call.toml"]
        texts["call.toml"] = texts["call.toml"].replace(before, after, 1)
    return {(one.field, one.code) for one in check_files(parse_files(texts))["call.toml"] if one.level == "error"}


def test_the_example_is_right() -> None:
    assert find() == set()


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ('line = "academia"\naccount', 'line = "arts"\naccount', ("award[0].line", "award-no-line")),
        ('line = "academia"\naccount', 'line = "arts"\naccount', ("budget[0]", "line-without-award")),
        ('line = "academia"\naccount', 'line = "industry"\naccount', ("award", "twice")),
        (FIRST, FIRST.replace("40", "41"), ("award[0].tranche", "shares-not-whole")),
        (FIRST, 'key = "first"\namount = 10\n', ("award[0].tranche", "shares-not-whole")),
        (FIRST, FIRST + "amount = 10\n", ("award[0].tranche[0].amount", "share-and-amount")),
        (FIRST, 'key = "first"\n', ("award[0].tranche[0]", "tranche-how-much")),
        (FIRST, 'key = "first"\namount = "0.00001"\n', ("award[0].tranche[0].amount", "not-an-amount")),
        (FIRST, FIRST.replace("first", "second"), ("award[0].tranche", "twice")),
        ('at = "prototype"', 'at = "nothing"', ("award[0].tranche[1].at", "tranche-no-milestone")),
        ("days = 120\n", "", ("award[0].milestone[0]", "milestone-when")),
        ("days = 120\n", 'days = 120\ndue = "2028-01-01 12:00"\n', ("award[0].milestone[0]", "milestone-when")),
        ("days = 120\n", "days = 366\n", ("award[0].milestone[0].days", "milestone-too-late")),
        ('key = "evaluation"', 'key = "agreement"', ("award[0].milestone", "twice")),
        ("least = 50  ", "days = 366  ", ("award[0].recall.days", "recall-too-long")),
        ('unit = "GPUH-H100"', 'unit = "EUR"', ("award[0].recall", "recall-no-hours")),
        ('until = "2027-12-31"', 'until = "2027-05-31"', ("cohort.until", "cohort-ends-first")),
        ('[cohort]\nkey = "2027"', '[asked.cohort]\nkey = "2027"', None),
    ],
)
def test_what_is_found(before: str, after: str, finding: tuple[str, str] | None) -> None:
    if "recall.days" in str(finding):
        before, after = "\ndays = 28\n", "\ndays = 366\n"
    if finding is None:  # a field that nobody knows
        with pytest.raises(BadInput):
            find((before, after))
    else:
        assert finding in find((before, after))


def test_a_milestone_can_be_due_on_the_last_day_of_the_award() -> None:
    assert find(("days = 120\n", "days = 365\n")) == set()


def test_an_award_in_a_call_without_cohort() -> None:
    texts = write_example("one-stage")
    start = texts["call.toml"].index("[cohort]")
    cut = texts["call.toml"][start : texts["call.toml"].index("[asked]")]
    assert ("award[0].cohort", "no-cohort") in find((cut, ""))


def test_a_finding_has_its_line_and_plain_words() -> None:
    texts = write_example("one-stage")
    texts["call.toml"] = texts["call.toml"].replace(FIRST, FIRST.replace("40", "39"), 1)
    (problem,) = list_problems(parse_files(texts), texts, str, "en")
    assert problem.message == "The shares of all tranches must add up to 100; they add up to 99."
    assert problem.line is not None
    assert texts["call.toml"].splitlines()[problem.line - 1] == "[[award.tranche]]"


def test_a_due_time_that_does_not_exist_is_refused_with_its_place() -> None:
    texts = write_example("one-stage")
    texts["call.toml"] = texts["call.toml"].replace("Asia/Seoul", "Europe/Paris")
    texts["call.toml"] = texts["call.toml"].replace("days = 120\n", 'due = "2028-03-26 02:30"\n', 1)
    with pytest.raises(BadInput) as refused:
        parse_files(texts)
    assert "award[0].milestone[0].due" in refused.value.where


def test_when_things_are_due() -> None:
    start = datetime(2027, 6, 1, 3, 0, 0, tzinfo=UTC)
    days = Milestone(key="a", title={"en": "A"}, days=120)
    assert find_due(days, "Asia/Seoul", start) == datetime(2027, 9, 29, 3, 0, 0, tzinfo=UTC)  # 30 + 31 + 31 + 28
    fixed = Milestone(key="b", title={"en": "B"}, due="2027-12-01 18:00")  # 09:00 UTC, and that minute whole
    assert find_due(fixed, "Asia/Seoul", start) == datetime(2027, 12, 1, 9, 1, 0, tzinfo=UTC)
    reports = Reports(title={"en": "R"}, every=100, due=10)  # of 250 days: after 100, 200 and 250
    assert list_report_dues(reports, start, 250) == [start + timedelta(days=day) for day in (110, 210, 260)]
    assert list_report_dues(reports, start, 200) == [start + timedelta(days=day) for day in (110, 210)]


def test_koreas_first_round_as_budget_lines() -> None:
    """2026: 514 applied for 1,714 servers of 8 GPUs; 159 got 528 servers.

    1,714 * 8 = 13,712 GPUs were asked for. Of 528 * 8 = 4,224 GPUs, academia got 2,624, industry 1,288 and research 312:
    30.8 per cent. In a year of 365 days, 4,224 GPUs are 4,224 * 8,760 = 37,002,240 GPU hours.
    """
    gpus = {"academia": 2624, "industry": 1288, "research": 312}
    assert sum(gpus.values()) == 528 * 8 == 4224
    assert round(4224 * 100 / (1714 * 8), 1) == 30.8
    texts = write_example("fast-compute")
    text = texts["call.toml"]
    for line, before in (("academia", 20000), ("industry", 10000)):
        assert f"amount = {before}" in text
        text = text.replace(f"amount = {before}", f"amount = {gpus[line] * 8760}")
    texts["call.toml"] = text
    files = parse_files(texts)
    assert [one for one in check_files(files)["call.toml"] if one.level == "error"] == []
    academia, industry = files.call.budget
    assert count_steps(academia, academia.amount) == 2624 * 8760 * 3600
    assert count_steps(industry, industry.amount) == 1288 * 8760 * 3600
    # One server of 8 for a year: 70,080 hours, in 40, 30 and 30 per cent.
    server = 8 * 8760 * 3600
    plans = files.call.award[0].tranche
    assert split_amount(server, plans, [None] * 3) == [28032 * 3600, 21024 * 3600, 21024 * 3600]
    assert count_steps(academia, academia.amount) // server == 328  # servers of academia
