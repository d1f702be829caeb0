"""Small drafts for the tests of the store. They have their own dataflow and need no programme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from bongsu.core.provenance import Input, Method, Origin
from bongsu.core.release import Draft
from bongsu.core.structure import Dataflow, Structure, parse_dataflow
from bongsu.store.releases.observations import to_table
from bongsu.store.tables.definitions import code_lists, concepts

NAME = {"en": "Test", "ko": "시험", "fr": "Essai"}
ORIGIN = Origin("Someone", "Something", "https://example.org", "CC-BY-4.0")
INPUT = Input("numbers", "0" * 64, "2026", ORIGIN)


def flow(id_: str = "TEST_FLOW") -> Dataflow:
    row = {
        "version": "1.0.0",
        "dimensions": ["REF_AREA", "TIME_PERIOD"],
        "units": ["TWh"],
        "boundary": "facility",
        "method": "test 1",
        "name": NAME,
        "description": NAME,
    }
    return parse_dataflow(id_, row, concepts(), programme="test", where="test")


def rows(count: int = 3, **changes: Any) -> list[dict[str, Any]]:
    areas = [code.id for code in code_lists()["CL_AREA"]]
    return [
        {
            "REF_AREA": areas[n % len(areas)],
            "TIME_PERIOD": str(1990 + n // len(areas)),
            "OBS_VALUE": float(n),
            "KIND": "measured",
            "VINTAGE": "2026",
            "SOURCE": "test",
            **changes,
        }
        for n in range(count)
    ]


def draft(observations: list[dict[str, Any]] | pa.Table | None = None, id_: str = "TEST_FLOW") -> Draft:
    made = flow(id_)
    table = observations if isinstance(observations, pa.Table) else to_table(made, observations or rows())
    lists: Mapping[str, Any] = code_lists()
    return Draft(Structure(made, (lists["CL_KIND"],)), table, (INPUT,), Method("test", "1"))
