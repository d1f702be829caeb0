"""The question as Spark's SQL. tests/desk asks a whole cluster where there is a Java."""

from __future__ import annotations

import ibis
import pytest

from bongsu.store.microdata.spark import compile_spark_sql


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
@pytest.mark.parametrize(("kind", "word"), [("string", "STRING"), ("int64", "BIGINT")])
def test_types_have_the_names_of_spark(kind: str, word: str) -> None:
    table = ibis.table({"AGE": "float64"}, name="holding")
    text = compile_spark_sql(table.select(age=table.AGE.cast(kind)))
    assert word in text
    assert "`holding`" in text
