"""Sources that are alive: asked on conditions, checked before they are taken; whatever goes wrong, what stood stands."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bongsu.core.errors import BadInput, Missing, Unreachable
from bongsu.core.provenance import Origin
from bongsu.store.node import Node
from bongsu.store.sources.asking import FAILED, HELD, NEW, UNCHANGED, Asked, add_source, ask_source, is_due, read_state
from bongsu.store.sources.drift import check_table
from bongsu.store.sources.source_file import LivingSource, NodeSources, find_source, list_sources, read_node_sources
from bongsu.store.sources.table import SourceTable, find_reader

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TABLE = """
title = "Meters of the town"
publisher = "The town"
licence = "CC-BY-4.0"
address = ["ADDRESS/a.csv", "ADDRESS/b.csv"]
format = "CSV"
seen = "made for this test"
every = "week"

[read]
columns = { Country = "area", Year = "year", Sex = "sex", Value = "gwh" }
codes = { sex = { Total = "T", Women = "F", Men = "M" } }
factor = { gwh = 0.001 }
missing = ["n/a"]

[check]
keys = ["area", "year", "sex"]
values = { gwh = [0, 100] }
codes = { area = ["CL_AREA"], sex = ["T", "F", "M"] }
units = { Unit = "MWh" }
sums = [{ column = "sex", total = "T", value = "gwh" }]
least = 3
lost = 0.1
changed = 0.5
"""
HEAD = "Country,Year,Sex,Value,Unit\n"
KOREA = "KOR,2024,Total,5000,MWh\nKOR,2024,Women,2000,MWh\nKOR,2024,Men,3000,MWh\n"
FRANCE = "FRA,2024,Total,900,MWh\nFRA,2024,Women,n/a,MWh\n"


class Town:
    """A source of two files that the loopback server gives, with its ETags."""

    def __init__(self, node: Node, served: Any) -> None:
        self.node, self.served = node, served
        self.source = add_source(node, "town", TABLE.replace("ADDRESS", served.address).encode())
        self.give(HEAD + KOREA, HEAD + FRANCE)

    def give(self, *texts: str) -> None:
        for name, text in zip("ab", texts, strict=True):
            self.served.answers[f"/{name}.csv"] = self._answer(text.encode())

    @staticmethod
    def _answer(body: bytes) -> Any:
        etag = f'"{hash(body)}"'

        def answer(headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
            if headers.get("If-None-Match") == etag:
                return 304, {}, b""
            return 200, {"ETag": etag, "Last-Modified": "Fri, 27 Nov 2026 10:00:00 GMT"}, body

        return answer

    def ask(
        self, *, rules: NodeSources | None = None, keys: Mapping[str, str] | None = None, accept: str = ""
    ) -> Asked:
        fetcher = self.served.fetcher()
        return ask_source(self.node, self.source, rules or NodeSources(), fetcher, keys or {}, NOW, accept=accept)

    def rows(self) -> list[tuple[str, ...]]:
        snapshot = self.node.snapshots.newest("town")
        assert snapshot
        return list(SourceTable.from_csv(self.node.snapshots.read(snapshot)).rows)


@pytest.fixture
def town(empty: Node, served: Any) -> Town:
    return Town(empty, served)


def test_a_source_is_taken_with_its_raw_files_and_its_date(town: Town) -> None:
    asked = town.ask()
    assert (asked.outcome, asked.error) == (NEW, None)
    # 5000 MWh x 0.001 = 5 GWh; n/a is no number
    assert town.rows() == [
        ("FRA", "2024", "F", ""),
        ("FRA", "2024", "T", "0.9"),
        ("KOR", "2024", "F", "2"),
        ("KOR", "2024", "M", "3"),
        ("KOR", "2024", "T", "5"),
    ]
    assert asked.snapshot
    assert asked.snapshot.vintage == "2026-11-27"  # Last-Modified
    raw = [town.node.snapshots.newest(f"raw-town-{number}") for number in (1, 2)]
    assert asked.snapshot.made_from == ",".join(one.sha256 for one in raw if one)
    assert town.node.snapshots.read(raw[0]) == (HEAD + KOREA).encode()  # type: ignore[arg-type]
    state = read_state(town.node, "town")
    assert (state.asked, state.outcome) == ("2026-11-28T12:00:00Z", NEW)


def test_what_is_unchanged_is_not_sent_again(town: Town) -> None:
    town.ask()
    assert town.ask().outcome == UNCHANGED
    assert all("If-None-Match" in headers for headers in town.served.headers[2:])
    town.give(HEAD + KOREA.replace("2024", "2025") + KOREA, HEAD + FRANCE)  # one of two files is new
    asked = town.ask()
    assert asked.outcome == NEW
    assert len(town.rows()) == 8
    assert ("FRA", "2024", "T", "0.9") in town.rows()  # of the file that answered 304


@pytest.mark.parametrize(
    ("korea", "said"),
    [
        (KOREA.replace("5000", "50000"), "totals are the sums"),
        (KOREA.replace("MWh", "GWh"), "units are as before"),
        (KOREA.replace("KOR", "KXX"), "codes are known: 1 wrong; area: KXX"),
        (KOREA.replace("Men", "Boys"), "codes are known: 1 wrong; sex: Boys"),
        (KOREA.replace("3000", "300000").replace("5000", "302000"), "within their bounds: 2 wrong"),
        (KOREA + "KOR,2024,Men,3000,MWh\n", "each key is there once"),
        (KOREA.replace("KOR,2024,Men,3000,MWh\n", ""), "few keys are gone: 1 of 5 gone; KOR 2024 M"),
        ("KOR,2024,Total,4000,MWh\nKOR,2024,Women,1900,MWh\nKOR,2024,Men,2100,MWh\n", "3 of 5 changed"),
        ("", "enough rows: 2 rows"),
    ],
)
def test_drift_is_held_and_what_stood_stands(town: Town, korea: str, said: str) -> None:
    town.ask()
    before = (town.rows(), len(town.node.snapshots.all()))
    town.give(HEAD + korea, HEAD + FRANCE)
    asked = town.ask()
    assert asked.outcome == HELD
    assert said in str(asked.error)
    assert (town.rows(), len(town.node.snapshots.all())) == before
    assert (town.node.root / "sources/town/held-1").read_text() == HEAD + korea
    assert town.ask().outcome == HELD  # it is asked for again, and held again
    assert said in read_state(town.node, "town").report.describe(str)


def test_a_person_accepts_with_a_reason(town: Town) -> None:
    town.ask()
    town.give(HEAD + KOREA.replace("KOR,2024,Men,3000,MWh\n", ""), HEAD + FRANCE)
    assert town.ask().outcome == HELD
    asked = town.ask(accept="Men are no longer counted.")
    assert asked.outcome == NEW
    assert [(one.key, one.column) for one in asked.changes] == [(("KOR", "2024", "M"), "")]
    assert not list((town.node.root / "sources/town").glob("held-*"))
    line = [one for one in town.node.journal.lines() if one.event == "source-accepted"][-1]
    assert line.detail["reason"] == "Men are no longer counted."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("Value", "Values") + KOREA, "no column “Value”"),
        (HEAD + "KOR,2024,Total\n", "3 cells"),
        (HEAD + KOREA.replace("5000", "5 000"), "not a number"),
        ("<html>maintenance</html>", "no column"),
        (HEAD.replace("Sex", "Year") + KOREA, "more than once"),
    ],
)
def test_another_format_fails_and_nothing_is_half_taken(town: Town, text: str, said: str) -> None:
    town.ask()
    before = (town.rows(), len(town.node.snapshots.all()))
    town.give(HEAD + KOREA.replace("2024", "2025") + KOREA, text if "\n" in text else f"{text}\nx")
    asked = town.ask()
    assert asked.outcome == FAILED
    assert said in str(asked.error)
    assert (town.rows(), len(town.node.snapshots.all())) == before


def test_a_server_that_fails_leaves_what_stood(town: Town) -> None:
    town.ask()
    rows = town.rows()
    town.served.answers["/b.csv"] = (503, {}, b"")
    asked = town.ask()
    assert (asked.outcome, type(asked.error)) == (FAILED, Unreachable)
    whole = (HEAD + KOREA).encode()
    town.served.answers["/a.csv"] = (200, {"ETag": '"x"', "Content-Length": str(len(whole))}, whole[:40])
    assert town.ask().outcome == FAILED
    assert (town.node.root / "sources/town/part-1").read_bytes() == whole[:40]
    assert town.rows() == rows


def test_when_it_is_due(town: Town) -> None:
    rules = NodeSources()
    assert is_due(town.node, town.source, rules, NOW)
    town.ask()
    assert not is_due(town.node, town.source, rules, NOW + timedelta(days=6))
    assert is_due(town.node, town.source, rules, NOW + timedelta(days=7))
    assert not is_due(town.node, town.source, NodeSources(off=["town"]), NOW + timedelta(days=7))
    town.served.answers["/b.csv"] = (500, {}, b"")
    town.ask()
    assert not is_due(town.node, town.source, rules, NOW + timedelta(hours=23))
    assert is_due(town.node, town.source, rules, NOW + timedelta(days=1))  # one that failed


def test_a_mirror_takes_the_place_of_the_publisher(town: Town) -> None:
    rules = NodeSources(mirrors={f"{town.served.address}/": f"{town.served.address}/mirror/"})
    for name in "ab":
        town.served.answers[f"/mirror/{name}.csv"] = town.served.answers.pop(f"/{name}.csv")
    asked = town.ask(rules=rules)
    assert asked.outcome == NEW
    assert asked.snapshot
    assert asked.snapshot.origin.address == f"{town.served.address}/a.csv"  # the publisher's, for the citation
    (town.node.root / "sources.toml").write_text('proxy = "file:///x"\n')
    with pytest.raises(BadInput):
        read_node_sources(town.node)


def test_a_key_is_needed_and_never_shown(empty: Node, served: Any) -> None:
    text = TABLE.replace('"ADDRESS/a.csv", "ADDRESS/b.csv"', f'"{served.address}/k?key={{key}}"')
    source = add_source(empty, "keyed", text.replace('every = "week"', 'every = "week"\nkey = "town"').encode())
    ask = {"node": empty, "source": source, "rules": NodeSources(), "fetcher": served.fetcher(), "now": NOW}
    assert isinstance(ask_source(**ask, keys={}).error, Missing)
    served.answers["/k?key=s3cret"] = (403, {}, b"")
    asked = ask_source(**ask, keys={"town": "s3cret"})
    assert served.asked == ["/k?key=s3cret"]
    assert "403" in str(asked.error)
    assert "s3cret" not in str(asked.error) + (empty.root / "sources/keyed/state.json").read_text()
    assert "key" not in source.origin.address.partition("?")[2]


def test_a_key_may_be_a_header(empty: Node, served: Any) -> None:
    text = TABLE.replace('"ADDRESS/a.csv", "ADDRESS/b.csv"', f'"{served.address}/a.csv"')
    text = text.replace('every = "week"', 'every = "week"\nkey = "town"\nbearer = true')
    source = add_source(empty, "keyed", text.encode())
    served.answers["/a.csv"] = (200, {}, (HEAD + KOREA).encode())
    asked = ask_source(empty, source, NodeSources(), served.fetcher(), {"town": "s3cret"}, NOW)
    assert asked.outcome == NEW
    assert served.headers[0]["Authorization"] == "Bearer s3cret"


def test_the_shipped_copy_serves_until_the_source_has_come(empty: Node, served: Any) -> None:
    from bongsu.store.tables.programmes import read_programme

    shipped = next(one for one in read_programme("work").sources if one.name == "ai-postings")
    assert empty.snapshots.take(shipped)[1]
    living = find_source(empty, "ai-postings")
    served.answers["/p"] = (200, {}, b"date,jobcountry,AI_share_postings\n2026-07-01,IE,4\n")
    file = living.file
    file.address = [f"{served.address}/p"]
    one = LivingSource("ai-postings", "work", file)
    asked = ask_source(empty, one, NodeSources(), served.fetcher(), {}, NOW)
    assert asked.outcome == HELD  # one month of one country, where 810 stood
    snapshot, new = empty.snapshots.take(shipped)
    assert (snapshot.made_from, new) == ("", False)
    assert ask_source(empty, one, NodeSources(), served.fetcher(), {}, NOW, accept="a trial").outcome == NEW
    snapshot, new = empty.snapshots.take(shipped)
    assert (snapshot.vintage, new, bool(snapshot.made_from)) == ("2026-11-28", False, True)


def test_an_own_source_feeds_an_own_dataflow(empty: Node, served: Any) -> None:
    text = TABLE.replace("ADDRESS", served.address).replace('every = "week"', 'every = "week"\nflow = "TOWN"')
    source = add_source(empty, "town", text.encode())
    served.answers |= {"/a.csv": (200, {}, (HEAD + KOREA).encode()), "/b.csv": (200, {}, HEAD.encode())}
    assert ask_source(empty, source, NodeSources(), served.fetcher(), {}, NOW).outcome == NEW
    assert (empty.root / "flows/TOWN/data.csv").read_text().splitlines()[0] == "area,year,sex,gwh"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('every = "week"', 'every = "hour"', "every"),
        ("[check]", "[checks]", "checks"),
        ('"ADDRESS/a.csv"', '"file:///etc/passwd"', "not a valid web address"),
        ('format = "CSV"', 'format = "CSV"\nkey = "x"', "{key}"),
        ('format = "CSV"', 'format = "CSV"\nreader = "nothing"', "nothing"),
        ("lost = 0.1", "lost = 7", "lost"),
    ],
)
def test_a_wrong_table_is_refused(empty: Node, old: str, new: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        add_source(empty, "town", TABLE.replace(old, new).replace("ADDRESS", "https://town.example").encode())
    assert said in f"{caught.value} {caught.value.where}"
    assert not (empty.root / "sources").exists()
    with pytest.raises(BadInput):
        add_source(empty, "ai-postings", TABLE.replace("ADDRESS", "https://town.example").encode())
    with pytest.raises(BadInput):
        add_source(empty, "../town", TABLE.replace("ADDRESS", "https://town.example").encode())


def test_the_shipped_tables_can_be_read(empty: Node) -> None:
    found = list_sources(empty)
    assert {"ai-postings", "epoch-models", "dpg-registry", "ilostat-employment"} <= found.keys()
    for source in found.values():
        assert callable(find_reader(source))
        assert all(address.startswith("https://") for address in source.file.address)
        assert source.origin.licence
    feeding = {one.name for programme in ("energy", "work", "commons") for one in _sources(programme)}
    assert {"ai-postings", "employment-soc", "exposure-anthropic", "exposure-microsoft"} <= feeding & found.keys()


def _sources(programme: str) -> Any:
    from bongsu.store.tables.programmes import read_programme

    return read_programme(programme).sources


def test_archives_are_bounded_and_refused() -> None:
    from bongsu.store.sources.table import unpack

    source = LivingSource("x", "own", None)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="ZIP"):
        list(unpack(source, io.BytesIO(b"PK nothing").getvalue()))


def test_columns_of_before_must_stay(town: Town) -> None:
    now = SourceTable(("area", "year", "sex", "gwh"), (("KOR", "2024", "T", "1"),) * 1, {"Unit": frozenset({"MWh"})})
    before = SourceTable(("area", "year", "gwh"), (), {})
    found = {one.check: one.holds for one in check_table(town.source, now, before)}
    assert found["columns are those of before"] is False
    assert (
        Origin("The town", "Meters of the town", town.source.file.address[0], "CC-BY-4.0", "The town")
        == town.source.origin
    )
