"""The report's form: what is written can be read, and nothing else is accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bongsu
from bongsu.core.errors import BadInput
from bongsu.energy.meter.boamps_export import boamps_document
from bongsu.energy.meter.job import OUTER_VARIABLE, read_job
from bongsu.energy.meter.replay import load_recording, replay_recording
from bongsu.energy.meter.report_json import REPORT_SCHEMA, dump_report, parse
from bongsu.energy.meter.share import GpuUse, cpu_share
from tools.write_grid_table import TABLE, write_table

NODE = Path(__file__).with_name("recordings") / "gpu-node.json"


def written() -> dict[str, Any]:
    return json.loads(
        json.dumps(dump_report(replay_recording(load_recording(NODE), label="fine-tuning", country="KOR")))
    )  # type: ignore[no-any-return]


def test_a_report_is_read_as_it_was_written() -> None:
    report = replay_recording(load_recording(NODE), label="fine-tuning", country="KOR")
    body = json.dumps(dump_report(report))
    assert dump_report(parse(body)) == dump_report(report)
    assert json.loads(body)["schema"] == REPORT_SCHEMA
    assert parse(body.encode()).components[0].machine == report.components[0].machine


def change(path: str, value: object) -> Callable[[Any], None]:
    """A change of one field of a report, by its path."""

    def apply(data: Any) -> None:
        *above, last = [int(key) if key.isdigit() else key for key in path.split("/")]
        for key in above:
            data = data[key]
        data[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("schema", "bongsu.meter/2", "schema"),
        ("id", "12", "id"),
        ("label", "x" * 501, "label"),
        ("label", "a\x00b", "label"),
        ("label", "\ud800", "label"),
        ("country", "Korea", "country"),
        ("start", "2026-01-01T00:00:00", "start"),  # no time zone
        ("start", "yesterday", "start"),
        ("duration_s", 121, "duration_s"),
        ("duration_s", -1, "duration_s"),
        ("exit_status", "0", "exit_status"),
        ("exit_status", 2**32 + 1, "exit_status"),
        ("exit_status", -(2**31) - 1, "exit_status"),
        ("host", [], "host"),
        ("host/logical_cpus", 0, "host.logical_cpus"),
        ("host/logical_cpus", 1.5, "host.logical_cpus"),
        ("host/surprise", 1, "host"),
        ("surprise", 1, "report"),
        ("job/rank", 2, "job.rank"),
        ("job/counts_node", 1, "job.counts_node"),
        ("job/outer", "x", "job.outer"),
        ("components/0/type", "tpu", "components[0].type"),
        ("components/0/boundary", "rack", "components[0].boundary"),
        ("components/1/id", "gpu:0", "components"),
        ("components/0/machine/energy_J", -1, "components[0].machine.energy_J"),
        ("components/0/machine/energy_J", 1e300, "components[0].machine.energy_J"),
        ("components/0/machine/energy_J", 10**400, "components[0].machine.energy_J"),
        ("components/0/machine/energy_J", 121 * 100_000 + 1, "components[0].machine.energy_J"),  # above 100 kW
        ("components/0/machine/energy_J", "72000", "components[0].machine.energy_J"),
        ("components/0/machine/energy_J", True, "components[0].machine.energy_J"),
        ("components/0/machine/low_J", 80_000, "components[0].machine"),
        ("components/0/machine/high_J", 10, "components[0].machine"),
        ("components/0/machine/kind", "guessed", "components[0].machine.kind"),
        ("components/0/process/energy_J", 75_000, "components[0].process"),
        ("components/0/share/value", 1.01, "components[0].share.value"),
        ("components/2/machine/energy_J", 18_143, "totals"),  # a component changed and its total not
        ("totals/0/process/energy_J", 1.0, "totals"),
        ("totals/0/machine/kind", "modelled", "totals"),
        ("totals", [], "totals"),
        ("footprint/co2e_g", -2, "footprint.co2e_g"),
        ("notes/0", 5, "notes[0]"),
        ("notes", {}, "notes"),
    ],
)
def test_a_fault_is_refused_with_its_place(path: str, value: object, place: str) -> None:
    data = written()
    data["notes"] = ["a note"]
    change(path, value)(data)
    with pytest.raises(BadInput) as caught:
        parse(json.dumps(data))
    assert caught.value.where.removeprefix("report: ") == place


def _missing() -> list[str]:
    return sorted(written())


@pytest.mark.parametrize("field", _missing())
def test_no_field_may_be_missing(field: str) -> None:
    data = written()
    del data[field]
    with pytest.raises(BadInput, match=f"“{field}” is missing"):
        parse(json.dumps(data))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'{"schema": NaN}',
        b"[" * 100_000,
        b"x" * 1_000_001,
        b'{"a": 1' + b"0" * 5000,
    ],
)
def test_a_file_that_is_not_a_report_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput, match="report"):
        parse(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_else_happens(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body)


@given(st.data())
def test_a_report_with_any_field_replaced_is_read_or_refused(data: st.DataObject) -> None:
    report = written()
    node: Any = report
    while isinstance(node, dict | list) and node:
        keys = sorted(node) if isinstance(node, dict) else range(len(node))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            junk = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]) | st.just({})
            node[key] = data.draw(junk)
            break
        node = node[key]
    try:
        parse(json.dumps(report))
    except BadInput as error:
        assert error.where  # noqa: PT017  either outcome is right; a refusal names its place


def test_boamps_has_what_its_schema_requires() -> None:
    document: Any = boamps_document(
        replay_recording(load_recording(NODE), label="fine-tuning", country="KOR"), {"taskStage": "finetuning"}
    )
    assert {"task", "measures", "infrastructure"} <= document.keys()
    assert {"taskStage", "taskFamily", "algorithms", "dataset"} <= document["task"].keys()
    assert document["task"]["taskStage"] == "finetuning"
    assert document["header"]["reportDatetime"] == "2026-01-01 00:02:00"
    assert document["environment"] == {"country": "KOR", "powerSourceCarbonIntensity": 417.06}
    gpus = next(row for row in document["infrastructure"]["components"] if row["componentType"] == "gpu")
    assert gpus["nbComponent"] == 2
    measured, modelled = document["measures"]
    assert measured["measurementMethod"] == "bongsu, measured"
    assert measured["powerConsumption"] == pytest.approx(72_000 / 3.6e6)  # the GPU that was ours alone, kWh
    # the energy of CPUs and memory is measured, the 602 of 1,200 CPU seconds of the processes make it a model
    assert modelled["powerConsumption"] == pytest.approx(31_343.32885 * (602 / 1200) / 3.6e6)


@pytest.mark.parametrize(
    ("environment", "launcher", "rank", "ranks", "local", "counts"),
    [
        ({}, "none", 0, 1, 0, True),
        ({"RANK": "3", "WORLD_SIZE": "16", "LOCAL_RANK": "3"}, "torchrun", 3, 16, 3, False),
        ({"RANK": "8", "WORLD_SIZE": "16", "LOCAL_RANK": "0"}, "torchrun", 8, 16, 0, True),
        ({"SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1"}, "slurm", 5, 8, 1, False),
        ({"SLURM_PROCID": "4", "SLURM_NTASKS": "8", "SLURM_LOCALID": "0"}, "slurm", 4, 8, 0, True),
        # two torchruns on one node, started by srun: both have a local rank 0, one is the first
        (
            {"LOCAL_RANK": "0", "RANK": "0", "WORLD_SIZE": "4", "SLURM_LOCALID": "1", "SLURM_PROCID": "1"},
            "torchrun",
            0,
            4,
            0,
            False,
        ),
        (
            {"OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_RANK": "0"},
            "open-mpi",
            2,
            4,
            0,
            True,
        ),
        ({"PMI_RANK": "1", "PMI_SIZE": "4", "MPI_LOCALRANKID": "1"}, "pmi", 1, 4, 1, False),
        ({"PMI_RANK": "1", "PMI_SIZE": "4"}, "pmi", 1, 4, 0, False),
        ({"PMI_RANK": "0", "PMI_SIZE": "4"}, "pmi", 0, 4, 0, True),
        ({"LOCAL_RANK": "zero"}, "none", 0, 1, 0, True),
        ({OUTER_VARIABLE: "8f7a6c1e-0000-4000-8000-000000000000"}, "none", 0, 1, 0, False),
    ],
)
def test_ranks(environment: dict[str, str], launcher: str, rank: int, ranks: int, local: int, counts: bool) -> None:
    found = read_job(environment)
    assert (found.launcher, found.rank, found.ranks, found.local_rank, found.counts_node) == (
        launcher,
        rank,
        ranks,
        local,
        counts,
    )


def test_a_meter_inside_another_of_this_process_is_a_part_of_it() -> None:
    with bongsu.meter() as outer:
        with bongsu.meter() as inner:
            pass
        with bongsu.meter() as next_:
            pass
    reports = [metering.report for metering in (outer, inner, next_)]
    assert [report.job.counts_node for report in reports if report] == [True, False, False]
    assert [report.job.outer for report in reports if report] == ["", outer.id, outer.id]


def test_overlapping_meters_are_independent() -> None:
    first, second = bongsu.meter().start(), bongsu.meter().start()
    assert first.stop().job.outer == ""
    assert second.stop().job.outer == ""


@given(st.integers(1, 4), st.integers(1, 16))
def test_each_node_of_a_job_is_counted_once(nodes: int, per_node: int) -> None:
    size = nodes * per_node
    jobs = [
        read_job(
            {
                "RANK": str(n * per_node + i),
                "WORLD_SIZE": str(size),
                "LOCAL_RANK": str(i),
                "SLURM_LOCALID": "0",
                "SLURM_PROCID": str(n),
            }
        )
        for n in range(nodes)
        for i in range(per_node)
    ]
    assert sum(one.counts_node for one in jobs) == nodes
    assert sorted(one.rank for one in jobs) == list(range(size))


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e7))
def test_a_cpu_share_is_a_share(tree: float, busy: float, everything: float) -> None:
    share = cpu_share(tree, busy, everything)
    assert 0 <= share.low <= share.value <= share.high <= 1


@example({1: (0.0, False)})  # another process is on the GPU and idle
@given(
    st.dictionaries(st.integers(1, 5), st.tuples(st.floats(0, 100), st.sampled_from([True, False, None])), max_size=5)
)
def test_a_gpu_share_is_a_share(users: dict[int, tuple[float, bool | None]]) -> None:
    use = GpuUse(
        utilisation={pid: percent for pid, (percent, _) in users.items()},
        presence=dict.fromkeys(users, 1),
        is_own={pid: ours for pid, (_, ours) in users.items() if ours is not None},
    )
    share = use.share()
    assert 0 <= share.low <= share.value <= share.high <= 1
    if users and all(ours is False for _, ours in users.values()):
        assert share.high == 0


def test_the_grid_table_is_the_installed_ecologits(tmp_path: Path) -> None:
    pytest.importorskip("ecologits")
    write_table(tmp_path / "grid.csv")
    assert (tmp_path / "grid.csv").read_text("utf-8") == TABLE.read_text("utf-8")
