"""Every place that reads observations is known, and those that compute with them leave flagged ones out.

The places are found by walking the source, so that a new one cannot be forgotten: it reads by `usable_observations` or
`usable_rows`, or it is listed here with how it says what the status of a value is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import bongsu
from bongsu.core.observation_status import NOT_RELIED_ON, RELIED_ON
from bongsu.store.tables.definitions import code_lists

ROOT = Path(bongsu.__file__).parent

# Files that read observations as they are, flagged ones too, and what they do with the status.
RAW_READERS = {
    "api/node_reader.py": "returns every column, OBS_STATUS too",
    "cli/show.py": "prints every column",
    "core/programme.py": "separates flagged rows",
    "publish/catalogue/items.py": "reads areas and periods, no values",
    "publish/charts/explorer_query.py": "its readers are listed below",
    "publish/pages/chart_views.py": "select_chart leaves flagged ones out; select_newest too",
    "publish/pages/country_pages.py": "tables show the status; charts and headlines leave flagged ones out",
    "publish/pages/dataflow_pages.py": "a table with the status",
    "publish/pages/explorer_page.py": "a table with the status; select_chart leaves flagged ones out",
    "publish/pages/peer_pages.py": "a table with the status",
    "publish/report/contents.py": "tables show the status; charts leave flagged ones out",
    "publish/sdmx/conditions.py": "counts observations and lists codes",
    "publish/sdmx/datasets.py": "sends OBS_STATUS with every value",
    "publish/sdmx/table_message.py": "sends OBS_STATUS with every value",
    "store/building/builds.py": "hands inputs to recipes, which read them by usable_rows; compares with the release before",
    "store/law_check.py": "checks values, flagged ones too",
    "store/node.py": "defines the readers",
    "store/own_flows/flow_folders.py": "compares with the release before",
    "store/releases/difference.py": "compares two releases, OBS_STATUS too",
    "store/releases/revisions.py": "compares releases of one figure",
    "web/correcting.py": "shows the value that a person corrects",
    "web/desk_pages/flow_pages.py": "lists the flagged observations",
}


def find_raw_readers(path: Path) -> Iterator[str]:
    for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Attribute):
            receiver = ast.unparse(found.func.value).split(".")[-1]
            if found.func.attr in (
                "observations",
                "current_observations",
                "stream",
                "select_rows",
                "select_newest_rows",
            ) or (found.func.attr in ("table", "select") and receiver in ("node", "_node", "engine")):
                yield ast.unparse(found.func)
        elif (
            isinstance(found, ast.Attribute) and found.attr == "observations" and isinstance(found.value, ast.Subscript)
        ):
            yield ast.unparse(found)  # inputs["FLOW"].observations in a recipe


def test_every_reader_of_observations_is_known() -> None:
    readers = {
        str(path.relative_to(ROOT)): calls
        for path in sorted(ROOT.rglob("*.py"))
        if (calls := [call for call in find_raw_readers(path) if call != "writer.observations"])
    }
    unknown = {name: calls for name, calls in readers.items() if name not in RAW_READERS}
    assert not unknown, "read by node.usable_observations or inputs.usable_rows, or say here what becomes of the status"
    assert set(RAW_READERS) == set(readers), "no longer reads observations"


def test_grid_values_are_read_in_one_place() -> None:
    # The table of the meter and the mixes of EcoLogits are opened by one module each.
    opened = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if any(
            isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.endswith(name)
            for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in ("grid.csv", "electricity_mixes.json")
        )
    }
    assert opened <= {
        "energy/grid/grid_table.py",
        "energy/dataflows/grid_intensity.py",
        "energy/dataflows/grid_mixes.py",
    }


def test_every_status_says_whether_it_is_relied_on() -> None:
    assert set(RELIED_ON) == {code.id for code in code_lists()["CL_OBS_STATUS"]}
    assert NOT_RELIED_ON == ("U", "V")


def test_no_file_has_its_own_code_of_a_flag() -> None:
    for path in ROOT.rglob("*.py"):
        if path.name != "observation_status.py":
            assert "_FLAGGED =" not in path.read_text(encoding="utf-8"), path
