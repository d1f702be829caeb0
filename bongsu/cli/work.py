"""`bongsu work`: exposure by occupation, job title coding and its accuracy, correspondences, and an event study."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

from bongsu.cli import work_impact
from bongsu.cli.commands import (
    INPUT,
    METHOD,
    OUTPUT,
    Argument,
    Arguments,
    Command,
    Option,
    read_file_name,
    read_number,
    read_whole_number,
)
from bongsu.cli.hold import open_holdings
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput

# --- exposure


def _exposure(args: Arguments, terminal: Terminal) -> int:
    from bongsu.store.tables.definitions import code_lists
    from bongsu.work.exposure.indices import find_index
    from bongsu.work.exposure.score_list import list_scores

    index = find_index(args.index)
    rows = [
        row
        for row in list_scores(index.id, own=args.own, language=get_language())
        if row.occupation.startswith(args.occupation)
    ]
    classes = code_lists()["CL_EXPOSURE_CLASS"]
    data = [
        {**row.to_data(), "class_name": classes.name_of(row.label, get_language()) if row.label else None}
        for row in rows
    ]
    lines = [
        (row.occupation, row.title, row.mean, row.sd, classes.name_of(row.label, get_language()) if row.label else "")
        for row in rows
    ]
    header = (N_("occupation"), N_("name"), N_("mean"), N_("SD"), N_("class"))
    terminal.result(data, format_table(header, lines) if lines else translate(NOTHING_TO_SHOW))
    if not args.occupation and not args.own:
        said = translate(N_("{scored} of {all} unit groups have a score. {source}, {licence}."))
        origin = index.source.origin
        terminal.say(said.format(scored=len(rows), all=436, source=origin.attribution, licence=origin.licence))
    return 0


# --- code


def _code(args: Arguments, terminal: Terminal) -> int:
    from bongsu.work.occupations import sheets
    from bongsu.work.occupations.coder import MIN_CONFIDENCE, load_coder
    from bongsu.work.occupations.meaning_search import code_titles_by_meaning

    least = MIN_CONFIDENCE if args.least is None else args.least
    if not 0 <= least <= 1:
        raise BadInput(N_("A confidence is a number from 0 to 1, not {value}."), where="--least", value=f"{least:g}")
    if not 1 <= args.top <= 10:
        raise BadInput(N_("Between 1 and 10 candidates can be shown, not {value}."), where="--top", value=args.top)
    if args.json and args.out:
        raise BadInput(N_("Choose --json or --out, not both."))
    sheet = sheets.read_sheet(Path(args.file), args.separator)
    given = sheet.column(args.column)
    if args.meaning:
        codings = code_titles_by_meaning(given, top=args.top, least=least)
    else:
        codings = load_coder().code_titles(given, top=args.top, least=least)
    if args.json:
        terminal.result([_coding(row, coding) for row, coding in enumerate(codings, 1)], "")
    else:
        header, rows = sheets.add_codes(sheet, codings, args.top)
        if args.out:
            sheets.write_sheet(header, rows, Path(args.out))
        else:
            csv.writer(sys.stdout, lineterminator="\n").writerows([header, *rows])
    open_ = sum(not coding.code for coding in codings)
    said = translate(N_("{all} titles: {coded} coded, {open} left uncoded below the confidence {least}."))
    terminal.say(said.format(all=len(codings), coded=len(codings) - open_, open=open_, least=f"{least:g}"))
    return 0


def _coding(row: int, coding: Any) -> dict[str, Any]:
    from bongsu.store.tables.definitions import code_lists

    names = code_lists()["CL_ISCO08"]
    return {
        "row": row,
        "title": coding.title,
        "code": coding.code or None,
        "name": names.name_of(coding.code, get_language()) if coding.code else None,
        "confidence": round(coding.confidence, 4),
        "listed": coding.listed,
        "candidates": [
            {"code": code, "name": names.name_of(code, get_language()), "confidence": round(confidence, 4)}
            for code, confidence in coding.candidates
        ],
    }


# --- accuracy


def _accuracy(args: Arguments, terminal: Terminal) -> int:
    from bongsu.work.occupations.coder_evaluation import evaluate_coder

    with terminal.stage(N_("Coding held-out titles"), 1) as step:
        found = evaluate_coder(meaning=args.meaning)
        step()
    rows = [(one.language, one.titles, *(100 * one.accuracy[digits] for digits in (4, 3, 2, 1))) for one in found]
    right = translate(N_("{digits} digits, % correct"))
    digits = tuple(right.format(digits=n) for n in (4, 3, 2, 1))
    cuts = [(one.language, cut.least, 100 * cut.uncoded, 100 * cut.correct_share) for one in found for cut in one.cuts]
    parts = [
        format_table((N_("language"), N_("titles"), *digits), rows),
        format_table((N_("language"), N_("confidence from"), N_("% uncoded"), N_("% correct of coded titles")), cuts),
    ]
    terminal.result([one.to_data() for one in found], "\n\n".join(parts))
    return 0


# --- correspondence


def _correspondence(args: Arguments, terminal: Terminal) -> int:
    from bongsu.work.occupations.correspondences import find_correspondence

    found = find_correspondence(_code_list_id(args.source))
    sources = list(dict.fromkeys(link.source for link in found.links if args.code in ("", link.source)))
    links = [link for source in sources for link in found.links_of(source)]
    if args.code and not links:
        raise BadInput(N_("The correspondence does not contain the code “{code}”."), where=found.id, code=args.code)
    loss = {source: round(found.loss_of(source), 12) for source in sources}
    data = {
        "correspondence": found.id,
        "source": found.origin,
        "links": [{"source": link.source, "target": link.target, "weight": link.weight} for link in links],
        "loss": loss,
    }
    rows = [(link.source, link.target, link.weight) for link in links]
    lost = translate(N_("codes with a loss: {count} of {all}; largest share lost by one code: {most}")).format(
        count=sum(one > 1e-9 for one in loss.values()),
        all=len(sources),
        most=f"{max(loss.values(), default=0):.2f}",
    )
    terminal.result(data, "\n".join([format_table((N_("from"), N_("to"), N_("weight")), rows), lost]))
    return 0


# --- convert


def _convert(args: Arguments, terminal: Terminal) -> int:
    from bongsu.work.occupations import sheets
    from bongsu.work.occupations.correspondences import find_correspondence

    found = find_correspondence(_code_list_id(args.source))
    sheet = sheets.read_sheet(Path(args.file), args.separator)
    if not 0 <= args.most_lost <= 1:
        raise BadInput(N_("A share is a number from 0 to 1, not {value}."), where="--most-lost", value=args.most_lost)
    signs = sheets.NumberSigns(args.decimal, args.thousands)
    known = {link.source for link in found.links}
    amounts = sheets.sum_amounts(sheet, args.column, args.amount, known, signs)
    converted, lost = found.convert_amounts(amounts)
    unknown_ = sorted(code for code in amounts if code not in known)
    nowhere = sum(amounts[code] for code in unknown_)
    sheets.refuse_great_loss(nowhere, sum(amounts.values()), args.most_lost, unknown_, sheet.where)
    rows = sorted(converted.items())
    data = {
        "correspondence": found.id,
        "amounts": [{"isco08": code, "amount": amount} for code, amount in rows],
        "lost": lost,
        "unknown": unknown_,
    }
    if args.out:
        sheets.write_sheet(("isco08", args.amount), [(code, f"{amount:.10g}") for code, amount in rows], Path(args.out))
    if not args.out or args.json:
        terminal.result(data, "\n".join([f"isco08,{args.amount}", *(f"{code},{amount:.10g}" for code, amount in rows)]))
    said = translate(N_("{lost} of {all} lost; codes missing from the correspondence: {unknown}."))
    whole = sum(amounts.values())
    terminal.say(said.format(lost=f"{lost:,.6g}", all=f"{whole:,.6g}", unknown=", ".join(unknown_[:10]) or "0"))
    return 0


def _code_list_id(name: str) -> str:
    """Returns the id of the code list for SOC-2018, soc2018 or CL_SOC2018."""
    return "CL_" + name.upper().replace("-", "").removeprefix("CL_")


# --- question


def _question(args: Arguments, terminal: Terminal) -> int:
    from bongsu.store.node import Node
    from bongsu.work.exposure.desk_questions import DEFAULT_BANDS, build_question, choose_breakdown, question_to_toml

    try:
        bands = tuple(int(band) for band in args.bands.split(",")) if args.bands else DEFAULT_BANDS
    except ValueError:
        raise BadInput(N_("Write the bands as numbers with commas: 15,25,55."), where="--bands") from None
    survey = open_holdings(Node(Path(args.node))).survey(args.holding)
    by = choose_breakdown(survey, tuple(filter(None, args.by.split(","))), bands)
    question = build_question(survey, by, args.about)
    terminal.result(question.to_data(), question_to_toml(question).rstrip())
    return 0


_SEPARATOR = Option("--separator", metavar="TEXT", default=",", group=INPUT, help=N_("the separator of a CSV file"))
_OUT = Option(
    "--out", metavar="FILE", type=read_file_name, group=OUTPUT, help=N_("write a CSV or Parquet file, not the terminal")
)
_FILE = Argument("file", metavar="FILE", type=read_file_name, help=N_("a CSV, XLSX or Parquet file"))
ACTIONS = (
    Command(
        "exposure",
        N_("List occupations with their score in a published index."),
        _exposure,
        (
            Option("--index", metavar="NAME", default="ilo-2025", help=N_("the index (default: ilo-2025)")),
            Option("--occupation", metavar="CODE", default="", help=N_("only codes that begin with this")),
            Option("--own", is_flag=True, help=N_("by the index's own occupations, not converted to ISCO-08")),
        ),
        ("bongsu work exposure --occupation 25",),
    ),
    Command(
        "code",
        N_("Code the job titles of a file to ISCO-08; what cannot be coded stays uncoded."),
        _code,
        (
            _FILE,
            Option("--column", metavar="NAME", required=True, group=INPUT, help=N_("the column of titles")),
            _SEPARATOR,
            Option(
                "--least",
                metavar="P",
                type=read_number,
                group=METHOD,
                help=N_("the confidence below which a title stays uncoded (0.5)"),
            ),
            Option(
                "--meaning",
                is_flag=True,
                group=METHOD,
                help=N_("search by meaning, across languages, for titles that their words do not decide"),
            ),
            Option(
                "--top",
                metavar="N",
                type=read_whole_number,
                default=3,
                group=OUTPUT,
                help=N_("how many candidates to show (default: 3)"),
            ),
            _OUT,
        ),
        ("bongsu work code titles.csv --column TITLE --out coded.csv",),
    ),
    Command(
        "accuracy",
        N_("Measure the accuracy of the coder on held-out titles. Takes about a minute."),
        _accuracy,
        (Option("--meaning", is_flag=True, help=N_("with the search by meaning")),),
        ("bongsu work accuracy",),
    ),
    Command(
        "correspondence",
        N_("List the correspondence from a classification to ISCO-08, and what is lost."),
        _correspondence,
        (
            Argument("source", metavar="LIST", help=N_("SOC2010, SOC2018 or ISCO88")),
            Option("--code", metavar="CODE", default="", help=N_("only this code")),
        ),
        ("bongsu work correspondence SOC2018 --code 15-1252",),
    ),
    Command(
        "convert",
        N_("Convert a file of amounts by occupation to ISCO-08, and say what is lost."),
        _convert,
        (
            _FILE,
            Option(
                "--from", "source", metavar="LIST", required=True, group=INPUT, help=N_("SOC2010, SOC2018 or ISCO88")
            ),
            Option("--column", metavar="NAME", required=True, group=INPUT, help=N_("the column of codes")),
            Option(
                "--amount", metavar="NAME", required=True, group=INPUT, help=N_("the column of amounts: persons, hours")
            ),
            _SEPARATOR,
            *work_impact.NUMBER_SIGNS,
            Option(
                "--most-lost",
                metavar="SHARE",
                type=read_number,
                default=0.5,
                group=METHOD,
                help=N_("stop if unknown codes have more than this share of the amount (default: 0.5)"),
            ),
            _OUT,
        ),
        ("bongsu work convert employment.csv --from SOC2018 --column OCC --amount PERSONS",),
    ),
    Command(
        "question",
        N_("Write the question about exposure that fits a holding, for “bongsu desk ask”."),
        _question,
        (
            Argument("holding", metavar="HOLDING", help=N_("the holding's name")),
            Option("--by", metavar="CONCEPT,...", default="", help=N_("by what: SEX,AGE,REGION ...")),
            Option(
                "--about",
                choices=("mean", "classes", "coverage"),
                default="mean",
                help=N_("mean score (default), share by class, or share of people with a score"),
            ),
            Option("--bands", metavar="N,...", help=N_("the lower limits of the age bands: 15,25,55")),
        ),
        ("bongsu work question survey-2024 --by SEX,AGE > question.toml",),
    ),
    Command(
        "impact",
        N_("Compare exposed and less exposed occupations around a date."),
        work_impact.run,
        work_impact.PARAMETERS,
        work_impact.EXAMPLES,
    ),
)
