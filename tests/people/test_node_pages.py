"""The desk's pages about the node, its dataflows and its holdings: what each shows, to whom, and what nobody may see."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bongsu.cli import main
from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import Question
from bongsu.core.release import Finding
from bongsu.core.report import Report
from bongsu.desk.asking import Desk
from bongsu.people.models import AuditLine, DutyRecord, Person
from bongsu.store.disk.node_file import write_table
from bongsu.store.logs.build_log import FAILED, BuildRecord
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node
from bongsu.web import middleware
from bongsu.web.node_state.checkup import check_files, read_checkup
from bongsu.web.node_state.settings_in_force import DEFAULT, ENVIRONMENT, NODE_FILE, SET, list_settings
from tests.people.conftest import Visitor
from tests.store.drafts import draft, rows

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"
MAPPING = """
format = "bongsu.mapping/1"
name = "earnings"
title = "Earnings"
source = "made up"
licence = "none"
[concepts.SEX]
column = "sex"
code_list = "CL_SEX"
[concepts.AGE]
column = "age"
kind = "integer"
low = 0
high = 120
"""


@pytest.fixture
def node() -> Node:
    return middleware.open_node()


@pytest.fixture
def desk(operator: Person, visitor: Visitor) -> Visitor:
    return visitor.sign_in(operator)


@pytest.fixture
def holding(node: Node, tmp_path: Path) -> Holdings:
    """A holding of 60 people of 30 and one of 77, with a question answered and one refused."""
    file = tmp_path / "people.csv"
    file.write_text("sex,age\n" + "M,30\nF,30\n" * 30 + "F,77\n", encoding="utf-8")
    holdings = Holdings(node)
    holdings.add(file, MAPPING)
    ask = Desk(node, holdings, by="command kim").ask
    ask(_count(SEX=["M"]))
    with pytest.raises(Refused):
        ask(_count(AGE={"from": 77}))
    return holdings


def _count(**where: Any) -> Question:
    return Question.from_data({"holding": "earnings", "where": where, "statistics": [{"kind": "count"}]})


def test_the_state_says_what_is_wrong_and_what_to_do(desk: Visitor, node: Node) -> None:
    node.releases.seal(draft())
    page = desk.get("/en/desk/state/").content.decode()
    assert "Nothing is wrong." in page
    assert "The files of the node were never checked." in page
    assert "Set BONGSU_MAIL" in page
    record = BuildRecord(timezone.now().isoformat(), FAILED, None, Report(EVIL))
    node.builds.save("TEST_FLOW", record)
    now = timezone.now()
    DutyRecord.objects.create(
        name="backup",
        started=now,
        ended=now,
        due=now,
        outcome="failed",
        report=Report(N_("Every file is intact.")).to_json(),
    )
    with (node.root / "node.toml").open("a") as file:
        file.write('\n[site]\nhome_country = "XX"\n')
    page = desk.get("/en/desk/state/").content.decode()
    assert "<strong>Site</strong>: " in page
    assert "The duty backup failed: Every file is intact." in page
    assert "Every file is intact." not in desk.get("/ko/desk/state/").content.decode()
    assert "The last build of TEST_FLOW failed" in page
    assert '<a href="/en/desk/dataflows/TEST_FLOW/">' in page
    assert page.index("What is wrong") < page.index("What could be done")
    assert EVIL not in page


def test_reading_all_files_finds_what_is_damaged(desk: Visitor, node: Node) -> None:
    node.releases.seal(draft())
    answer = desk.post("/en/desk/state/check/", {"from": "disk"}, follow=True)
    assert "Every file is intact." in answer.content.decode()
    assert AuditLine.objects.latest("number").action == "node.check"
    [path] = node.root.glob("releases/TEST_FLOW/0001/observations.parquet")
    path.write_bytes(path.read_bytes() + b"x")
    page = desk.post("/en/desk/state/check/", follow=True).content.decode()
    assert "Files that are damaged or missing: 1." in page
    assert "observations.parquet" in page
    assert str(node.root) not in page.replace(f"<code>{node.root}</code>", "")
    shutil.rmtree(node.root / "releases" / "TEST_FLOW")
    [missing] = check_files(node).problems
    assert missing.describe(str) == "TEST_FLOW 1 was sealed, but its files are missing."


def test_the_disk_use_has_the_database_of_a_server(
    desk: Visitor, node: Node, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BONGSU_NODE", str(node.root))
    title = "Database of accounts (PostgreSQL)"
    page = desk.post("/en/desk/state/check/", {"from": "disk"}, follow=True).content.decode()
    assert main(["doctor", "--disk", "--json", "--node", str(node.root)]) == 0
    sizes = {part["name"]: part["size"] for part in json.loads(capsys.readouterr().out)["parts"]}
    if connection.vendor == "postgresql":
        assert sizes[title] > 1_000_000
    assert (title in page) == (title in sizes) == (connection.vendor == "postgresql")


def test_reading_the_files_ends_when_the_time_is_over(node: Node) -> None:
    node.releases.seal(draft())
    cut = check_files(node, seconds=-1)
    assert (cut.complete, read_checkup(node)) == (False, cut)
    whole = check_files(node)
    assert whole.complete
    assert {part.name for part in whole.parts} >= {"Releases", "Journal"}
    measured = sum(path.stat().st_size for path in (node.root / "releases").rglob("*") if path.is_file())
    assert next(part for part in whole.parts if part.name == "Releases").size == measured


def test_settings_hide_secrets_and_name_their_source(
    desk: Visitor, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(node.root, "site", {"links": [{"title": {"en": "Data"}, "address": "https://stat.example"}]})
    values = {"BONGSU_MAIL": "smtp://kim:hunter2@mail.example", "BONGSU_CONTACT": "kim@stat.example"}
    rows = {row.name: row for row in list_settings(node, values)}
    assert (rows["BONGSU_MAIL"].value, rows["BONGSU_MAIL"].source) == (SET, ENVIRONMENT)
    assert (rows["BONGSU_CONTACT"].value, rows["BONGSU_PORT"].source) == ("kim@stat.example", DEFAULT)
    assert rows["site.links[0].title.en"].value == "Data"
    assert (rows["agency"].value, rows["agency"].source) == ("TEST", NODE_FILE)
    monkeypatch.setitem(os.environ, "BONGSU_MAIL", values["BONGSU_MAIL"])
    page = desk.get("/en/desk/settings/").content.decode()
    assert "hunter2" not in page
    assert "BONGSU_HOLDINGS_KEY" in page


def test_duties_show_their_last_run(desk: Visitor) -> None:
    assert "No duty was done yet." in desk.get("/en/desk/duties/").content.decode()
    now = timezone.now()
    DutyRecord.objects.create(
        name="links",
        started=now,
        ended=now,
        due=now,
        outcome="done",
        report=Report("Ended links deleted: {count}.", {"count": 3}).to_json(),
    )
    page = desk.get("/en/desk/duties/").content.decode()
    assert "Ended links deleted: 3." in page
    assert "late" in page  # the others never ran


def test_a_dataflow_shows_the_rows_that_failed(desk: Visitor, node: Node) -> None:
    node.releases.seal(draft())
    failed = [
        {"REF_AREA": f"A{number}", "TIME_PERIOD": "2024", "OBS_VALUE": float(number), "LOST": f"L{number}"}
        for number in range(120)
    ]
    findings = (
        Finding("codes since the last release", True, "REF_AREA: 3 codes, 0 lost: -"),
        Finding("values are within their limits", False, "120 outside 0 to inf", rows=tuple(failed)),
    )
    record = BuildRecord("2026-11-27T10:00:00Z", FAILED, None, Report("TEST_FLOW was not sealed."), findings)
    node.builds.save("TEST_FLOW", record)
    page = desk.get("/en/desk/dataflows/TEST_FLOW/").content.decode()
    assert "The first 100 of 120 rows." in page
    assert "A99" in page
    assert "A100" not in page
    assert "L99" not in page  # the dataflow has no such column any more
    assert page.index("values are within their limits</h3>") < page.index("codes since the last release</h3>")
    table = desk.get("/en/desk/dataflows/TEST_FLOW/check-2.csv")
    assert table.content.decode().splitlines()[120] == "A119,2024,119.0,L119"
    assert desk.get("/en/desk/dataflows/TEST_FLOW/check-1.csv").status_code == 404
    (node.root / "builds" / "TEST_FLOW" / "check-2.csv").unlink()
    assert desk.get("/en/desk/dataflows/TEST_FLOW/").status_code == 200
    assert desk.get("/en/desk/dataflows/NOWHERE/").status_code == 404


def test_values_to_review_are_listed(desk: Visitor, node: Node) -> None:
    node.releases.seal(draft([*rows(2), {**rows(3)[2], "OBS_STATUS": "V", "COMMENT_OBS": EVIL}]))
    page = desk.get("/en/desk/dataflows/TEST_FLOW/").content.decode()
    assert "Rows as CSV: 1" in page
    assert EVIL not in page
    assert EVIL in desk.get("/en/desk/dataflows/TEST_FLOW/review.csv").content.decode()
    node.releases.seal(draft(rows(4)))
    assert desk.get("/en/desk/dataflows/TEST_FLOW/review.csv").status_code == 404


def test_a_release_is_withdrawn_in_two_steps(desk: Visitor, node: Node) -> None:
    node.releases.seal(draft())
    node.releases.seal(draft(rows(4)))
    page = "/en/desk/dataflows/TEST_FLOW/2/withdraw/"
    assert "Readers get release 1 of" in desk.get(page).content.decode()
    assert desk.post(page, {"do": "withdraw", "withdraw-reason": " "}).status_code == 200
    assert node.releases.current("TEST_FLOW").number == 2
    assert desk.post(page, {"do": "withdraw", "withdraw-reason": "a unit was wrong"}).status_code == 302
    assert node.releases.current("TEST_FLOW").number == 1
    assert "a unit was wrong" in desk.get("/en/desk/dataflows/TEST_FLOW/").content.decode()
    assert desk.get(page).status_code == 400
    assert "no other release" in desk.get("/en/desk/dataflows/TEST_FLOW/1/withdraw/").content.decode()


def test_an_editor_sees_her_dataflow_only(person: Callable[..., Person], node: Node, visitor: Visitor) -> None:
    node.releases.seal(draft())
    node.releases.seal(draft(id_="OTHER_FLOW"))
    visitor.sign_in(person("lee", "editor dataflow TEST_FLOW"))
    page = visitor.get("/en/desk/", follow=True).content.decode()
    assert "TEST_FLOW" in page
    assert "OTHER_FLOW" not in page
    assert "Build this dataflow" not in visitor.get("/en/desk/dataflows/TEST_FLOW/").content.decode()  # has no recipe
    for path in ("dataflows/OTHER_FLOW/", "dataflows/OTHER_FLOW/1/withdraw/", "state/", "settings/", "microdata/"):
        assert visitor.get(f"/en/desk/{path}").status_code == 403, path
    answer = visitor.post("/en/desk/dataflows/OTHER_FLOW/1/withdraw/", {"do": "withdraw", "withdraw-reason": "x"})
    assert answer.status_code == 403
    assert node.releases.current("OTHER_FLOW").number == 1


def test_a_custodian_sees_who_asked_what(person: Callable[..., Person], holding: Holdings, visitor: Visitor) -> None:
    visitor.sign_in(person("lee", "custodian holding earnings"))
    assert "earnings" in visitor.get("/en/desk/", follow=True).content.decode()
    page = visitor.get("/en/desk/microdata/earnings/").content.decode()
    assert page.count("kim, by the command") == 2
    assert "The plan of “…” does not publish this" in page
    assert "Age: from 77" in page
    assert "A cell with fewer than 10 people is not shown." in page
    assert ">30<" not in page  # the answer itself is not recorded
    refused = visitor.get("/en/desk/microdata/earnings/", {"outcome": "refused"}).content.decode()
    assert refused.count("kim, by the command") == 1
    assert "No question fits." in visitor.get("/en/desk/microdata/earnings/", {"until": "2020-01-01"}).content.decode()
    for day in ("soon", "20260401", "2026-W14-3"):
        assert "Write the day as" in visitor.get("/en/desk/microdata/earnings/", {"since": day}).content.decode()


def test_a_private_holding_shows_what_is_spent_by_whom(
    person: Callable[..., Person], operator: Person, node: Node, tmp_path: Path, visitor: Visitor
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("sex,age\n" + "M,30\nF,30\n" * 30, encoding="utf-8")
    rules = '[policy]\nmode = "private"\n[policy.private]\nbudget = 1\nper_asker = 0.5\nper_question = 0.05\n'
    holdings = Holdings(node)
    holdings.add(file, MAPPING + rules)
    for asker in ("kim", "park", "park"):
        Desk(node, holdings, by=f"command {asker}").ask(_count(SEX=["M"] if asker == "kim" else ["F"]))
    page = visitor.sign_in(operator).get("/en/desk/microdata/earnings/").content.decode()
    assert "Every answer has noise" in page
    assert "park, by the command" not in page
    assert "all together" in page
    page = (
        visitor.sign_in(person("lee", "custodian holding earnings"))
        .get("/en/desk/microdata/earnings/")
        .content.decode()
    )
    assert page.count("park, by the command") == 3  # two questions, and the budget
    assert (page.count("cost: 0.05 rho"), page.count("cost: 0 rho")) == (2, 1)
    assert '>0.1</td><td data-label="Left">0.9</td>' in page


def test_an_operator_sees_that_a_holding_exists_but_not_its_questions(desk: Visitor, holding: Holdings) -> None:
    listed = desk.get("/en/desk/microdata/").content.decode()
    assert "for its custodians only" in listed
    page = desk.get("/en/desk/microdata/earnings/").content.decode()
    assert "A cell with fewer than 10 people is not shown." in page
    assert "Age: from 77" not in page
    assert "kim" not in page
    assert desk.get("/en/desk/microdata/nowhere/").status_code == 404
