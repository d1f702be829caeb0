"""Awards from the acceptance to the end: agreement, tranches in the ledger, milestones, what is returned, and the place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bongsu.core.errors import BadInput, Refused
from bongsu.credits.accounts import close_account, open_account, set_frozen
from bongsu.credits.models import Account, Command, Transfer
from bongsu.incubator.awards import money
from bongsu.incubator.awards.agreement import (
    digest_texts,
    fill_in,
    find_signature,
    is_signed,
    send_back,
    sign_as_applicant,
    write_agreement,
)
from bongsu.incubator.awards.delivering import hand_in, is_late, judge_delivery
from bongsu.incubator.awards.making import reduce_grant
from bongsu.incubator.awards.money import (
    count_held,
    count_net_paid,
    count_paid,
    count_used,
    post_tranches,
    return_credits,
)
from bongsu.incubator.calls.awards import Tranche as TranchePlan
from bongsu.incubator.calls.awards import split_amount
from bongsu.incubator.models import Application, Deliverable, Delivery, Reduction, Tranche
from bongsu.incubator.panel.scoring import rank_round
from bongsu.incubator.panel.waiting import count_spent
from bongsu.incubator.running.awarding import countersign
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import perform
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.web import middleware
from tests.incubator.award_cast import ACCEPTED, HOUR, SOURCE, Granted, held, posted, send
from tests.incubator.cast import make_site
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
CLOCK = Actor.of_duty("calls")


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def split(amount: int, *shares: int) -> list[int]:
    plans = [TranchePlan(key=f"t{number}", share=share) for number, share in enumerate(shares)]
    return split_amount(amount, plans, [None] * len(plans))


def test_shares_are_rounded_down_and_the_last_tranche_gets_the_rest() -> None:
    # 100,000.00 euros are 10,000,000 cents: 40 % are 4,000,000, 30 % are 3,000,000, and as much is left.
    assert split(10_000_000, 40, 30, 30) == [4_000_000, 3_000_000, 3_000_000]
    # 1,000.01 euros are 100,001 cents: 40,000.4 and 30,000.3 are rounded down; 100,001 - 40,000 - 30,000 = 30,001.
    assert split(100_001, 40, 30, 30) == [40_000, 30_000, 30_001]
    # 1 GPU hour and 1 second are 3,601 steps: 1,440.4 and 1,080.3 down; 3,601 - 1,440 - 1,080 = 1,081.
    assert split(3_601, 40, 30, 30) == [1_440, 1_080, 1_081]
    assert split(100, 33, 33, 34) == [33, 33, 34]
    assert split(1, 40, 30, 30) == [0, 0, 1]
    assert split(5, 30, 30, 40) == [1, 1, 3]  # 1.5 and 1.5 down
    for amount in range(1, 400):
        assert sum(split(amount, 40, 30, 30)) == amount


def test_fixed_amounts_are_cut_where_the_award_ends() -> None:
    plans = [TranchePlan(key="a", amount=50), TranchePlan(key="b", amount=30), TranchePlan(key="c")]
    assert split_amount(100, plans, [50, 30, None]) == [50, 30, 20]
    assert split_amount(60, plans, [50, 30, None]) == [50, 10, 0]
    assert split_amount(40, plans, [50, 30, None]) == [40, 0, 0]


@pytest.mark.parametrize(
    ("unit", "granted", "parts"),
    [
        ("EUR", 10_000_000, [4_000_000, 3_000_000, 3_000_000]),
        ("GPUH-H100", 1001 * HOUR + 1, [1_441_440, 1_081_080, 1_081_081]),  # 3,603,601 s: 1,441,440.4 and 1,081,080.3
    ],
)
def test_an_award_is_paid_by_tranches(on_site: Site, unit: str, granted: int, parts: list[int]) -> None:
    one = Granted(on_site, granted, granted, unit)
    one.accept()
    assert one.application.state == "awarded"
    assert one.application.due == ACCEPTED + 30 * DAY
    assert list(Tranche.objects.order_by("place").values_list("amount", "state")) == [
        (part, "planned") for part in parts
    ]
    assert not Account.objects.filter(pk=one.account).exists()
    countersign(one.by("officer"), one.application, one.sign_first(), ACCEPTED, on_site)
    assert one.application.state == "running"
    # The first tranche is paid, the two others are held on the account that pays.
    assert (posted(one.account), posted(SOURCE), held(SOURCE)) == (parts[0], parts[1] + parts[2], parts[1] + parts[2])
    assert (count_paid(one.award), count_held(one.award)) == (parts[0], parts[1] + parts[2])
    assert one.award.until == ACCEPTED + 365 * DAY
    deliver(one, "milestone", "prototype")
    judge_delivery(one.by("officer"), one.application, "milestone", "prototype", "accepted", "", ACCEPTED, on_site)
    assert (posted(one.account), posted(SOURCE), held(SOURCE)) == (parts[0] + parts[1], parts[2], parts[2])
    with pytest.raises(StepRefused):
        perform(one.by("officer"), one.application, "complete", ACCEPTED, on_site)
    deliver(one, "milestone", "evaluation")
    judge_delivery(one.by("officer"), one.application, "milestone", "evaluation", "accepted", "", ACCEPTED, on_site)
    assert (posted(one.account), posted(SOURCE), held(SOURCE)) == (granted, 0, 0)
    assert {one.state for one in Tranche.objects.all()} == {"paid"}
    perform(one.by("officer"), one.application, "complete", ACCEPTED, on_site)
    # Unspent hours go back to the account that paid; money stays with the applicant.
    assert (posted(one.account), posted(SOURCE)) == ((granted, 0) if unit == "EUR" else (0, granted))
    assert (one.application.state, one.award.ended) == ("completed", ACCEPTED)
    for tranche in Tranche.objects.all():  # every number leads to its command
        assert Command.objects.filter(id=tranche.ending or tranche.command).exists()
        assert Transfer.objects.filter(id=tranche.ending or tranche.command).exists()


def deliver(one: Granted, kind: str, key: str) -> Delivery:
    plan = {"sha256": "0" * 64, "name": "plan.pdf", "type": "pdf", "size": 1}
    return hand_in(one.by("member"), one.application, kind, key, "Done.", [plan], ACCEPTED, one.site)


@pytest.mark.parametrize("trouble", ["no-account", "no-budget", "frozen", "closed"])
def test_a_ledger_that_refuses_changes_nothing(on_site: Site, trouble: str) -> None:
    budget = {"no-account": 0, "no-budget": 1000 * HOUR - 1}.get(trouble, 1000 * HOUR)
    one = Granted(on_site, 1000 * HOUR, budget)
    one.accept()
    digest = one.sign_first()
    if trouble == "frozen":
        set_frozen(COMMAND, SOURCE, True, "test")
    if trouble == "closed":
        open_account(COMMAND, one.account, one.unit)
        close_account(COMMAND, one.account)
    before = list(Account.objects.order_by("pk").values()), Transfer.objects.count(), Command.objects.count()
    words = {
        "no-account": "no account “gpu:academia”",
        "no-budget": "can spend 299.999722 GPUH-H100, not 300",  # 1,000 hours less a second, less 400 and 300
        "frozen": "“gpu:academia” is frozen",
        "closed": "is closed",
    }[trouble]
    with pytest.raises(StepRefused) as refused:
        countersign(one.by("officer"), one.application, digest, ACCEPTED, on_site)
    assert words in str(refused.value)
    assert (list(Account.objects.order_by("pk").values()), Transfer.objects.count(), Command.objects.count()) == before
    assert (one.application.state, one.award.started) == ("awarded", None)
    assert find_signature(one.award, "officer") is None
    assert not Deliverable.objects.exists()
    assert set(Tranche.objects.values_list("state", flat=True)) == {"planned"}


def test_an_error_in_the_middle_leaves_neither_signature_nor_money(
    on_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Granted(on_site, 1000 * HOUR, 1000 * HOUR)
    one.accept()
    digest, real = one.sign_first(), money.post

    def post_and_fail(*given: Any) -> Any:
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(money, "post", post_and_fail)
    with pytest.raises(KeyboardInterrupt):
        countersign(one.by("officer"), one.application, digest, ACCEPTED, on_site)
    assert one.application.state == "awarded"
    assert (posted(SOURCE), held(SOURCE)) == (1000 * HOUR, 0)
    assert not Account.objects.filter(pk=one.account).exists()
    monkeypatch.setattr(money, "post", real)
    countersign(one.by("officer"), one.application, digest, ACCEPTED, on_site)  # and it can be done again
    assert (posted(SOURCE), held(SOURCE)) == (600 * HOUR, 600 * HOUR)


def test_the_same_post_sent_twice_pays_once(on_site: Site) -> None:
    one = Granted(on_site, 1000 * HOUR, 5000 * HOUR)
    one.start()
    before = posted(SOURCE), held(SOURCE), posted(one.account)
    assert before == (4600 * HOUR, 600 * HOUR, 400 * HOUR)
    with unlock():
        post_tranches(one.award, "", one.by("officer"), ACCEPTED + DAY)
    assert (posted(SOURCE), held(SOURCE), posted(one.account)) == before


def test_what_an_award_is_is_said_by_the_decision_and_may_be_less(on_site: Site) -> None:
    one = Granted(on_site, 300 * HOUR, 0)
    with unlock():
        Reduction.objects.create(
            application=one.application, stage=1, amount=300 * HOUR, why="Less is enough.", made=ACCEPTED
        )
    one.accept()
    award = one.award
    assert (award.asked, award.amount, award.why) == (400 * HOUR, 300 * HOUR, "Less is enough.")
    assert (award.line, award.unit, award.source) == ("academia", "GPUH-H100", SOURCE)


def test_less_is_granted_with_a_reason_while_the_application_is_ranked(on_site: Site) -> None:
    one = Granted(on_site, 1, 0)
    with pytest.raises(StepRefused):
        reduce_grant(one.by("officer"), one.application, "399", "Enough.", ACCEPTED)
    with unlock():
        Application.objects.update(state="ranked", compared=ACCEPTED)
    for amount, why in (("400", "Enough."), ("401", "More."), ("399", " "), ("x", "Enough.")):
        with pytest.raises(BadInput):
            reduce_grant(one.by("officer"), one.application, amount, why, ACCEPTED)
    with pytest.raises(Refused):
        reduce_grant(one.by("owner"), one.application, "399", "Enough.", ACCEPTED)
    reduce_grant(one.by("officer"), one.application, "399.5", "Enough.", ACCEPTED)
    (row,) = rank_round(one.application.round)
    assert row.asked
    assert row.asked.amount == 1_438_200  # 399.5 * 3,600
    reduce_grant(one.by("officer"), one.application, "", "", ACCEPTED)
    (row,) = rank_round(one.application.round)
    assert row.asked
    assert row.asked.amount == 400 * HOUR


def test_both_sides_sign_the_same_text_and_are_two_people(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.accept()
    text = write_agreement(one.award)["en"]
    assert "Granted: 400" in text
    digest = digest_texts(write_agreement(one.award))
    with pytest.raises(BadInput, match="all fields"):
        sign_as_applicant(one.by("owner"), one.application, digest, ACCEPTED, on_site)
    with pytest.raises(BadInput, match="no field"):
        fill_in(one.by("owner"), one.application, {"other": "x"}, ACCEPTED)
    fill_in(one.by("owner"), one.application, {"responsible": " Kim Sora "}, ACCEPTED)
    with pytest.raises(BadInput, match="changed"):
        sign_as_applicant(one.by("owner"), one.application, digest, ACCEPTED, on_site)
    digest = digest_texts(write_agreement(one.award))
    with pytest.raises(StepRefused, match="not signed yet"):
        countersign(one.by("officer"), one.application, digest, ACCEPTED, on_site)
    for wrong in ("member", "officer"):
        with pytest.raises(Refused):
            sign_as_applicant(one.by(wrong), one.application, digest, ACCEPTED, on_site)
    with pytest.raises(BadInput, match="person"):
        sign_as_applicant(COMMAND, one.application, digest, ACCEPTED, on_site)
    signature = sign_as_applicant(one.by("owner"), one.application, digest, ACCEPTED, on_site)
    assert (signature.digest, signature.texts["en"].splitlines()[3]) == (digest, "Who is responsible: Kim Sora")
    assert not is_signed(one.award)
    with pytest.raises(StepRefused):
        fill_in(one.by("owner"), one.application, {"responsible": "Lee"}, ACCEPTED)
    with pytest.raises(Refused):  # her own application is in conflict for her as an officer
        countersign(one.by("owner"), one.application, digest, ACCEPTED, on_site)
    with pytest.raises(BadInput):
        send_back(one.by("officer"), one.application, " ", ACCEPTED, on_site)
    send_back(one.by("officer"), one.application, "Name the director.", ACCEPTED, on_site)
    assert find_signature(one.award, "applicant") is None
    fill_in(one.by("owner"), one.application, {"responsible": "Lee"}, ACCEPTED)
    with pytest.raises(BadInput, match="changed"):
        sign_as_applicant(one.by("owner"), one.application, digest, ACCEPTED, on_site)
    digest = digest_texts(write_agreement(one.award))
    sign_as_applicant(one.by("owner"), one.application, digest, ACCEPTED, on_site)
    with pytest.raises(StepRefused):  # the officer starts it by her signature, not before
        perform(one.by("officer"), one.application, "start", ACCEPTED, on_site)
    countersign(one.by("officer"), one.application, digest, ACCEPTED, on_site)
    assert is_signed(one.award)
    assert one.application.state == "running"


def test_a_signature_of_the_same_person_does_not_count_for_the_node(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.accept()
    digest = one.sign_first()
    with unlock():
        one.award.signatures.update(person=one.officer)
    with pytest.raises(StepRefused, match="cannot sign for the node"):
        countersign(one.by("officer"), one.application, digest, ACCEPTED, on_site)


def test_a_signed_file_is_demanded_where_the_call_says_so(on_site: Site) -> None:
    one = Granted(
        on_site, 400 * HOUR, 400 * HOUR, "GPUH-H100", ("[award.agreement]\n", "[award.agreement]\nsigned-file = true\n")
    )
    one.accept()
    with pytest.raises(BadInput, match="PDF"):
        one.sign_first()
    digest = digest_texts(write_agreement(one.award))
    made = sign_as_applicant(one.by("owner"), one.application, digest, ACCEPTED, on_site, "f" * 64)
    assert made.file == "f" * 64


def test_evidence_is_handed_in_and_judged(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.start()
    give: Any = (one.by("member"), one.application, "milestone")
    with pytest.raises(BadInput):
        hand_in(*give, "prototype", " ", [], ACCEPTED, on_site)
    with pytest.raises(BadInput, match="file"):
        hand_in(*give, "evaluation", "Done.", [], ACCEPTED, on_site)
    with pytest.raises(Refused):
        hand_in(one.by("officer"), one.application, "milestone", "prototype", "Done.", [], ACCEPTED, on_site)
    hand_in(*give, "prototype", "It runs.", [], ACCEPTED, on_site)
    with pytest.raises(StepRefused):
        hand_in(*give, "prototype", "Again.", [], ACCEPTED, on_site)
    judge: Any = (one.by("officer"), one.application, "milestone", "prototype")
    with pytest.raises(BadInput, match="why"):
        judge_delivery(*judge, "sent-back", " ", ACCEPTED, on_site)
    with pytest.raises(Refused):
        judge_delivery(one.by("member"), one.application, "milestone", "prototype", "accepted", "", ACCEPTED, on_site)
    judge_delivery(*judge, "sent-back", "Show figures.", ACCEPTED, on_site)
    with pytest.raises(StepRefused):
        judge_delivery(*judge, "accepted", "", ACCEPTED, on_site)
    hand_in(*give, "prototype", "With figures.", [], ACCEPTED, on_site)
    judge_delivery(*judge, "accepted", "", ACCEPTED, on_site)
    rows = [(row.number, row.text, row.verdict, row.why) for row in Delivery.objects.order_by("number")]
    assert rows == [(1, "It runs.", "sent-back", "Show figures."), (2, "With figures.", "accepted", "")]
    assert posted(one.account) == 280 * HOUR  # 160 + 120
    judge_delivery(
        one.by("officer"), one.application, "milestone", "evaluation", "failed", "Nothing came.", ACCEPTED, on_site
    )
    assert (posted(one.account), posted(SOURCE), held(SOURCE)) == (280 * HOUR, 120 * HOUR, 0)
    assert Tranche.objects.get(key="last").state == "void"
    with pytest.raises(BadInput):  # a report is accepted or sent back
        judge_delivery(one.by("officer"), one.application, "report", "report-1", "failed", "Bad.", ACCEPTED, on_site)


def test_a_verdict_that_the_ledger_refuses_changes_nothing(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.start()
    deliver(one, "milestone", "prototype")
    set_frozen(COMMAND, SOURCE, True, "test")
    with pytest.raises(StepRefused, match="frozen"):
        judge_delivery(one.by("officer"), one.application, "milestone", "prototype", "accepted", "", ACCEPTED, on_site)
    assert Deliverable.objects.get(key="prototype").state == "handed-in"
    assert Delivery.objects.get().verdict == ""
    assert held(SOURCE) == 240 * HOUR


def test_an_award_that_does_not_start_in_30_days_ends_to_the_second(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.accept()
    assert count_spent(one.application.call, "academia") == 400 * HOUR
    with pytest.raises(StepRefused):
        perform(CLOCK, one.application, "lapse", ACCEPTED + 30 * DAY - SECOND, on_site)
    perform(CLOCK, one.application, "lapse", ACCEPTED + 30 * DAY, on_site)
    assert one.application.state == "ended-early"
    assert count_spent(one.application.call, "academia") == 0
    assert (one.award.kept, posted(SOURCE)) == (0, 400 * HOUR)


def test_what_is_given_up_goes_back_but_for_what_was_used(on_site: Site) -> None:
    one = Granted(on_site, 1000 * HOUR, 1000 * HOUR)
    one.start()
    open_account(COMMAND, "centre", one.unit)
    send(one.account, "centre", 150 * HOUR, one.unit)
    perform(one.by("owner"), one.application, "give-up", ACCEPTED + DAY, on_site)
    # 400 were paid and 150 of them used; 250 go back, and 600 that were held are free.
    assert (posted(SOURCE), held(SOURCE), posted(one.account)) == (850 * HOUR, 0, 0)
    assert [row.state for row in Tranche.objects.order_by("place")] == ["paid", "void", "void"]
    assert (one.award.kept, count_net_paid(one.award)) == (150 * HOUR, 150 * HOUR)
    assert count_used(one.award, None, ACCEPTED) == 150 * HOUR  # what went back is no use
    assert count_spent(one.application.call, "academia") == 150 * HOUR
    assert one.award.ended == ACCEPTED + DAY
    with unlock():
        assert return_credits(one.award, one.by("owner"), ACCEPTED + DAY) == 0


def test_money_that_was_paid_stays_paid(on_site: Site) -> None:
    one = Granted(on_site, 100_001, 200_000, "EUR")
    one.start()
    perform(one.by("owner"), one.application, "give-up", ACCEPTED + DAY, on_site)
    assert (posted(SOURCE), held(SOURCE), posted(one.account)) == (160_000, 0, 40_000)
    assert (one.award.kept, count_spent(one.application.call, "academia")) == (40_000, 40_000)


def test_milestones_are_late_to_the_second_and_reports_cover_the_term(on_site: Site) -> None:
    one = Granted(on_site, 400 * HOUR, 400 * HOUR)
    one.start()
    rows = dict(Deliverable.objects.values_list("key", "due"))
    # Reports of 365 days every 183: one after 183 days, one at the end; each is due 30 days later.
    assert rows == {
        "prototype": ACCEPTED + 120 * DAY,
        "evaluation": ACCEPTED + 240 * DAY,
        "report-1": ACCEPTED + 213 * DAY,
        "report-2": ACCEPTED + 395 * DAY,
    }
    prototype = Deliverable.objects.get(key="prototype")
    assert not is_late(prototype, ACCEPTED + 120 * DAY - SECOND)
    assert is_late(prototype, ACCEPTED + 120 * DAY)
    deliver(one, "milestone", "prototype")
    prototype.refresh_from_db()
    assert not is_late(prototype, ACCEPTED + 120 * DAY)
