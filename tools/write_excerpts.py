"""Writes the excerpts that the tests read from the folder of public data: python tools/write_excerpts.py FOLDER.

A maintainer runs this when a test needs another row or file. tests/specimens/excerpts keeps the names of FOLDER, so a test
reads either. A cell keeps the publisher's value. Two files are drawn at random instead, because the published ones may not
be copied: tests/specimens/excerpts/README.md says why, and gives the source and licence of every file.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import random
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tools.carry_work_tables import read_sheet

EXCERPTS = Path(__file__).parents[1] / "tests" / "specimens" / "excerpts"
Row = Mapping[str, str]
Choice = Callable[[Iterator[Row]], Iterable[Row]]


def keep_all(rows: Iterator[Row]) -> Iterable[Row]:
    """Every row."""
    return rows


def keep_first(number: int) -> Choice:
    """The first `number` rows."""
    return lambda rows: itertools.islice(rows, number)


def keep_where(column: str, *values: str) -> Choice:
    """The rows whose `column` is one of `values`."""
    return lambda rows: (row for row in rows if row[column] in values)


def _chips_of_the_meter(rows: Iterator[Row]) -> Iterable[Row]:
    ours = Path(__file__).parents[1] / "bongsu" / "energy" / "meter" / "tables" / "cpu.csv"
    with ours.open(encoding="utf-8", newline="") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    return (row for row in rows if row["Hardware name"] in names)


def _two_months_of_ireland(rows: Iterator[Row]) -> Iterable[Row]:
    return (row for row in rows if row["jobcountry"] == "IE" and row["date"][:7] in ("2024-01", "2024-02"))


def _households_by_number(rows: Iterator[Row]) -> Iterable[Row]:
    """Replaces the survey's identifiers of households by their order."""
    numbers: dict[str, str] = {}
    for row in itertools.islice(rows, 1000):
        yield {**row, "CODUSU": numbers.setdefault(row["CODUSU"], str(len(numbers) + 1))}


_ISCO3 = ("isco_code", "2014", "2015", "2016", "2017", "2018")
_CONFIGURATION = [
    "task",
    "activated_params_billions",
    "architecture",
    "avg_batch_size",
    "avg_output_len",
    "batch_size",
    "energy_per_image_joules",
    "energy_per_token_joules",
    "energy_per_video_joules",
    "gpu_model",
    "image_height",
    "image_width",
    "inference_steps",
    "max_num_seqs",
    "model_id",
    "num_frames",
    "num_gpus",
    "ring_degree",
    "total_params_billions",
    "ulysses_degree",
    "video_height",
    "video_width",
    "weight_precision",
]
_COUNTRIES = ("AFG", "BRA", "DEU", "FRA", "KEN", "KHM", "KOS", "MEX", "NPL", "PHL", "RWA", "SRB", "USA", "ZWE")

# file, columns kept, rows kept
TABLES: tuple[tuple[str, Sequence[str], Choice], ...] = (
    ("energy/measured_inference_configurations.csv", _CONFIGURATION, keep_all),
    ("energy/reference_points.csv", ("id", "subject", "quantity", "value", "unit", "source"), keep_all),
    (
        "energy/datacentre_electricity.csv",
        ("publisher", "vintage", "area", "scenario", "year", "twh", "low", "high", "source"),
        keep_where("area", "WORLD", "USA"),
    ),
    ("energy/epoch_chips.csv", ("Hardware name", "TDP (W)"), _chips_of_the_meter),
    ("work/ilo2025_occupation.csv", ("isco08", "mean_2025", "sd_2025", "class_2025", "mean_2023", "sd_2023"), keep_all),
    ("work/isco08_titles_multilang.csv", ("code", "title_en", "title_fr"), keep_all),
    (
        "work/employment_isco2_by_country.csv",
        ("country_code", "isco08_2d", "employment_share", "contribution"),
        keep_where("country_code", *_COUNTRIES),
    ),
    (
        "work/ilostat_emp_sex_isco1_country_year.csv",
        ("geo", "t", "occup", "sex", "n"),
        keep_where("geo", "JPN", "KOS", "KOR"),
    ),
    ("work/eulfs/fra_breakdown_by_isco_w_risk.csv", _ISCO3, keep_first(20)),
    ("work/eulfs/ita_breakdown_by_isco_w_risk.csv", _ISCO3, keep_where("isco_code", "111", "621", "951")),
    ("work/eulfs/uk_breakdown_by_isco_w_risk.csv", _ISCO3, keep_first(5)),
    ("work/eloundou_gpts/occ_level.csv", ("O*NET-SOC Code", "dv_rating_beta"), keep_first(20)),
    ("work/eloundou_gpts/national_May2021_dl.csv", ("OCC_CODE", "O_GROUP", "TOT_EMP", "A_MEAN"), keep_first(40)),
    ("work/bls_oews_2015_2024/oews_national_2015.csv", ("OCC_CODE", "OCC_GROUP", "TOT_EMP", "A_MEAN"), keep_first(40)),
    ("work/bls_oews_2015_2024/oews_national_2024.csv", ("OCC_CODE", "O_GROUP", "TOT_EMP", "A_MEAN"), keep_first(40)),
    (
        "work/microsoft_working_with_ai/soc_ai_applicability_scores.csv",
        ("SOC Code", "ai_applicability_score"),
        keep_first(20),
    ),
    ("work/anthropic_economic_index/job_exposure.csv", ("occ_code", "observed_exposure"), keep_first(20)),
    ("work/indeed_ai_tracker/AI_posting.csv", ("date", "jobcountry", "AI_share_postings"), _two_months_of_ireland),
    (
        "work/esco/ISCOGroups_en.csv",
        ("code", "description"),
        keep_where("code", "0", "1111", "1112", "2512", "4110", "5223"),
    ),
    ("work/esco/occupations_fr.csv", ("iscoGroup", "preferredLabel", "altLabels"), keep_first(20)),
    (
        "work/microdata_eulfs_es_toy.csv",
        ["YEAR", "SEX", "AGE", "ILOSTAT", "ISCO3D", "SIZEFIRM", "COEFF"],
        keep_first(1000),
    ),
    (
        "work/microdata_uruguay_ech_toy.csv",
        ["f71_2", "region_4", "pobpcoac", "f73", "f85", "PT2", "pesomen"],
        keep_all,
    ),
    (
        "work/microdata_peru_enaho_toy.csv",
        ["p505", "p507", "ocu500", "p513t", "p512a", "p524e1", "fac500", "estrato"],
        keep_first(1000),
    ),
    (
        "work/microdata_argentina_eph_2016q3_toy.csv",
        ["CODUSU", "ANO4", "REGION", "CH04", "CH06", "ESTADO", "PP04D_COD", "PP04B_COD", "P21", "PONDERA"],
        _households_by_number,
    ),
)

