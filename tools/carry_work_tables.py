"""Writes the tables of the work programme from publishers' files: python tools/carry_work_tables.py FOLDER.

Run by a maintainer when a publisher issues a new edition, never by a node. Each table has our own columns, a selection of
rows, and the publisher's values unchanged. Publishers and licences are in indices.toml and sources.py. Not here: the Korean
titles (titles/ko.csv is this project's own) and computed values.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bongsu.store.tables.spreadsheets import read_spreadsheet
from bongsu.work.impact.panel import PanelColumns, build_panel, exposure_from_column
from bongsu.work.impact.result_format import result_to_json
from bongsu.work.impact.study import StudyDesign, run_study
from bongsu.work.occupations import sheets

TABLES = Path(__file__).parents[1] / "bongsu" / "work" / "tables"
_AREAS = {"KOS": "XKK", "XKX": "XKK"}  # Kosovo, as CLDR writes it
_INDEED = {"AU": "AUS", "CA": "CAN", "DE": "DEU", "FR": "FRA", "GB": "GBR"}
_INDEED |= {"IE": "IRL", "IT": "ITA", "NL": "NLD", "US": "USA"}

Row = Mapping[str, str]
Table = tuple[str, Sequence[str], Iterable[Sequence[str]]]  # file, header, rows


def read_csv(path: Path) -> Iterator[Row]:
    """Yields the rows of a publisher's CSV, cells as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def read_sheet(path: Path, name: str) -> Iterator[Row]:
    """Yields the rows of a sheet of an XLSX file by the names in its first row; cells as text."""
    header, *rows = read_spreadsheet(path.read_bytes(), name, str(path))
    for row in rows:
        yield dict(zip(header, row, strict=True))


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[object]], folder: Path = TABLES) -> Path:
    """Writes one table with sorted rows and returns its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(tuple(str(cell) for cell in row) for row in rows))
    return path


def _format_number(text: str, digits: int = 10) -> str:
    """Formats a number with at most `digits` significant digits, dropping floating-point noise."""
    return f"{float(text):.{digits}g}"


def index_tables(source: Path) -> Iterator[Table]:
    """Yields the exposure indices: occupation in the index's own classification, score, and SD of task scores if published."""
    plain = ("occupation", "score")
    ilo = list(read_csv(source / "ilo2025_occupation.csv"))
    for year in ("2025", "2023"):
        rows = [(r["isco08"], r[f"mean_{year}"], r[f"sd_{year}"]) for r in ilo]
        yield f"index/ilo-{year}.csv", (*plain, "sd"), rows
    tasks = read_csv(source / "eloundou_gpts" / "occ_level.csv")
    yield "index/eloundou.csv", plain, [(r["O*NET-SOC Code"], _format_number(r["dv_rating_beta"])) for r in tasks]
    aioe = read_sheet(source / "felten_aioe" / "AIOE_DataAppendix.xlsx", "Appendix A")
    yield "index/felten-aioe.csv", plain, [(r["SOC Code"], _format_number(r["AIOE"])) for r in aioe]
    applied = read_csv(source / "microsoft_working_with_ai" / "soc_ai_applicability_scores.csv")
    yield "index/microsoft.csv", plain, [(r["SOC Code"], _format_number(r["ai_applicability_score"])) for r in applied]
    observed = read_csv(source / "anthropic_economic_index" / "job_exposure.csv")
    yield "index/anthropic.csv", plain, [(r["occ_code"], _format_number(r["observed_exposure"])) for r in observed]


def employment_tables(source: Path) -> Iterator[Table]:
    """Yields employment by occupation: persons, shares or thousands as published; a masked cell stays empty."""
    sexes = {"Female": "F", "Male": "M", "Other": "O"}
    yield (
        "employment_isco1_sex.csv",
        ("area", "year", "occupation", "sex", "persons"),
        [
            (
                _AREAS.get(r["geo"], r["geo"]),
                r["t"].removesuffix(".0"),
                r["occup"].removeprefix("isco-08-"),
                sexes[r["sex"]],
                _format_number(r["n"]),
            )
            for r in read_csv(source / "ilostat_emp_sex_isco1_country_year.csv")
            if r["occup"].startswith("isco-08-")
        ],
    )
    shares = read_csv(source / "employment_isco2_by_country.csv")
    yield (
        "employment_isco2.csv",
        ("area", "occupation", "share"),
        [
            (_AREAS.get(r["country_code"], r["country_code"]), r["isco08_2d"], _format_number(r["employment_share"]))
            for r in shares
        ],
    )
    yield (
        "employment_isco3.csv",
        ("area", "year", "occupation", "thousands"),
        [
            (area, year, r["isco_code"], _format_number(r[year]) if re.fullmatch(r"[\d.]+", r[year]) else "")
            for area, name in (("FRA", "fra"), ("ITA", "ita"), ("GBR", "uk"))
            for r in read_csv(source / "eulfs" / f"{name}_breakdown_by_isco_w_risk.csv")
            for year in ("2014", "2015", "2016", "2017", "2018")
        ],
    )
    files = {
        "2015": source / "bls_oews_2015_2024" / "oews_national_2015.csv",
        "2021": source / "eloundou_gpts" / "national_May2021_dl.csv",
        "2024": source / "bls_oews_2015_2024" / "oews_national_2024.csv",
    }
    yield (
        "employment_soc.csv",
        ("area", "year", "occupation", "persons", "wage"),
        [
            ("USA", year, r["OCC_CODE"], r["TOT_EMP"].replace(",", ""), re.sub(r"[,*#]", "", r["A_MEAN"]))
            for year, path in files.items()
            for r in read_csv(path)
            if (r.get("O_GROUP") or r.get("OCC_GROUP")) == "detailed"
        ],
    )


