"""Readers of the work programme's sources, on the publishers' own files: what they make equals the tables that are shipped."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

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


def shipped(name: str) -> set[tuple[str, ...]]:
    text = (files("bongsu.work") / "tables" / name).read_text(encoding="utf-8")
    return set(map(tuple, csv.reader(io.StringIO(text))))


def require_shipped(table: SourceTable, name: str, whole: bool) -> None:
    """Fails unless the rows stand in the shipped table; with whole files, unless they are all of it."""
    mine = {table.columns, *table.rows}
    assert len(mine) > 10
    theirs = shipped(name)
    assert mine <= theirs
    assert not whole or mine == theirs


def pack(names: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return made.getvalue()


def failures(source: LivingSource, table: SourceTable) -> Sequence[str]:
    return [one.check for one in check_table(source, table, None) if not one.holds]


def test_indeed(data: Path, whole: bool, sources: dict[str, LivingSource]) -> None:
    source = sources["ai-postings"]
    table = read_documents(source, (data / "work/indeed_ai_tracker/AI_posting.csv").read_bytes())
    if whole:
        require_shipped(table, "ai_postings.csv", whole)
    assert failures(source, table) == ([] if whole else ["there are enough rows"])
    # (2 + 3 + 7) / 3 = 4 in January; one day in February
    days = "date,jobcountry,AI_share_postings\n2026-01-01,IE,2\n2026-01-02,IE,3\n2026-01-31,IE,7\n2026-02-01,IE,1\n"
    assert read_documents(source, days.encode()).rows == (("IRL", "2026-01", "4", "3"), ("IRL", "2026-02", "1", "1"))
    with pytest.raises(BadInput, match="not a number"):
        read_documents(source, days.replace(",7", ",seven").encode())
    assert "codes are known" in failures(source, read_documents(source, days.replace("IE", "XX").encode()))


def test_bls_oews(data: Path, whole: bool, sources: dict[str, LivingSource]) -> None:
    source = sources["employment-soc"]
    files_ = {
        "2015": data / "work/bls_oews_2015_2024/oews_national_2015.csv",
        "2021": data / "work/eloundou_gpts/national_May2021_dl.csv",
        "2024": data / "work/bls_oews_2015_2024/oews_national_2024.csv",
    }
    archives = [pack({f"oesm/national_M{year}_dl.csv": path.read_bytes()}) for year, path in files_.items()]
    require_shipped(read_documents(source, *archives), "employment_soc.csv", whole)
    with pytest.raises(BadInput, match="0 files of the year"):
        read_documents(source, pack({"oesm/field_descriptions.csv": b"x"}))
    with pytest.raises(BadInput, match="no column"):
        read_documents(source, pack({"national_M2024_dl.csv": b"OCC_CODE,TOT_EMP\n11-1011,1\n"}))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("anthropic", "work/anthropic_economic_index/job_exposure.csv"),
        ("microsoft", "work/microsoft_working_with_ai/soc_ai_applicability_scores.csv"),
    ],
)
def test_usage_indices(data: Path, whole: bool, sources: dict[str, LivingSource], name: str, path: str) -> None:
    table = read_documents(sources[f"exposure-{name}"], (data / path).read_bytes())
    require_shipped(table, f"index/{name}.csv", whole)
    assert failures(sources[f"exposure-{name}"], table) == ([] if whole else ["there are enough rows"])


def test_onet(data: Path, whole: bool, sources: dict[str, LivingSource]) -> None:
    source = sources["onet-titles"]
    names = ("Occupation Data.xlsx", "Alternate Titles.xlsx")
    found = {f"db_30_1_excel/{name}": (data / "work/onet" / name).read_bytes() for name in names}
    require_shipped(read_documents(source, pack(found)), "titles/onet_en.csv", whole)
    with pytest.raises(BadInput, match=r"Alternate Titles\.xlsx"):
        read_documents(source, pack(dict(list(found.items())[:1])))


# Written from the SDMX-CSV 1.0 specification and the documentation of sdmx.ilo.org: no answer of the service was at hand.
ILO = """DATAFLOW,REF_AREA,FREQ,MEASURE,SEX,OCU,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MEASURE
"ILO:DF_EMP_TEMP_SEX_OCU_NB(1.0)",KOR,A,EMP_TEMP_NB,SEX_T,OCU_ISCO08_TOTAL,2024,30,,PS
"ILO:DF_EMP_TEMP_SEX_OCU_NB(1.0)",KOR,A,EMP_TEMP_NB,SEX_T,OCU_ISCO08_1,2024,10.5,,PS
"ILO:DF_EMP_TEMP_SEX_OCU_NB(1.0)",KOR,A,EMP_TEMP_NB,SEX_T,OCU_ISCO08_2,2024,19.5,,PS
"ILO:DF_EMP_TEMP_SEX_OCU_NB(1.0)",KOR,A,EMP_TEMP_NB,SEX_F,OCU_ISCO08_2,2023,9,,PS
"ILO:DF_EMP_TEMP_SEX_OCU_NB(1.0)",KOR,A,EMP_TEMP_NB,SEX_T,OCU_ISCO88_2,2008,9,,PS
"ILO:DF_EMP_TEMP_SEX_OCU_NB(1.0)",KOR,A,EMP_TEMP_NB,SEX_M,OCU_ISCO08_2,2023,,U,PS
"""


def test_ilostat_is_a_series_by_year(sources: dict[str, LivingSource]) -> None:
    source = sources["ilostat-employment"]
    table = read_documents(source, ILO.encode())
    assert table.columns == ("area", "year", "occupation", "sex", "persons")
    assert table.rows == (  # thousands x 1000; another classification and a missing value are left out
        ("KOR", "2024", "TOTAL", "T", "30000"),
        ("KOR", "2024", "1", "T", "10500"),
        ("KOR", "2024", "2", "T", "19500"),
        ("KOR", "2023", "2", "F", "9000"),
    )
    assert failures(source, table) == ["there are enough rows"]
    assert "totals are the sums of their parts" in failures(
        source, read_documents(source, ILO.replace("10.5", "19.5").encode())
    )


# Written from Eurostat's documentation of its SDMX 2.1 interface and the list of codes of lfsa_egai2d.
EUROSTAT = """DATAFLOW,LAST UPDATE,freq,age,isco08,sex,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG
ESTAT:LFSA_EGAI2D(1.0),14/10/26 23:00:00,A,Y_GE15,OC11,T,THS_PER,FR,2024,101.5,
ESTAT:LFSA_EGAI2D(1.0),14/10/26 23:00:00,A,Y15-64,OC11,T,THS_PER,FR,2024,100.0,
ESTAT:LFSA_EGAI2D(1.0),14/10/26 23:00:00,A,Y_GE15,TOTAL,T,THS_PER,FR,2024,28000,
ESTAT:LFSA_EGAI2D(1.0),14/10/26 23:00:00,A,Y_GE15,OC11,F,THS_PER,FR,2024,,u
"""


def test_eurostat(sources: dict[str, LivingSource]) -> None:
    source = sources["eurostat-employment"]
    assert read_documents(source, EUROSTAT.encode()).rows == (("FR", "2024", "11", "T", "101500"),)
    assert "units are as before" in failures(
        source, read_documents(source, EUROSTAT.replace("THS_PER", "PER").encode())
    )


# Written from KOSIS's technical document of its shared service (fields of statisticsParameterData.do).
KOSIS = """[
{"ORG_ID":"101","TBL_ID":"DT_X","C1":"1","C1_NM":"관리자","ITM_ID":"T20","UNIT_NM":"천명","PRD_SE":"Y","PRD_DE":"2024","DT":"400"},
{"ORG_ID":"101","TBL_ID":"DT_X","C1":"2","C1_NM":"전문가","ITM_ID":"T20","UNIT_NM":"천명","PRD_SE":"Y","PRD_DE":"2024","DT":"5900.5"}
]"""
KOSIS_TABLE = """
title = "취업자"
publisher = "KOSIS"
licence = "LicenseRef-KOGL-1"
address = ["https://kosis.kr/openapi/Param/statisticsParameterData.do?method=getList&apiKey={key}&orgId=101&tblId=DT_X"]
format = "KOSIS JSON"
seen = "documentation of the service"
every = "year"
reader = "kosis"
key = "kosis"
[read]
columns = { C1 = "occupation", PRD_DE = "year", DT = "persons" }
factor = { persons = 1000 }
[check]
keys = ["occupation", "year"]
values = { persons = [0, 1e8] }
units = { UNIT_NM = "천명" }
"""


def test_kosis(empty: Node) -> None:
    from bongsu.store.sources.asking import add_source

    source = add_source(empty, "kosis-employment", KOSIS_TABLE.encode())
    table = read_documents(source, KOSIS.encode())
    assert table.rows == (("1", "2024", "400000"), ("2", "2024", "5900500"))
    assert failures(source, table) == []
    assert "units are as before" in failures(source, read_documents(source, KOSIS.replace("천명", "명").encode()))
    with pytest.raises(BadInput, match="인증키"):
        read_documents(source, '{"err":"10","errMsg":"인증키값이 누락되었습니다."}'.encode())
    with pytest.raises(BadInput, match="JSON"):
        read_documents(source, b"<html>")
