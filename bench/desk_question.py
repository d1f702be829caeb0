"""Benchmarks a weighted question by country, sex and age over 100 million person rows joined to scores: the desk's expression
against the same SQL in DuckDB (target: at most 1.3 times its time) and against pandas (target: at least 8 times faster). Then
disclosure control of a table of 2,601 cells with margins, including its audit (target: under 2 s).

ROWS=10000000 reduces the size; SPARK=1 also runs it on a local Spark cluster of two workers and compares the numbers (1e-9).
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question
from bongsu.desk.audit import find_narrow_intervals
from bongsu.desk.control import count_task
from bongsu.desk.layout import Axis, Layout
from bongsu.desk.linear import LinearProgramme
from bongsu.desk.policy import Policy
from bongsu.desk.secondary_suppression import protect_cells
from bongsu.store.microdata import expressions

ROWS = int(os.environ.get("ROWS", "100000000"))
MAPPING = """
name = "bench"
[concepts.COUNTRY]
column = "c"
[concepts.SEX]
column = "s"
[concepts.AGE]
column = "a"
kind = "integer"
[concepts.OCCUPATION]
column = "o"
[design]
weight = "w"
"""
QUESTION = {
    "holding": "bench",
    "breakdown": ["COUNTRY", "SEX", {"concept": "AGE", "bands": [25, 35, 45, 55, 65]}],
    "statistics": [{"kind": "mean", "of": "EXPOSURE"}],
    "scores": {"EXPOSURE": {"release": "EXPOSURE_INDEX", "by": "OCCUPATION"}},
}
BAND = " + ".join(f"(AGE >= {age})::INTEGER" for age in (25, 35, 45, 55, 65))
# SQL as an analyst would write it: the mean, and the sums that its standard error and disclosure control need.
WHOLE = f"""SELECT COUNTRY, SEX, {BAND} AS band, count(*) AS n, sum(WEIGHT) AS a, sum(WEIGHT * WEIGHT) AS aa,
  count(score) AS vn, sum(WEIGHT) FILTER (score IS NOT NULL) AS va,
  sum(WEIGHT * WEIGHT) FILTER (score IS NOT NULL) AS vaa, sum(WEIGHT * score) AS b,
  sum(WEIGHT * WEIGHT * score) AS ab, sum(WEIGHT * score * WEIGHT * score) AS bb, max(WEIGHT * score) AS top
  FROM holding LEFT JOIN scores ON OCCUPATION = code GROUP BY ALL"""
BARE = f"""SELECT COUNTRY, SEX, {BAND} AS band, sum(WEIGHT * score) / sum(WEIGHT) AS mean
  FROM holding JOIN scores ON OCCUPATION = code GROUP BY ALL"""


def write_persons(path: Path) -> None:
    """Writes ROWS synthetic persons of 60 countries and 436 occupations, in the file format of a holding."""
    duckdb.sql(
        f"""COPY (SELECT 'C' || lpad((h % 60)::VARCHAR, 2, '0') AS COUNTRY, CASE WHEN (h // 64) % 2 = 0 THEN 'F' ELSE 'M' END
        AS SEX, (15 + (h // 128) % 60)::BIGINT AS AGE, lpad(((h // 8192) % 436)::VARCHAR, 4, '0') AS OCCUPATION,
        50 + (h // 4194304) % 1000 / 10.0 AS WEIGHT, (h % 4294967296)::BIGINT AS RECORD_KEY
        FROM (SELECT (hash(i) % 1000000007)::BIGINT * 977 AS h FROM range({ROWS}) t(i)))
        TO '{path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)"""
    )


def time_call(work: Callable[[], Any]) -> tuple[float, Any]:
    """Returns (seconds, result) of a call."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def answer_by_duckdb(path: Path, scores: pa.Table, query: str) -> Any:
    """Answers with hand-written SQL."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"CREATE VIEW holding AS SELECT * FROM read_parquet('{path}')")
        connection.register("scores", scores)
        return connection.execute(query).to_arrow_table()


def answer_by_pandas(path: Path, scores: pa.Table) -> Any:
    """Computes only the weighted means, with texts as categories, the fastest form for pandas."""
    import pandas as pd

    frame = pd.read_parquet(path, columns=["COUNTRY", "SEX", "AGE", "OCCUPATION", "WEIGHT"])
    for name in ("COUNTRY", "SEX", "OCCUPATION"):
        frame[name] = frame[name].astype("category")
    known: dict[Any, Any] = dict(zip(*(scores[name].to_pylist() for name in ("code", "score")), strict=True))
    frame["x"] = frame["OCCUPATION"].map(known).astype("float64")
    frame = frame[frame["x"].notna()]
    frame["x"] *= frame["WEIGHT"]
    frame["band"] = np.searchsorted([25, 35, 45, 55, 65], frame["AGE"], side="right")
    sums = frame.groupby(["COUNTRY", "SEX", "band"], observed=True)[["x", "WEIGHT"]].sum()
    return sums["x"] / sums["WEIGHT"]


def compare_engines(folder: Path) -> None:
    """Times the question on four engines."""
    path = folder / "data.parquet"
    write_persons(path)
    codes = [f"{number:04d}" for number in range(427)]  # nine occupations have no score
    scores = pa.table({"code": codes, "score": pa.array([(n * 37 % 100) / 100 for n in range(427)], pa.float64())})
    plan = expressions.plan_sums(Question.from_data(QUESTION), Survey.parse(MAPPING))
    expression = expressions.sum_expression(plan)

    def desk() -> Any:
        return expressions.run_expression(expression, str(path), {"EXPOSURE": scores})

    rounds = [
        (
            time_call(desk),
            time_call(lambda: answer_by_duckdb(path, scores, WHOLE)),
            time_call(lambda: answer_by_duckdb(path, scores, BARE)),
        )
        for _ in range(3)
    ]
    ours, whole, bare = (statistics.median(each[i][0] for each in rounds) for i in range(3))
    pandas, means = time_call(lambda: answer_by_pandas(path, scores))
    answer = rounds[0][0][1].to_pylist()
    for row in answer:
        assert abs(row["v0_b"] / row["v0_a"] - means[row["k0"], row["k1"], row["k2"]]) < 1e-9
    print(f"desk question, {ROWS:,} rows: {ours:.2f} s, {ours / whole:.2f}x the same SQL by DuckDB (bar: 1.3x)")
    print(f"desk question: {ours / bare:.2f}x a bare weighted mean without errors or protection (no bar)")
    print(f"desk question: {pandas / ours:.1f}x faster than pandas' bare weighted mean, {pandas:.1f} s (bar: 8x)")
    if os.environ.get("SPARK"):
        compare_spark(path, expression, scores, answer)


def compare_spark(path: Path, expression: Any, scores: pa.Table, answer: list[dict[str, Any]]) -> None:
    """Times the same question on two Spark workers and checks that the numbers are equal."""
    from bongsu.store.microdata.spark import create_spark_engine
    from tests.store.cluster import cluster

    with cluster() as address:
        run = create_spark_engine(address)
        run(expression, str(path), {"EXPOSURE": scores})  # the first question starts the workers
        seconds, found = time_call(lambda: run(expression, str(path), {"EXPOSURE": scores}))
    theirs = {(row["k0"], row["k1"], row["k2"]): row for row in found.to_pylist()}
    worst = 0.0
    for row in answer:
        for name in ("n", "a", "aa", "v0_b", "v0_bb"):
            worst = max(worst, abs(theirs[row["k0"], row["k1"], row["k2"]][name] / row[name] - 1))
    assert worst < 1e-9
    print(f"desk question on Spark: {seconds:.1f} s, numbers equal to {worst:.0e} (bar: 1e-9)")


def time_control() -> None:
    """Times suppression and audit of a table of 51 x 51 cells, against one linear programme of the same table."""
    layout = Layout(tuple(Axis.flat(name, tuple(f"{n:02d}" for n in range(50))) for name in ("ROW", "COLUMN")))
    random = np.random.default_rng(7)
    people = layout.sums(random.poisson(random.lognormal(np.log(60), 1, layout.leaf_shape)).astype(float))
    task = count_task(people, people, Policy(), np.zeros(layout.cells, bool), people == 1)
    programme = LinearProgramme.from_layout(layout, halves=True)
    programme.set_bounds(np.r_[task.up, np.zeros(layout.cells)], np.r_[np.full(layout.cells, np.inf), people])
    programme.set_costs(np.ones(2 * layout.cells))
    programme.solve()  # the first one also starts the solver
    single, _ = time_call(programme.solve)
    seconds, hidden = time_call(lambda: protect_cells(layout, task, np.zeros(layout.cells, bool)))
    audit, tight = time_call(lambda: find_narrow_intervals(layout, people, hidden, task.up, task.down))
    assert not tight
    print(
        f"disclosure control of {layout.cells:,} cells with margins: {seconds:.2f} s and {audit:.2f} s for the audit "
        f"(bar: 2 s); one linear programme {single:.3f} s, ratio {(seconds + audit) / single:.0f}; "
        f"{int(hidden.sum())} cells hidden for {int(task.sensitive.sum())} small ones"
    )


def main() -> None:
    """Runs all benchmarks."""
    time_control()
    with tempfile.TemporaryDirectory() as folder:
        compare_engines(Path(folder))


if __name__ == "__main__":
    main()
