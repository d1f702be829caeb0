"""Readers of three registries of the commons and of energy's tables, on the publishers' own files."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from bongsu.core.errors import BadInput
from bongsu.store.node import Node
from bongsu.store.sources.drift import check_table
from bongsu.store.sources.source_file import LivingSource, list_sources
from bongsu.store.sources.table import SourceTable, find_reader


@pytest.fixture
def sources(empty: Node) -> dict[str, LivingSource]:
    return list_sources(empty)


def read_documents(source: LivingSource, *documents: bytes) -> SourceTable:
    return find_reader(source)(source, documents)


def pack(folder: Path, *parts: str) -> bytes:
    """Returns the archive that a forge gives of a repository: all below one folder."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for part in parts:
            archive.add(folder / part, arcname=f"repository-main/{part}")
    return made.getvalue()


def failures(source: LivingSource, table: SourceTable) -> list[str]:
    return [one.check for one in check_table(source, table, None) if not one.holds]


def by_id(table: SourceTable) -> dict[str, dict[str, str]]:
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def test_digital_public_goods(data: Path, whole: bool, sources: dict[str, LivingSource]) -> None:
    source = sources["dpg-registry"]
    table = read_documents(source, pack(data / "commons/dpg", "nominees", "digitalpublicgoods"))
    found = by_id(table)
    assert len(found) == (228 if whole else 25)
    assert found["bahmni"]["stage"] == "DPG"
    assert found["bahmni"]["licence"].startswith("AGPL-3.0")
    assert failures(source, table) == ([] if whole else ["there are enough rows"])


def test_ai_map(data: Path, whole: bool, sources: dict[str, LivingSource]) -> None:
    source = sources["ai-map"]
    table = read_documents(source, pack(data / "commons/current-ai", "sources"))
    found = by_id(table)
    assert len(found) > (200 if whole else 20)
    assert {row["class"] for row in found.values()} >= {"open_source"}
    assert all(0 <= float(row["openness"]) <= 5 for row in found.values() if row["openness"])
    assert failures(source, table) == ([] if whole else ["there are enough rows"])


def test_model_openness(data: Path, whole: bool, sources: dict[str, LivingSource]) -> None:
    source = sources["model-openness"]
    table = read_documents(source, pack(data / "commons/mof", "models"))
    found = by_id(table)
    assert len(found) >= (190 if whole else 1)
    assert all(row["name"] and int(row["components"]) > 0 for row in found.values())
    assert failures(source, table) == ([] if whole else ["there are enough rows"])


def test_archives_that_are_none(sources: dict[str, LivingSource], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="TAR"):
        read_documents(sources["ai-map"], b"<html>")
    (tmp_path / "nominees").mkdir()
    (tmp_path / "nominees/x.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be parsed") as caught:
        read_documents(sources["dpg-registry"], pack(tmp_path, "nominees"))
    assert "nominees/x.json" in caught.value.where


OWID = """Entity,Code,Year,Carbon intensity of electricity - gCO2/kWh
ASEAN (Ember),,2000,572.85864
Kosovo,OWID_KOS,2024,900.5
South Korea,KOR,2024,410.25
World,OWID_WRL,2024,473
"""


def test_carbon_intensity(sources: dict[str, LivingSource], data: Path, whole: bool) -> None:
    source = sources["owid-carbon-intensity"]
    assert read_documents(source, OWID.encode()).rows == (
        ("XKK", "2024", "900.5"),
        ("KOR", "2024", "410.25"),
        ("WORLD", "2024", "473"),
    )
    assert "codes are known" in failures(source, read_documents(source, OWID.replace("KOR", "KOX").encode()))
    assert "values are within their bounds" in failures(
        source, read_documents(source, OWID.replace("473", "4730").encode())
    )
    if whole:
        table = read_documents(source, (data / "energy/grid_intensity_2000_2024.csv").read_bytes())
        assert failures(source, table) == []
        assert by_year(table)["USA", "2000"] == pytest.approx(607.5, abs=0.05)


def by_year(table: SourceTable) -> dict[tuple[str, str], float]:
    return {(area, year): float(grams) for area, year, grams in table.rows}


MODELS = """Model,Organization,Publication date,Parameters,Training compute (FLOP),Training time (hours),Training hardware,\
Hardware quantity,Training power draw (W)
Model A,Someone,2025-06-01,70000000000,6.3e+24,1000,NVIDIA H100 SXM5 80GB,2048,2896000.5
Model A,Someone,2025-06-02,1,,,,,
Model B,,2024,,,,,,
"""


def test_epoch(sources: dict[str, LivingSource], data: Path, whole: bool) -> None:
    source = sources["epoch-models"]
    table = read_documents(source, MODELS.encode())
    assert sorted(row[:5] for row in table.rows) == [
        ("Model A", "Someone", "2025-06-01", "7e+10", "6.3e+24"),
        ("Model B", "", "2024", "", ""),
    ]
    if whole:
        for name, path in (("epoch-models", "energy/epoch_models.csv"), ("epoch-chips", "energy/epoch_chips.csv")):
            assert failures(sources[name], read_documents(sources[name], (data / path).read_bytes())) == []


def test_ml_energy(sources: dict[str, LivingSource], data: Path, whole: bool) -> None:
    source = sources["ml-energy"]
    table = pa.csv.read_csv(data / "energy/measured_inference_configurations.csv")
    needed = [name for name in source.file.read.columns if name not in table.column_names]
    assert needed == ([] if whole else ["output_throughput_tokens_per_sec", "avg_power_watts"])
    for name in needed:  # the excerpt has no timing and power
        table = table.append_column(name, pa.array([1.5] * len(table)))
    made = io.BytesIO()
    pq.write_table(table, made)
    found = read_documents(source, made.getvalue())
    assert len(found.rows) == 607  # of 610 runs of text generation
    assert failures(source, found) == []
    run = next(row for row in found.rows if row[:5] == ("lm-arena-chat", "Qwen/Qwen3-14B", "B200", "1", "8"))
    assert run[6] == "0.6993091867"  # 0.6993091867226764 J
