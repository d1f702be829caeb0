"""Tests of own dataflows: they are read from a folder without code, and invalid files are refused with their lines."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bongsu.core.errors import BadInput, BongsuError, CheckFailed, Missing, UnknownName
from bongsu.store.building import build_releases
from bongsu.store.node import Node
from bongsu.store.own_flows import flow_folders
from bongsu.store.own_flows.new_flow import make_flow
from tools.write_excerpts import write_sheet

FLOW = """
version = "1.0.0"
dimensions = ["REF_AREA", "FIRM_SIZE", "TIME_PERIOD"]
units = ["%"]
boundary = "none"
kind = "reported"
data = "data.csv"
name = { en = "Firms that use AI", ko = "AI 사용 기업", fr = "Entreprises qui utilisent l’IA" }
description = { en = "Share of firms.", ko = "기업 비율.", fr = "Part des entreprises." }
source = { publisher = "Statistics Office", title = "ICT survey", licence = "CC-BY-4.0", vintage = "2025" }

[columns]
"국가" = "REF_AREA"
"size" = "FIRM_SIZE"
"year" = "TIME_PERIOD"
"share" = "OBS_VALUE"
"remark" = ""

[codes.REF_AREA]
"대한민국" = "KOR"

[concepts.FIRM_SIZE]
name = { en = "Size of the firm", ko = "기업 규모", fr = "Taille de l’entreprise" }
definition = { en = "Employees.", ko = "종사자 수.", fr = "Effectif." }
code_list = "CL_FIRM_SIZE"

[code_lists.CL_FIRM_SIZE]
name = { en = "Size of the firm", ko = "기업 규모", fr = "Taille de l’entreprise" }
file = "CL_FIRM_SIZE.csv"

[[checks]]
check = "within"
low = 0
high = 100

[[charts]]
id = "sizes"
mark = "line"
x = "TIME_PERIOD"
y = "OBS_VALUE"
color = "FIRM_SIZE"
title = { en = "Firms that use AI", ko = "AI 사용 기업", fr = "Entreprises qui utilisent l’IA" }
"""
WIDE = """
[read]
delimiter = ";"
decimal = ","
encoding = "cp949"

[wide]
dimension = "TIME_PERIOD"
columns = ["2024", "2025"]

[leave_out]
size = ["합계"]

"""
SUMS = """
[[checks]]
check = "sums_to"
dimension = "FIRM_SIZE"
total = "LARGE"
parts = ["SMALL"]
tolerance = 0.5