# file, sheet, columns, rows kept
SHEETS: tuple[tuple[str, str, Sequence[str], Choice], ...] = (
    ("work/felten_aioe/AIOE_DataAppendix.xlsx", "Appendix A", ("SOC Code", "Occupation Title", "AIOE"), keep_first(5)),
    ("work/onet/Alternate Titles.xlsx", "Alternate Titles", ("O*NET-SOC Code", "Alternate Title"), keep_first(20)),
    ("work/onet/Occupation Data.xlsx", "Occupation Data", ("O*NET-SOC Code", "Title"), keep_first(5)),
)

# Files copied whole.
WHOLE = [
    "commons/*/LICENSE",
    "commons/dpg/nominees/a*.json",
    "commons/dpg/nominees/ba*.json",
    "commons/dpg/digitalpublicgoods/bahmni.json",
    "commons/mof/cases/*.yml",
    "commons/mof/schema/*.yml",
    "commons/mof/models/A*.yml",
    "commons/mof/models/[BO]L*.yml",
    "commons/mof/web/modules/mof/config/install/mof.settings.yml",
    "commons/osai/projects/b*.yaml",
    "commons/osai/projects/[ABacd]*.yaml",
    "commons/current-ai/sources/products/a*.yaml",
    "commons/current-ai/sources/scores/a*.yaml",
    "commons/croissant/datasets/*/titanic/*.json",
    "commons/croissant/datasets/*/simple-join/*.json",
    "commons/croissant/datasets/*/recipes/*.json",
    "commons/croissant/datasets/*/pass-mini/*.json",
    "commons/croissant/datasets/1.1/image_test/*.json",
    "commons/croissant/datasets/1.1/zenodo-head-mri/*.json",
    "commons/dcat-ap/releases/3.0.0/html/examples/*",
    "commons/dcat-ap/releases/3.0.1/shacl/dcat-ap-SHACL.ttl",
    "commons/reviewer-assignment/preflib1.in",
]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Writes the columns of rows as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def copy_tables(source: Path, target: Path) -> None:
    """Writes the chosen columns and rows of each publisher's table."""
    for name, columns, choose in TABLES:
        with (source / name).open(encoding="utf-8-sig", newline="") as file:
            write_csv(target / name, columns, choose(csv.DictReader(file)))
    for name, sheet, columns, choose in SHEETS:
        chosen = choose(read_sheet(source / name, sheet))
        write_sheet(target / name, sheet, [columns, *([row[column] for column in columns] for row in chosen)])


