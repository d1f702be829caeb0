"""Tests of own dataflows: they are read from a folder without code, and invalid files are refused with their lines."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bongsu.core.errors import BadInput, BongsuError, CheckFailed, Missing, UnknownName
from bongsu.store.building.builds import LeftOut, build_releases
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
    if isinstance(built, LeftOut):
        raise built.error
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
        (DATA.encode("cp949"), "data.csv, line 1"),
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
    unmapped = re.sub(r"\[columns\][^\[]*", "", FLOW)
    assert seal(two, put(two, unmapped, data=heading + lines)) == expected
    three = Node.create(tmp_path / "deleted")
    put(three, unmapped, data=(heading + lines).replace(",I,", ",D,", 1))
    assert "line 2" in refusal(three).where


def test_wide_columns_decimal_commas_and_other_encodings(empty: Node) -> None:
    flow = re.sub(r'"(year|share|remark)" = .*\n', "", FLOW.replace("[columns]", WIDE + "[columns]"))
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
    with pytest.raises(CheckFailed, match="1 lost; LARGE"):
        seal(empty, "AI_FIRMS")
    put(empty, FLOW.replace("[[checks]]", lost.replace("share = 0.49\n", ""), 1), fewer)
    with pytest.raises(CheckFailed, match="1 lost; LARGE"):  # by itself the check allows 5 %
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
        ("lower", "not a valid id"),
        ("../X", "not a valid id"),
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


def change(old: str, new: str, text: str = FLOW) -> str:
    assert old in text
    return text.replace(old, new, 1)


def test_a_definition_with_any_character_is_taken_and_built(empty: Node) -> None:
    flow = change('en = "Share of firms."', 'en = "Share\u2028of\u2029firms\x85."')
    assert seal(empty, put(empty, f"\ufeff{flow}"))
    (definition,) = flow_folders.read_own_programme(empty).flows
    assert definition.description.en == "Share\u2028of\u2029firms\x85."


def test_a_definition_that_no_longer_parses_is_repaired_and_keeps_no_other_from_being_built(empty: Node) -> None:
    flow_folders.take_flow(empty, put(empty))
    flow_folders.take_flow(empty, put(empty, id_="OTHER_FIRMS"))
    newest = empty.snapshots.newest("flow-AI_FIRMS-definition")
    assert newest
    spoilt = empty.snapshots.read(newest).replace(b"FIRM_SIZE", b"SIZE_OF_FIRMS", 1)
    empty.snapshots.save(newest.name, spoilt, newest.origin, newest.vintage)
    assert [one.id for one in flow_folders.read_own_programme(empty).flows] == ["OTHER_FIRMS"]
    problem = flow_folders.list_flow_problems(empty)["AI_FIRMS"]
    assert problem.where == "flows/AI_FIRMS"
    assert "bongsu flow take AI_FIRMS" in str(problem)
    flow_folders.take_flow(empty, "OTHER_FIRMS")
    flow_folders.take_flow(empty, "AI_FIRMS")
    assert flow_folders.list_flow_problems(empty) == {}


ID = 'title = { en = "Firms that use AI", ko = "AI 사용 기업", fr = "Entreprises qui utilisent l’IA" }\n'
HEADLINE = "\n[[headlines]]\n" + ID
WHERE = '[[checks]]\ncheck = "within"\n'


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('"remark" = ""', '"remark" = "OBS_VALUE"', "flow.toml", "“share”, “remark”"),
        ("[columns]", '[constants]\nREF_AREA = "KOR"\n[columns]', "flow.toml", "“국가”, [constants]"),
        ('"remark" = ""', '"remrak" = ""', "columns", "Did you mean remark?"),
        ("[columns]", '[leave_out]\nsise = ["a"]\n[columns]', "leave_out", "Did you mean size?"),
        ("[columns]", '[wide]\ndimension = "TIME_PERIOD"\ncolumns = ["2023"]\n[columns]', "wide", "“2023”"),
        ("[[checks]]", change('"LARGE"', '"LRAGE"', SUMS) + "[[checks]]", "checks, FIRM_SIZE", "Did you mean LARGE?"),
        ("[[checks]]", change('["SMALL"]', '["SMAL"]', SUMS) + "[[checks]]", "checks, FIRM_SIZE", "SMALL"),
        ("[[checks]]", change('["SMALL"]', '["LARGE"]', SUMS) + "[[checks]]", "checks", "the total itself"),
        ("[[checks]]", change('"FIRM_SIZE"', '"OBS_VALUE"', SUMS) + "[[checks]]", "checks", "“OBS_VALUE”"),
        ("low = 0\n", 'low = 0\nwhere = { FIRM_SIZE = ["SMAL"] }\n', "checks, FIRM_SIZE", "Did you mean SMALL?"),
        ("low = 0\n", 'low = 0\nwhere = { OBS_VALUE = ["9.1"] }\n', "checks", "“OBS_VALUE”"),
        ("low = 0\n", 'low = 0\nwhere = { TIME_PERIOD = ["20244"] }\n', "checks, TIME_PERIOD", "20244"),
        ("low = 0\n", "low = 200\n", "checks", "above the upper limit"),
        ("low = 0\n", f"low = 1{'0' * 400}\n", "checks[0].low", "finite"),
        ("low = 0\n", f"low = 1{'0' * 5000}\n", "flow.toml", "not valid TOML"),
        ("low = 0\n", "low = 1e400\n", "checks[0].low", "finite"),
        ("low = 0\n", f"low = {'[' * 3000}\n", "flow.toml", "not valid TOML"),
        ("[[checks]]", f'{HEADLINE}where = {{ REF_AREA = ["KOREA"] }}\n[[checks]]', "headlines, REF_AREA", "KOREA"),
        ('version = "1.0.0"', f'version = "1.0.{"9" * 6000}"', "version", "at most four digits"),
        ('licence = "CC-BY-4.0"', 'licence = "CC BY 4.0"', "source.licence", "Did you mean CC-BY-4.0?"),
        ('licence = "CC-BY-4.0"', 'licence = "open"', "source.licence", "spdx.org/licenses"),
        ('licence = "CC-BY-4.0"', 'licence = "LicenseRef-"', "source.licence", "LicenseRef-NAME"),
        ("[columns]", '[statuses]\n"c" = "A"\n[columns]', "statuses.c", "Known: M, Q"),
        ('version = "1.0.0"', 'version = "1.0.0\\n"', "version", "at most four digits"),
        ('version = "1.0.0"', 'version = "1.0.٣"', "version", "at most four digits"),
        ('id = "sizes"', 'id = "sizes\\n"', "charts[0].id", "not a valid id"),
        ('vintage = "2025"', 'vintage = " "', "source.vintage", "must not be empty"),
        ('"TIME_PERIOD"]', '"TIME_PERIOD", "TIME_PERIOD"]', "dimensions", "TIME_PERIOD is listed twice"),
        ('"TIME_PERIOD"]', '"TIME_PERIOD", "LOWER_BOUND"]', "dimensions", "LOWER_BOUND cannot be a dimension"),
        ('boundary = "none"', 'boundary = "nope"', "boundary", "Known: chip, server, it, facility, life-cycle, none"),
        ('name = { en = "Firms that use AI"', 'name = { self = "x", en = "AI"', "name", "not a valid language tag"),
        ("[concepts.FIRM_SIZE]", '[concepts."FIRM\\"SIZE"]', "concepts", "not a valid id"),
        ("[concepts.FIRM_SIZE]", "[concepts.FİRM]", "concepts", "TOML"),
        ("[concepts.FIRM_SIZE]", "[concepts.ACTION]", "concepts", "a column of SDMX-CSV"),
        ("[code_lists.CL_FIRM_SIZE]", "[code_lists.cl_firm_size]", "code_lists", "not a valid id"),
        ('file = "CL_FIRM_SIZE.csv"', 'file = "sizes.csv"', "code_lists.CL_FIRM_SIZE.file", "name it CL_NAME.csv"),
        ('file = "CL_FIRM_SIZE.csv"', 'file = "CL_/../../x.csv"', "code_lists.CL_FIRM_SIZE.file", "CL_NAME.csv"),
        ("[columns]", '[read]\nencoding = "punycode"\n[columns]', "data.csv", "cannot be read as punycode"),
        ("[columns]", '[read]\nencoding = "undefined"\n[columns]', "data.csv", "cannot be read as undefined"),
        ("[columns]", '[read]\nencoding = "a\\u0000"\n[columns]', "data.csv", "cannot be read as"),
        ("[columns]", '[read]\ndelimiter = "\\""\n[columns]', "read.delimiter", "one character"),
    ],
)  # fmt: skip
def test_what_a_flow_file_cannot_say_is_refused_with_its_place(
    empty: Node, old: str, new: str, where: str, said: str
) -> None:
    put(empty, change(old, new))
    for attempt in (flow_folders.take_flow, flow_folders.check_flow):
        with pytest.raises(BadInput) as caught:
            attempt(empty, "AI_FIRMS")
        assert caught.value.where.endswith(where) or said == "TOML"
        assert said in str(caught.value)
    assert empty.snapshots.all() == []


def parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({**columns}), buffer, compression="snappy")
    return buffer.getvalue()


def test_a_damaged_parquet_file_is_refused(empty: Node) -> None:
    whole = parquet(size=[f"S{number}" for number in range(5000)], share=[0.5] * 5000)
    flow = change("data.csv", "data.parquet")
    for data in (b"", b"PAR1", whole[:-9], whole[:4] + b"\xff" * 2000 + whole[2004:]):
        put(empty, flow, data, name="data.parquet")
        error = refusal(empty)
        assert error.where == "AI_FIRMS/data.parquet"
        assert "not valid Parquet" in str(error)
    new = empty.root / "new.parquet"
    new.write_bytes(b"PAR1")
    with pytest.raises(BadInput, match="not valid Parquet"):
        make_flow(empty, "NEW", new)


@pytest.mark.parametrize(
    ("file", "text", "where"),
    [
        ("data.csv", f'{DATA}대한민국,SMALL,2023,"1,\n일본,SMALL,2023,1,\n', "data.csv, line 5"),
        ("data.csv", f"{DATA}대한민국,SMALL,2023,{'1' * 140_000},\n", "data.csv, line 5"),
        ("CL_FIRM_SIZE.csv", f'{SIZES}A,"B\n', "CL_FIRM_SIZE.csv, line 4"),
        ("CL_FIRM_SIZE.csv", f"{SIZES}A,B\n", "CL_FIRM_SIZE.csv, line 4"),
        ("CL_FIRM_SIZE.csv", "", "CL_FIRM_SIZE.csv, line 1"),
    ],
)
def test_a_line_that_is_not_csv_is_refused(empty: Node, file: str, text: str, where: str) -> None:
    folder = empty.root / "flows" / put(empty)
    (folder / file).write_text(text, encoding="utf-8")
    assert refusal(empty).where == f"AI_FIRMS/{where}"


@pytest.mark.parametrize("name", ["flow.toml", "CL_FIRM_SIZE.csv", "data.csv"])
def test_a_folder_or_a_link_in_the_place_of_a_file_is_refused(empty: Node, name: str) -> None:
    file = empty.root / "flows" / put(empty) / name
    file.unlink()
    file.mkdir()
    assert refusal(empty).where == f"AI_FIRMS/{name}"
    file.rmdir()
    file.symlink_to(empty.root / "secret.key")
    assert refusal(empty).where == f"AI_FIRMS/{name}"


def test_a_check_that_compares_nothing_does_not_hold(empty: Node) -> None:
    small = "국가,size,year,share,remark\n대한민국,SMALL,2024,9,\n"
    put(empty, change("[[checks]]", SUMS + "[[checks]]"), small)
    (_, sums, _) = flow_folders.check_flow(empty, "AI_FIRMS").findings
    assert (sums.holds, sums.describe()) == (False, "0 sums, 0 wrong")
    put(empty, change("low = 0\n", 'low = 0\nwhere = { FIRM_SIZE = ["LARGE"] }\n'), small)
    assert not flow_folders.check_flow(empty, "AI_FIRMS").holds
    with pytest.raises(CheckFailed, match="0 observations compared"):
        seal(empty, "AI_FIRMS")


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        ("[[checks]]", f'{HEADLINE}where = {{ REF_AREA = ["FRA"] }}\n[[checks]]', False),
        ("[[checks]]", f'{HEADLINE}where = {{ REF_AREA = ["KOR"] }}\n[[checks]]', True),
        ('color = "FIRM_SIZE"', 'color = "FIRM_SIZE"\nwhere = { REF_AREA = ["FRA"] }', False),
    ],
)
def test_a_chart_and_a_headline_show_an_observation(empty: Node, old: str, new: str, holds: bool) -> None:
    put(empty, change(old, new))
    assert flow_folders.check_flow(empty, "AI_FIRMS").holds is holds


def test_a_check_runs_the_rules_of_sealing(empty: Node) -> None:
    put(
        empty,
        change('boundary = "none"', 'boundary = "none"\nconstants = { OBS_STATUS = "A" }'),
        f"{DATA}대한민국,SMALL,2023,,\n",
    )
    with pytest.raises(BadInput, match="each observation has a value or a range"):
        flow_folders.check_flow(empty, "AI_FIRMS")


def test_the_id_of_a_shipped_dataflow_is_refused_everywhere(empty: Node) -> None:
    put(empty, id_="GRID_INTENSITY")
    for attempt in (flow_folders.take_flow, flow_folders.check_flow):
        with pytest.raises(BadInput, match="The programme “energy” makes GRID_INTENSITY"):
            attempt(empty, "GRID_INTENSITY")
    with pytest.raises(BadInput, match="energy"):
        make_flow(empty, "DATACENTRE_EMISSIONS")


def test_a_new_flow_file_is_valid_toml_for_any_heading(empty: Node, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text('area,area,a\x7fb,"a ""b""\\",code,\n' + "x,x,1,2,KOR,3\n", encoding="utf-8")
    folder = make_flow(empty, "AI_FIRMS", data)
    columns = tomllib.loads((folder / "flow.toml").read_text(encoding="utf-8"))["columns"]
    assert columns == {"area": "REF_AREA", "a\x7fb": "", 'a "b"\\': "", "code": ""}
    empty_file = tmp_path / "empty.csv"
    empty_file.write_bytes(b"")
    assert tomllib.loads((make_flow(empty, "NONE", empty_file) / "flow.toml").read_text(encoding="utf-8"))


def test_a_node_with_any_name_makes_a_valid_flow_file(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "node", name="A\tB 서울")
    document = tomllib.loads((make_flow(node, "AI_FIRMS") / "flow.toml").read_text(encoding="utf-8"))
    assert document["source"]["publisher"] == "A\tB 서울"


def test_marks_of_missing_values_are_statuses(empty: Node) -> None:
    marks = '[statuses]\n"c" = "Q"\n":" = "M"\n[columns]'
    put(empty, change("[columns]", marks), f"{DATA}대한민국,SMALL,2023,c,\n대한민국,LARGE,2023,:,\n")
    found = {(row["FIRM_SIZE"], row["TIME_PERIOD"]): row["OBS_STATUS"] for row in seal(empty, "AI_FIRMS")}
    assert found == {
        ("SMALL", "2024"): "A",
        ("LARGE", "2024"): "A",
        ("SMALL", "2025"): "A",
        ("SMALL", "2023"): "Q",
        ("LARGE", "2023"): "M",
    }
    wide = marks.replace("[columns]", '[wide]\ndimension = "TIME_PERIOD"\ncolumns = ["2024", "2025"]\n[columns]')
    flow = re.sub(r'"(year|share|remark)" = .*\n', "", change("[columns]", wide))
    put(empty, flow, "국가,size,2024,2025\n대한민국,SMALL,c,1\n대한민국,LARGE,,:\n")
    found = {(row["FIRM_SIZE"], row["TIME_PERIOD"]): row["OBS_STATUS"] for row in seal(empty, "AI_FIRMS")}
    assert found == {("SMALL", "2024"): "Q", ("SMALL", "2025"): "A", ("LARGE", "2025"): "M"}
    put(empty, data=DATA.replace("9.1", "x"))
    (problem,) = flow_folders.check_flow(empty, "AI_FIRMS").problems
    assert "[statuses]" in problem.error.fix


def test_a_licence_is_of_spdx_or_named_by_the_publisher(empty: Node) -> None:
    for licence in ("LicenseRef-KOGL-1", "CC-BY-4.0 AND ODbL-1.0", "MIT OR LicenseRef-x"):
        put(empty, change("CC-BY-4.0", licence))
        definition, _, _ = flow_folders.read_flow(empty, "AI_FIRMS")
        assert definition.origin.licence == licence


def test_a_period_in_two_spellings_is_one_observation(empty: Node) -> None:
    put(empty, data=f"{DATA}대한민국,SMALL,2024-A1,9.2,\n")
    assert "the same dimensions as in line 2 (5)" in str(refusal(empty))
