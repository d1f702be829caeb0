"""DuckDB and a Spark cluster of two workers give the same answer, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bongsu.core.errors import Misconfigured, Unreachable
from bongsu.core.microdata_question import Question
from bongsu.desk.asking import Desk
from bongsu.store.microdata import spark
from bongsu.store.microdata.holdings import Holdings
from tests.desk.town import MAPPING, Town, people, write
from tests.store.cluster import cluster

pytestmark = [
    pytest.mark.java,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

QUESTION = Question.from_data(
    {
        "holding": "town",
        "where": {"AGE": {"from": 16}},
        "breakdown": ["SEX", {"concept": "OCCUPATION", "digits": [1, 2]}, {"concept": "AGE", "bands": [40]}],
        "statistics": [
            {"kind": "count"},
            {"kind": "mean", "of": "EARNINGS"},
            {"kind": "mean", "of": "EXPOSURE"},
            {"kind": "quantile", "of": "EARNINGS", "at": 0.5},
            {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["REGION", "N", "S"]},
        ],
        "scores": {"EXPOSURE": {"release": "NONE", "by": "OCCUPATION"}},
    }
)
SCORES = {"EXPOSURE": {"11": 0.6, "12": 0.4, "21": 0.2, "22": 0.1, "23": 0.7}}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with cluster() as found:
        yield found


def test_duckdb_and_spark_give_same_answer(tmp_path: Path, address: str) -> None:
    town = Town(tmp_path, people(2000), design='[design]\nweight = "weight"\nstratum = "region"')
    clustered = Desk(town.node, town.holdings, spark.create_spark_engine(address))
    here, there = town.desk.ask(QUESTION, SCORES), clustered.ask(QUESTION, SCORES)
    assert [(c.codes, c.statistic, c.status) for c in here.cells] == [
        (c.codes, c.statistic, c.status) for c in there.cells
    ]
    shown = [(one, other) for one, other in zip(here.cells, there.cells, strict=True) if one.value is not None]
    assert len(shown) > 40
    for one, other in shown:
        assert other.value == pytest.approx(one.value, rel=1e-9)
        error = (
            None if one.standard_error is None else pytest.approx(one.standard_error, rel=1e-5, abs=1e-6)
        )  # six digits
        assert other.standard_error == error


def test_refuses_to_send_encrypted_holding_to_cluster(tmp_path: Path, address: str) -> None:
    town = Town(tmp_path, people(100))
    holdings = Holdings(town.node, bytes(32))
    mapping = MAPPING.format(name="locked", design="", policy="")
    holdings.add(write(tmp_path / "others.csv", people(100, seed=9)), mapping)
    with pytest.raises(Misconfigured, match="Only the embedded engine"):
        Desk(town.node, holdings, spark.create_spark_engine(address)).ask(
            Question.from_data({"holding": "locked", "statistics": [{"kind": "count"}]})
        )


def test_error_names_cluster_that_does_not_answer(tmp_path: Path) -> None:
    town = Town(tmp_path, people(100))
    with pytest.raises(Unreachable, match=r"sc://127\.0\.0\.1:9 does not answer"):
        Desk(town.node, town.holdings, spark.create_spark_engine("sc://127.0.0.1:9")).ask(QUESTION, SCORES)