def write_sheet(path: Path, name: str, rows: Sequence[Sequence[str]]) -> None:
    """Writes an XLSX file of one sheet of texts, the same bytes each time."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    texts = list(dict.fromkeys(cell for row in rows for cell in row))
    cells = "".join(
        f'<row r="{at}">'
        + "".join(f'<c r="{chr(65 + c)}{at}" t="s"><v>{texts.index(cell)}</v></c>' for c, cell in enumerate(row))
        + "</row>"
        for at, row in enumerate(rows, 1)
    )
    links = (("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"))
    related = "".join(
        f'<Relationship Id="rId{at}" Type="{office}/{type_}" Target="{target}"/>'
        for at, (type_, target) in enumerate(links, 1)
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}</Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {main}>" + "".join(f"<si><t>{escape(t)}</t></si>" for t in texts) + "</sst>",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members.items():
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), f'<?xml version="1.0"?>{text}')


def copy_documents(source: Path, target: Path) -> None:
    """Copies the chosen documents of the registries, and the licence lists of the Model Openness Tool by their verdicts."""
    nominees = source / "commons" / "dpg" / "nominees"
    closed = [path for path in nominees.glob("*.json") if "CC-BY-NC" in path.read_text(encoding="utf-8")]
    for path in {*closed, *(path for pattern in WHOLE for path in source.glob(pattern))}:
        to = target / path.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    for name in ("licenses.json", "mof-licenses.json"):
        path = source / "commons" / "mof" / "web" / "modules" / "mof" / name
        listed = json.loads(path.read_text(encoding="utf-8"))["licenses"]
        kept = [{k: one[k] for k in ("licenseId", "isOsiApproved", "isFsfLibre") if k in one} for one in listed]
        lines = ",\n".join(json.dumps(one) for one in kept)
        (target / path.relative_to(source)).write_text(f'{{"licenses": [\n{lines}\n]}}\n', encoding="utf-8")


def draw_register(target: Path) -> None:
    """Draws a register like the Swedish one: persons by occupation, month and age group, many of its cells below 5."""
    draw = random.Random(20_221_201)  # noqa: S311
    months = [f"{year}-{month:02}" for year in range(2019, 2024) for month in range(1, 13)]
    rows = []
    for number in range(40):
        rank = round(draw.uniform(0, 100), 2)
        size, high = math.exp(draw.gauss(5.5, 1.6)), int(rank >= 50)
        for young, share in ((0, 1.0), (1, 0.08)):
            trend, level = draw.gauss(0, 0.002), size * share * math.exp(draw.gauss(0, 0.3))
            for at, month in enumerate(months):
                effect = (-0.12 if young else 0.04) * high * (month >= "2022-12")
                revision = 0.08 * (month >= "2020-01")  # a break in the series
                mean = level * math.exp(trend * at + 0.03 * math.sin(at * math.pi / 6) + effect + revision)
                cell = {"ssyk4": str(1111 + 171 * number), "year_month": month, "young": str(young)}
                about = {"pctl_rank_genai": str(rank), "exposure_quartile": f"Q{min(int(rank // 25) + 1, 4)}"}
                count = {
                    "n_employed": str(max(1, round(draw.gauss(mean, math.sqrt(mean))))),
                    "high_exposure": str(high),
                }
                rows.append({**cell, **about, **count})
    columns = ["ssyk4", "year_month", "young", "n_employed", "pctl_rank_genai", "exposure_quartile", "high_exposure"]
    write_csv(target / "work" / "sweden_employment_occupation_month.csv", columns, rows)


def draw_earnings(target: Path) -> None:
    """Draws a survey of earnings like the Austrian one: employees within employers, hourly earnings, weights."""
    draw = random.Random(2_006)  # noqa: S311
    ages = ("(0,15]", "(15,29]", "(29,39]", "(39,49]", "(49,59]", "(59,120]")
    rows = []
    for employer in range(70):
        place, level, weight = f"AT{draw.randint(1, 3)}", draw.gauss(2.5, 0.2), round(draw.uniform(1, 60), 4)
        trade = draw.choice(["C-Mining", "D-Manufacturing", "G-Trade", "K-Real estate"])
        size = draw.choice(["E10_49", "E50_249", "E250_499", "E500_999", "E1000"])
        for _ in range(draw.randint(4, 21)):
            sex = draw.choice(["female", "male"])
            earnings = math.exp(level + draw.gauss(0, 0.35) - 0.18 * (sex == "female"))
            person = {"sex": sex, "age": draw.choice(ages[1:]), "education": f"ISCED {draw.randint(1, 5)}"}
            contract = "temporay/fixed duration" if draw.random() < 0.1 else "indefinite duration"
            job = {
                "occupation": str(draw.randint(11, 34)),
                "contract": contract,
                "fullPart": draw.choice(["FT", "PT"]),
            }
            firm = {
                "location": place,
                "NACE1": trade,
                "size": size,
                "IDunit": str(1000 + employer),
                "weights": str(weight),
            }
            rows.append({**firm, **person, **job, "earningsHour": f"{earnings:.4f}"})
    columns = [
        "location",
        "NACE1",
        "size",
        "IDunit",
        "sex",
        "age",
        "education",
        "occupation",
        "contract",
        "fullPart",
        "earningsHour",
        "weights",
    ]
    write_csv(target / "work" / "microdata_austria_ses_synthetic.csv", columns, rows)


def write_excerpts(source: Path, target: Path = EXCERPTS) -> None:
    """Writes every excerpt of the folder of public data under `target`."""
    copy_tables(source, target)
    copy_documents(source, target)
    draw_register(target)
    draw_earnings(target)


if __name__ == "__main__":
    write_excerpts(Path(sys.argv[1]))
