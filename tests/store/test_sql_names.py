"""Names and texts are quoted wherever SQL is written, whatever characters they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.estimate import Boundary
from bongsu.core.selection import Selection
from bongsu.core.structure import ATTRIBUTES, Concept, Dataflow
from bongsu.core.text import Text
from bongsu.store.query_engine import Engine
from bongsu.store.releases.observations import to_table
from bongsu.store.releases.sql_text import Escape, TextCell, compile_text_query, join_texts, stream_text

NAME, TEXT = """A"B'C""", """x"y'z"""
_NO_TEXT = Text("x", ko="x", fr="x")
FLOW = Dataflow(
    "FLOW",
    "own",
    "1.0.0",
    _NO_TEXT,
    _NO_TEXT,
    (Concept(NAME, _NO_TEXT, _NO_TEXT),),
    tuple(Concept(one, _NO_TEXT, _NO_TEXT) for one in ATTRIBUTES),
    ("1",),
    Boundary.NONE,
    "own 1",
)


def test_a_name_with_quotation_marks_is_written_selected_and_formatted(tmp_path: Path) -> None:
    engine, path = Engine(), tmp_path / "it's.parquet"
    row = {NAME: TEXT, "OBS_VALUE": 1, "KIND": "reported", "VINTAGE": "1", "SOURCE": "x"}
    observations = to_table(FLOW, [row])
    assert engine.write(observations, FLOW, path) == 1
    assert engine.select(NAME, path, FLOW, Selection(((NAME, (TEXT,)),))).read_all().num_rows == 1
    query = compile_text_query(engine.table(NAME, path, FLOW), ["<", TextCell(NAME, Escape.NONE), ">'"])
    assert b"".join(join_texts(batch.column(0)) for batch in stream_text(engine, query)) == f"<{TEXT}>'".encode()
    with pytest.raises(BadInput, match="each key occurs once"):
        engine.write(to_table(FLOW, [row, row]), FLOW, path)