"""
SIZES = "code,parent,en,ko,fr\nSMALL,,10 to 49,10~49명,10 à 49\nLARGE,,250 and more,250명 이상,250 et plus\n"
DATA = "국가,size,year,share,remark\n대한민국,SMALL,2024,9.1,\n대한민국,LARGE,2024,31.5,ok\n대한민국,SMALL,2025,12.0,\n"


def put(node: Node, flow: str = FLOW, data: str | bytes = DATA, id_: str = "AI_FIRMS", name: str = "data.csv") -> str:
    folder = node.root / "flows" / id_
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flow.toml").write_text(flow, encoding="utf-8")
    (folder / "CL_FIRM_SIZE.csv").write_text(SIZES, encoding="utf-8")
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return id_


def seal(node: Node, id_: str) -> list[dict[str, object]]:
    flow_folders.take_flow(node, id_)
    (built,) = build_releases(node, flow_folders.read_own_programme(node), id_)
    return node.observations(built.release).to_pylist()


def refusal(node: Node, id_: str = "AI_FIRMS") -> BongsuError:
    with pytest.raises(BongsuError) as caught:
        flow_folders.take_flow(node, id_)
    assert node.snapshots.all() == []
    return caught.value


def test_a_table_becomes_a_release_with_all_attributes(empty: Node) -> None:
    rows = seal(empty, put(empty))
    assert {(row["REF_AREA"], row["FIRM_SIZE"], row["TIME_PERIOD"]): row["OBS_VALUE"] for row in rows} == {
        ("KOR", "SMALL", "2024"): 9.1,
        ("KOR", "LARGE", "2024"): 31.5,
        ("KOR", "SMALL", "2025"): 12.0,
    }
    assert {
        key: rows[0][key] for key in ("UNIT_MEASURE", "KIND", "BOUNDARY", "VINTAGE", "SOURCE", "INTERVAL_TYPE")
    } == {
        "UNIT_MEASURE": "%",
        "KIND": "reported",
        "BOUNDARY": "none",
        "VINTAGE": "2025",
        "SOURCE": "ICT survey",
        "INTERVAL_TYPE": "NONE",
    }
    release = empty.releases.current("AI_FIRMS")
    structure = empty.releases.structure(release)
    assert structure.name_of("FIRM_SIZE", "LARGE", "ko") == "250명 이상"
    manifest = empty.releases.manifest(release)
    assert {one.name: one.origin.licence for one in manifest.inputs} == {
        "flow-AI_FIRMS-data": "CC-BY-4.0",
        "flow-AI_FIRMS-definition": "CC-BY-4.0",
    }


def test_a_build_reads_snapshots_and_not_the_folder(empty: Node) -> None:
    id_ = put(empty)
    flow_folders.take_flow(empty, id_)
    put(empty, data=DATA.replace("9.1", "99"))
    (built,) = build_releases(empty, flow_folders.read_own_programme(empty), id_)
    assert 9.1 in [row["OBS_VALUE"] for row in empty.observations(built.release).to_pylist()]
    (again,) = build_releases(empty, flow_folders.read_own_programme(empty), id_)
    assert (again.new, again.release.number) == (False, 1)


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("대한민국,HUGE,2024,1,", "FIRM_SIZE", "“HUGE”"),
        ("일본,SMALL,2024,1,", "REF_AREA", "“일본”"),
        ("대한민국,SMALL,2024-13,1,", "TIME_PERIOD", "“2024-13”"),
        ("대한민국,SMALL,2023,\"1,5\",", "OBS_VALUE", "“1,5”"),
        ("대한민국,SMALL,2023,nan,", "OBS_VALUE", "“nan”"),
        (",SMALL,2023,1,", "REF_AREA", "empty"),
        ("대한민국,SMALL,2024,9.2,", "REF_AREA, FIRM_SIZE, TIME_PERIOD", "line 2"),
    ],
)  # fmt: skip
def test_an_invalid_row_is_refused_with_its_line(empty: Node, row: str, column: str, said: str) -> None:
    put(empty, data=f"{DATA}\n{row}\n")
    error = refusal(empty)
    assert isinstance(error, BadInput)
    assert "line 6" in error.where
    assert f"{column}: " in str(error)
    assert said in str(error)
    assert "(6)" in str(error)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (DATA + "대한민국,SMALL,2023\n", "line 5"),
        (DATA + "대한민국,SMALL,2023,1,,\n", "line 5"),
        (DATA.replace("remark", "year"), "line 1"),
        (DATA.encode("cp949"), "data.csv"),
    ],
    ids=["a cell less", "a cell more", "a column twice", "another encoding"],
)
def test_a_file_that_is_no_table_is_refused_with_its_place(empty: Node, data: str | bytes, where: str) -> None:
    put(empty, data=data)
    assert refusal(empty).where.endswith(where)


def test_the_lines_of_one_problem_are_ranges(empty: Node) -> None:
    wrong = "".join(f"대한민국,SMALL,{year},x,\n" for year in (2001, 2002, 2003))
    put(empty, data=f"{DATA}{wrong}대한민국,SMALL,2004,1,\n대한민국,SMALL,2005,x,\n")
    assert "4 cells are not valid: OBS_VALUE: “x” is not a number. (5-7, 9)" in str(refusal(empty))


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ('kind = "reported"', 'kind = "guessed"', UnknownName, "guessed"),
        ("[[checks]]", "[[cheks]]", UnknownName, "Did you mean checks"),
        ('version = "1.0.0"', 'version = 1', BadInput, "“version” must be a text"),
        ('data = "data.csv"\n', "", BadInput, "“data” is missing"),
        ('data = "data.csv"', 'data = "../AI_FIRMS/data.csv"', BadInput, "in the folder"),
        ('data = "data.csv"', 'data = "other.csv"', Missing, "other.csv"),
        ('"KOR"', '"KOREA"', BadInput, "KOREA"),
        ('ko = "AI 사용 기업"', 'xx = "AI"', BadInput, "ko"),
        ("[concepts.FIRM_SIZE]", "[concepts.SEX]", BadInput, "ships with Bongsu"),
        ('"size" = "FIRM_SIZE"', '"size" = "FIRM_SIZES"', UnknownName, "Did you mean FIRM_SIZE?"),
        ('"remark" = ""\n', "", UnknownName, "remark"),
        ('units = ["%"]', 'units = ["percents"]', BadInput, "percents"),
        ('check = "within"', 'check = "without"', BadInput, "without"),
        ('version = "1.0.0"', 'version = "1', BadInput, "not valid TOML"),
        ('color = "FIRM_SIZE"', 'color = "FIRM_SIZE"\nwhere = { COLOUR = ["RED"] }', UnknownName, "COLOUR"),
    ],
)  # fmt: skip
def test_an_invalid_flow_file_is_refused_with_its_field(
    empty: Node, old: str, new: str, kind: type[BongsuError], said: str
) -> None:
    assert old in FLOW
    put(empty, flow=FLOW.replace(old, new, 1))
    error = refusal(empty)
    assert isinstance(error, kind)
    assert error.where.startswith("AI_FIRMS/")
    assert said in str(error)


def test_parquet_xlsx_and_sdmx_csv_give_the_same_release_as_csv(empty: Node, tmp_path: Path) -> None:
    expected = seal(empty, put(empty))
    columns = {
        "국가": ["대한민국"] * 3,
        "size": ["SMALL", "LARGE", "SMALL"],
        "year": [2024, 2024, 2025],
        "share": [9.1, 31.5, 12.0],
        "remark": [None] * 3,
    }
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    one = Node.create(tmp_path / "parquet")
    id_ = put(one, FLOW.replace("data.csv", "data.parquet"), buffer.getvalue(), name="data.parquet")
    assert seal(one, id_) == expected
    sheet = tmp_path / "data.xlsx"
    cells = [["" if cell is None else str(cell) for cell in column] for column in columns.values()]
    write_sheet(sheet, "Data", [list(columns), *(list(row) for row in zip(*cells, strict=True))])
    four = Node.create(tmp_path / "xlsx")
    id_ = put(four, FLOW.replace("data.csv", "data.xlsx"), sheet.read_bytes(), name="data.xlsx")
    assert seal(four, id_) == expected
    heading = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA: Area,FIRM_SIZE: Size,TIME_PERIOD: Period,OBS_VALUE\n"
    rows = [
        "KOR: Korea,SMALL: 10 to 49,2024,9.1",
        "KOR: Korea,LARGE: 250,2024,31.5",
        "KOR: Korea,SMALL: 10 to 49,2025,12.0",
    ]
    lines = "".join(f"dataflow,SO:AI_FIRMS(1.0.0),I,{row}\n" for row in rows)
    two = Node.create(tmp_path / "sdmx")
    assert seal(two, put(two, data=heading + lines)) == expected
    three = Node.create(tmp_path / "deleted")
    put(three, data=(heading + lines).replace(",I,", ",D,", 1))
    assert "line 2" in refusal(three).where


def test_wide_columns_decimal_commas_and_other_encodings(empty: Node) -> None:
    flow = FLOW.replace("[columns]", WIDE + "[columns]")
    data = "국가;size;2024;2025\n대한민국;SMALL;1 009,1;12,0\n대한민국;LARGE;31,5;\n대한민국;합계;99;99\n"
    flow = flow.replace("high = 100", "high = 2000")
    rows = seal(empty, put(empty, flow, data.encode("cp949")))
    values = {(row["FIRM_SIZE"], row["TIME_PERIOD"]): row["OBS_VALUE"] for row in rows}
    assert values == {("SMALL", "2024"): 1009.1, ("SMALL", "2025"): 12.0, ("LARGE", "2024"): 31.5}
    (note,) = empty.releases.manifest(empty.releases.current("AI_FIRMS")).notes
    assert note.detail == "1"
    put(empty, flow, data.replace("31,5", "1.234,5").encode("cp949"))
    with pytest.raises(BadInput, match=r"“1.234,5” is not a number"):  # the decimal sign is a comma
        flow_folders.take_flow(empty, "AI_FIRMS")


def test_bounds_contain_the_value(empty: Node) -> None:
    flow = FLOW.replace('"remark" = ""', '"low" = "LOWER_BOUND"\n"high" = "UPPER_BOUND"')
    heading = "국가,size,year,share,low,high\n"
    put(empty, flow, f"{heading}대한민국,SMALL,2024,9,9,9.5\n대한민국,LARGE,2024,,8,9\n")
    rows = seal(empty, "AI_FIRMS")
    found = {row["FIRM_SIZE"]: (row["OBS_VALUE"], row["INTERVAL_TYPE"], row["OBS_STATUS"]) for row in rows}
    assert found == {"SMALL": (9.0, "RANGE", "A"), "LARGE": (None, "RANGE", "M")}
    put(empty, flow, f"{heading}대한민국,SMALL,2024,9.6,9,9.5\n")
    with pytest.raises(BadInput, match="is not between the bounds"):
        flow_folders.take_flow(empty, "AI_FIRMS")


def test_checks_stop_a_release(empty: Node) -> None:
    id_ = put(empty, data=DATA.replace("31.5", "100.5"))
    with pytest.raises(CheckFailed, match="1 outside 0 to 100"):
        seal(empty, id_)
    assert not flow_folders.check_flow(empty, id_).holds
    put(empty)
    assert flow_folders.check_flow(empty, id_).holds


def test_parts_sum_to_their_total_within_the_tolerance(empty: Node) -> None:
    flow = FLOW.replace("[[checks]]", SUMS + "[[checks]]", 1)
    seal(
        empty,
        put(
            empty,
            flow,
            "국가,size,year,share,remark\n대한민국,SMALL,2024,9,\n대한민국,LARGE,2024,9.5,\n대한민국,SMALL,2023,4,\n",
        ),
    )
    put(empty, flow, "국가,size,year,share,remark\n대한민국,SMALL,2024,9,\n대한민국,LARGE,2024,9.51,\n")
    with pytest.raises(CheckFailed, match=r"KOR 2024: 9 / 9.51 %"):
        seal(empty, "AI_FIRMS")


def test_few_codes_may_be_lost(empty: Node) -> None:
    lost = '[[checks]]\ncheck = "few_lost"\ndimension = "FIRM_SIZE"\nshare = 0.49\n[[checks]]'
    seal(empty, put(empty, FLOW.replace("[[checks]]", lost, 1)))
    fewer = DATA.replace("대한민국,LARGE,2024,31.5,ok\n", "")
    put(empty, FLOW.replace("[[checks]]", lost, 1), fewer)
    with pytest.raises(CheckFailed, match="1 lost: LARGE"):
        seal(empty, "AI_FIRMS")
    put(empty, FLOW.replace("[[checks]]", lost.replace("share = 0.49\n", ""), 1), fewer)
    with pytest.raises(CheckFailed, match="1 lost: LARGE"):  # by itself the check allows 5 %
        seal(empty, "AI_FIRMS")
    put(empty, FLOW.replace("[[checks]]", lost.replace("0.49", "0.5"), 1), fewer)
    assert len(seal(empty, "AI_FIRMS")) == 2


def test_two_dataflows_share_a_code_list_only_with_one_definition(empty: Node) -> None:
    seal(empty, put(empty))
    put(empty, id_="AI_FIRMS_TOO")
    flow_folders.take_flow(empty, "AI_FIRMS_TOO")
    (empty.root / "flows" / "AI_FIRMS_TOO" / "CL_FIRM_SIZE.csv").write_text(SIZES.replace("10 to 49", "9 to 49"))
    with pytest.raises(BadInput, match=r"CL_FIRM_SIZE.*defined differently by AI_FIRMS"):
        flow_folders.take_flow(empty, "AI_FIRMS_TOO")


def test_a_new_flow_is_ready_to_check_and_lists_the_columns_of_its_file(empty: Node, tmp_path: Path) -> None:
    make_flow(empty, "EXAMPLE")
    assert flow_folders.check_flow(empty, "EXAMPLE").holds
    assert len(seal(empty, "EXAMPLE")) == 2
    file = tmp_path / "시도.csv"
    file.write_bytes("시도;연도;생산량\nKOR;2024;1\n".encode("cp949"))
    text = (make_flow(empty, "FROM_FILE", file) / "flow.toml").read_text(encoding="utf-8")
    for expected in (
        'delimiter = ";"',
        'encoding = "cp949"',
        '"시도" = "REF_AREA"',
        '"연도" = "TIME_PERIOD"',
        '"생산량" = ""',
    ):
        assert expected in text
    for id_, said in (
        ("EXAMPLE", "already"),
        ("lower", "not a valid dataflow id"),
        ("../X", "not a valid dataflow id"),
    ):
        with pytest.raises(BadInput, match=said):
            make_flow(empty, id_)
    with pytest.raises(UnknownName, match="EXAMPLE"):
        flow_folders.check_flow(empty, "EXAMPEL")


def test_a_link_to_another_file_is_not_read(empty: Node) -> None:
    id_ = put(empty)
    data = empty.root / "flows" / id_ / "data.csv"
    data.unlink()
    data.symlink_to(empty.root / "secret.key")
    assert "in the folder" in str(refusal(empty))


@pytest.mark.parametrize(
    ("encoding", "text", "read"),
    [
        ("cp949", "지역;2023;2024\n서울;2,7;11,25\n", {"delimiter": ";", "decimal": ",", "encoding": "cp949"}),
        ("utf-16", "region\t2023\t2024\nA\t2.7\t11.25\n", {"delimiter": "\t", "decimal": ".", "encoding": "utf-16"}),
        ("utf-8", "region,2023,2024\nA,2.7,1\n", {"delimiter": ",", "decimal": ".", "encoding": "utf-8"}),
        ("utf-8", "region;2023;2024\nA;1.250,5;2.7\n", {"delimiter": ";", "decimal": ".", "encoding": "utf-8"}),
    ],
)
def test_a_new_flow_finds_how_the_file_is_written(
    empty: Node, tmp_path: Path, encoding: str, text: str, read: dict[str, str]
) -> None:
    data = tmp_path / "data.csv"
    data.write_text(text, encoding=encoding)
    folder = make_flow(empty, "AI_FIRMS", data)
    document = tomllib.loads((folder / "flow.toml").read_text(encoding="utf-8"))
    assert document["read"] == read
    assert document["wide"] == {"dimension": "TIME_PERIOD", "columns": ["2023", "2024"]}
    assert not {"2023", "2024"} & document["columns"].keys()


def test_a_code_is_one_of_sdmx_and_an_address_is_http(empty: Node) -> None:
    codes = empty.root / "flows" / put(empty) / "CL_FIRM_SIZE.csv"
    codes.write_text(codes.read_text(encoding="utf-8") + "서울,,Seoul,서울,Séoul\n", encoding="utf-8")
    with pytest.raises(BadInput, match="서울") as caught:
        flow_folders.read_flow(empty, "AI_FIRMS")
    assert "CL_FIRM_SIZE.csv, line" in caught.value.where
    put(empty, FLOW.replace('vintage = "2025"', 'vintage = "2025", address = "javascript:alert(1)"'))
    with pytest.raises(BadInput) as refused:
        flow_folders.read_flow(empty, "AI_FIRMS")
    assert "source.address" in refused.value.where
