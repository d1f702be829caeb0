"""The bulk files of a release: the same observations in every format, correct checksums, valid citations."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from jsonschema import Draft7Validator

from bongsu.publish import bulk_files
from bongsu.store.node import Node
from tests.publish.catalogue.conftest import Site

SPECIMENS = Path(__file__).parents[2] / "specimens" / "schemas"


def test_sha256sum_verifies_every_file(starter_site: Site, tmp_path: Path) -> None:
    for flow in ("GRID_INTENSITY", "COMMONS_CATALOGUE"):
        folder = tmp_path / flow
        folder.mkdir()
        (folder / bulk_files.CHECKSUMS_FILE).write_bytes(
            starter_site.get(f"/files/{flow}/1/{bulk_files.CHECKSUMS_FILE}")
        )
        names = [line.split("  ")[1] for line in (folder / bulk_files.CHECKSUMS_FILE).read_text().splitlines()]
        for name in names:
            form = name.removeprefix(f"{flow}-1.")
            path = f"/files/{flow}/1.{form}" if form != name else f"/files/{flow}/1/{name}"
            (folder / name).write_bytes(starter_site.get(path))
        checked = subprocess.run(
            ["sha256sum", "-c", "--strict", bulk_files.CHECKSUMS_FILE], cwd=folder, capture_output=True, text=True
        )
        assert checked.returncode == 0, checked.stdout
        assert len(names) == (6 if flow == "COMMONS_CATALOGUE" else 5)


def test_every_format_has_the_same_observations(starter_site: Site) -> None:
    release = starter_site.node.releases.current("DATACENTRE_ELECTRICITY")
    sealed = starter_site.node.observations(release).to_pylist()
    assert pq.read_table(io.BytesIO(starter_site.get("/files/DATACENTRE_ELECTRICITY/1.parquet"))).to_pylist() == sealed
    plain = list(csv.DictReader(io.StringIO(starter_site.get("/files/DATACENTRE_ELECTRICITY/1.csv").decode())))
    sdmx = list(csv.DictReader(io.StringIO(starter_site.get("/files/DATACENTRE_ELECTRICITY/1.sdmx.csv").decode())))
    assert len(plain) == len(sdmx) == len(sealed)
    for one, other, row in zip(plain, sdmx, sealed, strict=True):
        for column, value in row.items():
            if isinstance(value, float):
                assert float(one[column]) == float(other[column]) == value
            else:
                assert one[column] == other[column] == (value or "")
    message = json.loads(starter_site.get("/files/DATACENTRE_ELECTRICITY/1.sdmx.json"))
    assert message["meta"]["sender"]["id"] == "TEST"
    assert starter_site.get("/files/DATACENTRE_ELECTRICITY/1.sdmx.xml").count(b"<Obs ") == len(sealed)


def test_pysdmx_reads_the_sdmx_files(starter_site: Site, tmp_path: Path) -> None:
    from pysdmx.io import read_sdmx

    rows = starter_site.node.releases.current("GRID_INTENSITY").rows
    for form in ("sdmx.csv", "sdmx.xml"):
        path = tmp_path / f"data.{form.rpartition('.')[2]}"
        path.write_bytes(starter_site.get(f"/files/GRID_INTENSITY/1.{form}"))
        [dataset] = read_sdmx(str(path), validate=False).data
        assert len(dataset.data) == rows


def test_a_withdrawn_release_keeps_its_files_and_the_citation_says_so(site: Site) -> None:
    before = site.get("/files/GRID_INTENSITY/1/SHA256SUMS")
    site.node.releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    assert site.get("/files/GRID_INTENSITY/1/SHA256SUMS") == before
    assert b"a unit was wrong" in site.get("/files/GRID_INTENSITY/1/citation.bib")
    dates = json.loads(site.get("/files/GRID_INTENSITY/1/datacite.json"))["dates"]
    assert "a unit was wrong" in next(d for d in dates if d["dateType"] == "Withdrawn")["dateInformation"]


def test_files_are_written_once(node: Node) -> None:
    release = node.releases.current("GRID_INTENSITY")
    place = bulk_files.find_bulk_file(node, release, "sdmx.xml").path
    written = place.stat().st_mtime_ns
    assert bulk_files.find_bulk_file(Node(node.root), release, "sdmx.xml").path.stat().st_mtime_ns == written
    assert not [path for path in place.parent.parent.iterdir() if path.name.startswith(".")]


def test_deleted_files_are_written_again(node: Node) -> None:
    release = node.releases.current("GRID_INTENSITY")
    before = bulk_files.format_checksums(node, release)
    shutil.rmtree(node.root / "files")
    assert bulk_files.format_checksums(node, release) == before
    assert bulk_files.find_bulk_file(node, release, "csv").path.exists()


def test_damage_is_found_before_a_file_is_written(site: Site) -> None:
    shutil.rmtree(site.node.root / "files", ignore_errors=True)
    path = site.node.releases.root / "GRID_INTENSITY" / "0001" / "observations.parquet"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    site.get("/files/GRID_INTENSITY/1.csv", status=500)
    assert not (site.node.root / "files" / "GRID_INTENSITY").exists()


@pytest.mark.parametrize("flow", ["GRID_INTENSITY", "EXPOSURE_INDEX", "COMMONS_CATALOGUE"])
def test_citations_validate(starter_site: Site, flow: str) -> None:
    release = starter_site.node.releases.current(flow)
    cff = yaml.safe_load(starter_site.get(f"/files/{flow}/1/CITATION.cff"))
    Draft7Validator(json.loads((SPECIMENS / "cff-1.2.0.json").read_text())).validate(cff)
    assert cff["identifiers"][0]["value"] == f"sha256:{release.content}"
    schema = json.loads((SPECIMENS / "datacite-4.5.json").read_text())
    Draft7Validator(schema).validate(json.loads(starter_site.get(f"/files/{flow}/1/datacite.json")))


def test_bibtex_escapes_special_characters(starter_site: Site) -> None:
    text = starter_site.get("/files/GRID_INTENSITY/1/citation.bib").decode()
    assert text.startswith("@dataset{grid_intensity_1,")
    assert "{Test node}" in text
    year, month = starter_site.node.releases.current("GRID_INTENSITY").sealed_at[:7].split("-")
    assert f"year = {{{year}}}" in text
    assert f"month = {{{int(month)}}}" in text
    from bongsu.publish.catalogue.citation import _escape_tex

    assert _escape_tex("R&D_50 % {x}") == r"R\&D\_50 \% \{x\}"


def test_unknown_files_are_404(starter_site: Site) -> None:
    for end in ("1/manifest.json", "1/observations.parquet", "1.xlsx", "9/SHA256SUMS", "1/..%2fx"):
        starter_site.get(f"/files/GRID_INTENSITY/{end}", status=404)