def posting_tables(source: Path) -> Iterator[Table]:
    """Yields the share of postings that mention AI: the mean of a month's daily values, and the number of days."""
    days: dict[tuple[str, str], list[float]] = defaultdict(list)
    for r in read_csv(source / "indeed_ai_tracker" / "AI_posting.csv"):
        days[_INDEED[r["jobcountry"]], r["date"][:7]].append(float(r["AI_share_postings"]))
    rows = [
        (area, month, f"{sum(values) / len(values):.10g}", str(len(values))) for (area, month), values in days.items()
    ]
    yield "ai_postings.csv", ("area", "month", "percent", "days"), rows


def title_tables(source: Path) -> Iterator[Table]:
    """Yields job titles with their publisher's code: SOC 2018 for O*NET, ISCO-08 for the others."""
    alternate = read_sheet(source / "onet" / "Alternate Titles.xlsx", "Alternate Titles")
    own = read_sheet(source / "onet" / "Occupation Data.xlsx", "Occupation Data")
    onet = {(r["O*NET-SOC Code"][:7], r["Alternate Title"].strip()) for r in alternate}
    onet |= {(r["O*NET-SOC Code"][:7], r["Title"].strip()) for r in own}
    yield "titles/onet_en.csv", ("code", "title"), onet
    examples = set()
    for r in read_csv(source / "esco" / "ISCOGroups_en.csv"):
        if len(r["code"]) == 4:
            examples |= {(r["code"], title) for title in _example_titles(r["description"])}
    yield "titles/isco_en.csv", ("code", "title"), examples
    french = set()
    for r in read_csv(source / "esco" / "occupations_fr.csv"):
        labels = [r["preferredLabel"], *r["altLabels"].split("\n")]
        french |= {(r["iscoGroup"], label.strip()) for label in labels if label.strip()}
    yield "titles/esco_fr.csv", ("code", "title"), french


def _example_titles(description: str) -> Iterator[str]:
    """Yields the titles listed under "Examples of the occupations classified here", up to the next heading."""
    _, _, rest = description.partition("Examples of the occupations classified here")
    for line in rest.split("\n")[1:]:
        if found := re.fullmatch(r"\s*[-–•]+\s*(.+?)[\s,;.]*", line):
            yield found[1]
        elif line.strip():
            return


def study_tables(source: Path, folder: Path) -> list[Path]:
    """Writes event studies of files whose cells are too small to publish: coefficients only, to six significant digits."""
    sheet = sheets.read_sheet(source / "sweden_employment_occupation_month.csv")
    columns = PanelColumns("ssyk4", "year_month", "n_employed", "young")
    exposure, other = (exposure_from_column(sheet, columns, name) for name in ("high_exposure", "pctl_rank_genai"))
    found = run_study(build_panel(sheet, columns), StudyDesign("2022-12", exposure, "young", (other,)))
    path = folder / "impact" / "sweden-2022-12.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_round_value(result_to_json(found)), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return [path]


def _round_value(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: _round_value(one) for name, one in value.items()}
    return [_round_value(one) for one in value] if isinstance(value, list | tuple) else value


def write_tables(source: Path, folder: Path = TABLES) -> list[Path]:
    """Writes every table from the folder of publishers' files and returns their paths."""
    parts = (*index_tables(source), *employment_tables(source), *posting_tables(source), *title_tables(source))
    return [*(write_table(name, header, rows, folder) for name, header, rows in parts), *study_tables(source, folder)]


if __name__ == "__main__":
    for written in write_tables(Path(sys.argv[1])):
        sys.stdout.write(f"{written}\n")
