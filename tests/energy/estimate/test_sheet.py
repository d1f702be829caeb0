"""A file of configurations in, estimates out: columns, holes, speed, and every way a file can be wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from bongsu.core.errors import BadInput, Missing, UnknownName
from bongsu.energy.estimate.model import configuration_sheet
from bongsu.energy.estimate.model.predict import predict_energy
from bongsu.energy.estimate.output.batch import estimate_file
from tests.counting import count_calls

ROW = {
    "task": "lm-arena-chat", "model_id": "Qwen/Qwen3-8B", "architecture": "Dense Transformer",
    "activated_params_billions": "8.0", "total_params_billions": "8.0", "weight_precision": "bfloat16",
    "gpu_model": "H100", "num_gpus": "1", "avg_batch_size": "64", "max_num_seqs": "64", "avg_output_len": "640",
}  # fmt: skip


SIZE = ("activated_params_billions", "total_params_billions", "model_id")


def written(folder: Path, *rows: dict[str, str]) -> str:
    path = folder / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def estimated(folder: Path, *rows: dict[str, str]) -> list[dict[str, str]]:
    target = folder / "out.csv"
    assert estimate_file(written(folder, *rows), str(target)) == len(rows)
    with target.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_is_kept_and_estimated(tmp_path: Path) -> None:
    picture = {"task": "text-to-image", "model_id": "PixArt-alpha/PixArt-Sigma-XL-2-1024-MS", "gpu_model": "B200"}
    film = {"task": "text-to-video", "model_id": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "num_frames": "81"}
    text, image, video = estimated(tmp_path, ROW, picture, film)
    assert text["model_id"] == "Qwen/Qwen3-8B"
    assert text["energy_boundary"] == "chip"
    assert text["energy_kind"] == "modelled"
    assert float(text["energy_joules_per_token"]) == pytest.approx(0.119, rel=0.35)  # measured: 0.119 J
    for row, made in ((text, "token"), (image, "image"), (video, "video")):
        low, value, high = (float(row[f"energy_joules_per_{made}{end}"]) for end in ("_low", "", "_high"))
        assert 0 < low < value < high
        assert (float(row["low"]), float(row["high"])) == (low, high)
        assert row[f"energy_joules_per_{'image' if made != 'image' else 'token'}"] == ""


def test_unknown_cells_widen_the_interval(tmp_path: Path) -> None:
    known, *holed = estimated(
        tmp_path,
        ROW,
        *(ROW | dict.fromkeys(names, "") for names in (("avg_batch_size", "max_num_seqs"), ("num_gpus",), SIZE)),
    )

    def width(row: dict[str, str]) -> float:
        return float(row["energy_joules_per_token_high"]) / float(row["energy_joules_per_token_low"])

    assert all(width(row) > width(known) for row in holed)
    nothing = estimated(tmp_path, {"model_id": "something new", "task": ""})[0]
    assert width(nothing) > max(width(row) for row in holed)


def test_the_configured_maximum_replaces_a_missing_batch(tmp_path: Path) -> None:
    mean, configured = estimated(tmp_path, ROW, ROW | {"avg_batch_size": ""})
    ratio = float(configured["energy_joules_per_token"]) / float(mean["energy_joules_per_token"])
    assert ratio == pytest.approx(1, abs=0.02)


def test_sizes_decide_the_architecture_that_nobody_states(tmp_path: Path) -> None:
    """Fewer active parameters than 95 % of all: a mixture of experts. 9.7 of 10 is a rounding, so a dense model."""
    unnamed = ROW | {"model_id": "something new", "total_params_billions": "10"}
    pairs = (("1", "Sparse MoE Transformer"), ("9.4", "Sparse MoE Transformer"), ("9.7", "Dense Transformer"))
    for active, architecture in pairs:
        sizes = unnamed | {"activated_params_billions": active}
        by_size, stated, other = estimated(
            tmp_path,
            *(
                sizes | {"architecture": name}
                for name in ("", architecture, *(b for _, b in pairs if b != architecture))
            ),
        )[:3]
        assert by_size["energy_joules_per_token"] == stated["energy_joules_per_token"], active
        assert by_size["energy_joules_per_token"] != other["energy_joules_per_token"], active


def test_the_tables_know_the_architecture_that_the_sheet_leaves_out(tmp_path: Path) -> None:
    """A hybrid keeps a small cache. Of two rows, one states an architecture and one does not: each has its own."""
    hybrid = ROW | {"model_id": "nvidia/NVIDIA-Nemotron-Nano-9B-v2", "architecture": ""}
    known, stated, dense = estimated(
        tmp_path, hybrid, hybrid | {"architecture": "Mamba hybrid"}, hybrid | {"architecture": "Dense Transformer"}
    )
    assert known["energy_joules_per_token"] == stated["energy_joules_per_token"]
    assert float(known["energy_joules_per_token"]) < float(dense["energy_joules_per_token"])


def test_one_size_is_both_of_a_dense_model_and_not_of_a_mixture(tmp_path: Path) -> None:
    one_size = ROW | {"model_id": "something new", "total_params_billions": "100", "activated_params_billions": ""}
    both = one_size | {"activated_params_billions": "100"}
    dense, dense_both, mixture, mixture_both = (
        float(row["energy_joules_per_token"])
        for row in estimated(
            tmp_path,
            *(row | {"architecture": name} for name in ("Dense Transformer", "MoE") for row in (one_size, both)),
        )
    )
    assert dense == dense_both
    assert mixture < mixture_both  # by the prior, a mixture of 100e9 activates a part of them
    part = ROW | {"model_id": "something new", "activated_params_billions": "10", "architecture": "MoE"}
    alone, as_total = estimated(tmp_path, part | {"total_params_billions": ""}, part | {"total_params_billions": "10"})
    assert float(alone["energy_joules_per_token"]) > float(as_total["energy_joules_per_token"])


def test_the_name_of_a_picture_model_states_its_parameters(tmp_path: Path) -> None:
    picture = {"task": "text-to-image", "gpu_model": "H100", "num_gpus": "1", "batch_size": "1"}
    named, stated, other = estimated(
        tmp_path,
        picture | {"model_id": "new-picture-12B", "total_params_billions": ""},
        picture | {"model_id": "new-picture", "total_params_billions": "12"},
        picture | {"model_id": "new-picture", "total_params_billions": "2"},
    )
    assert named["energy_joules_per_image"] == stated["energy_joules_per_image"]
    assert float(other["energy_joules_per_image"]) < float(stated["energy_joules_per_image"])


def test_ring_attention_is_what_ulysses_leaves_of_the_gpus(tmp_path: Path) -> None:
    """Eight GPUs, of which four share by Ulysses: a ring of two. Without either, the square root of the GPUs."""
    film = {
        "task": "text-to-video",
        "model_id": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        "gpu_model": "H100",
        "num_gpus": "8",
    }
    degrees = [("4", ""), ("", "2"), ("8", ""), ("", "1"), ("16", ""), ("1", ""), ("", "8")]
    rows = estimated(tmp_path, *(film | {"ulysses_degree": u, "ring_degree": r} for u, r in degrees))
    two, two_stated, one, one_stated, fewer, eight, eight_stated = (row["energy_joules_per_video"] for row in rows)
    assert (two, one, fewer, eight) == (two_stated, one_stated, one_stated, eight_stated)
    assert len({two, one, eight}) == 3


def test_a_range_of_active_parameters_widens_the_interval(tmp_path: Path) -> None:
    """Of GPT-4o only ranges are published; with the total stated, the active parameters are still a range."""
    ranged = ROW | {"model_id": "gpt-4o", "total_params_billions": "440", "activated_params_billions": ""}
    row, low = estimated(
        tmp_path, ranged | {"architecture": "MoE"}, ranged | {"architecture": "MoE", "activated_params_billions": "44"}
    )

    def width(row: dict[str, str]) -> float:
        return float(row["energy_joules_per_token_high"]) / float(row["energy_joules_per_token_low"])

    assert width(row) > width(low)
    assert float(row["energy_joules_per_token"]) > float(low["energy_joules_per_token"])


def test_outcomes_of_a_run_are_not_read(tmp_path: Path) -> None:
    plain, told = estimated(tmp_path, ROW, ROW | {"energy_per_token_joules": "9", "avg_power_watts": "1"})
    assert plain["energy_joules_per_token"] == told["energy_joules_per_token"]


@pytest.mark.parametrize(
    ("cells", "error", "place", "says"),
    [
        ({"num_gpus": "-1"}, BadInput, "row 3, num_gpus", "-1"),
        ({"avg_batch_size": "0"}, BadInput, "row 3, avg_batch_size", "0"),
        (
            {"total_params_billions": "8000000000", "activated_params_billions": ""},
            BadInput,
            "row 3, total_params",
            "8e+09",
        ),
        ({"total_params_billions": "8B"}, BadInput, "row 3, total_params_billions", "without a unit"),
        ({"avg_output_len": "100000001"}, BadInput, "row 3, avg_output_len", "1e+08"),
        ({"avg_output_len": "nan"}, BadInput, "row 3, avg_output_len", "nan"),
        ({"activated_params_billions": "80"}, BadInput, "row 3, activated_params_billions", "80"),
        ({"gpu_model": "H101"}, UnknownName, "row 3, gpu_model", "H100"),
        ({"weight_precision": "fp9"}, UnknownName, "row 3, weight_precision", "fp8"),
        ({"task": "chat"}, UnknownName, "row 3, task", "chat"),
        ({"architecture": "Dense"}, None, "", ""),
        ({"architecture": "Decoder-only Transformer"}, None, "", ""),
        ({"task": "GPQA"}, None, "", ""),
        ({"weight_precision": "FP8_E4M3"}, None, "", ""),
        ({"architecture": "Mamba-Transformer MoE"}, None, "", ""),
        ({"architecture": "Quantum"}, UnknownName, "row 3, architecture", "hybrid"),
        ({"gpu_model": "TPU v5p"}, Missing, "row 3, gpu_model", "design power"),
    ],
)
def test_an_invalid_cell_refuses_the_file(
    tmp_path: Path, cells: dict[str, str], error: type[Exception] | None, place: str, says: str
) -> None:
    if error is None:
        assert len(estimated(tmp_path, ROW, ROW | cells)) == 2
        return
    with pytest.raises(error) as raised:
        estimated(tmp_path, ROW, ROW | cells)
    assert place in str(raised.value)
    assert says in str(raised.value)
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_is_not_a_table_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("model_id,num_gpus\na,1\nb,2,3\n")
    foreign = tmp_path / "foreign.csv"
    foreign.write_text("name,age\nKim,3\n")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81" * 100)
    twice = tmp_path / "twice.csv"
    twice.write_text("model_id,model_id\na,b\n")
    for path in (broken, foreign, binary, twice):
        with pytest.raises(BadInput, match=path.name):
            estimate_file(str(path), str(tmp_path / "out.csv"))
    with pytest.raises(Missing):
        estimate_file(str(tmp_path / "none.csv"), str(tmp_path / "out.csv"))
    with pytest.raises(BadInput, match="energy_joules_per_token"):
        estimated(tmp_path, ROW | {"energy_joules_per_token": "1"})


def test_rows_do_not_influence_each_other(data: Path) -> None:
    """Any part of the measured file gives the same numbers as the whole."""
    table = configuration_sheet.read_text_table(str(data / "energy" / "measured_inference_configurations.csv"))
    whole, part = (
        predict_energy(configuration_sheet.make_sheet(table, "whole")),
        predict_energy(configuration_sheet.make_sheet(table.slice(700, 50), "part")),
    )
    assert np.array_equal(whole.joule[700:750], part.joule)
    assert np.all((whole.low < whole.joule) & (whole.joule < whole.high))


@pytest.mark.slow
@pytest.mark.parametrize("emptied", [(), ("num_gpus", "avg_batch_size", "max_num_seqs", "batch_size", "gpu_model")])
def test_rows_are_estimated_by_column_and_not_one_by_one(data: Path, tmp_path: Path, emptied: tuple[str, ...]) -> None:
    """Forty times the rows take about as many calls; bench/estimate_batch.py has the rows a second."""
    table = configuration_sheet.read_text_table(str(data / "energy" / "measured_inference_configurations.csv"))
    for name in emptied:
        table = table.set_column(table.column_names.index(name), name, pa.array([""] * table.num_rows))
    source, target = str(tmp_path / "in.csv"), str(tmp_path / "out.csv")
    pyarrow.csv.write_csv(table, source)
    estimate_file(source, target)  # reads the tables
    few = count_calls(lambda: estimate_file(source, target))
    pyarrow.csv.write_csv(pa.concat_tables([table] * 40), source)
    many = count_calls(lambda: estimate_file(source, target))
    assert many - few < 39 * table.num_rows / 4
