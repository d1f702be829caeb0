"""`bongsu work impact`: runs an event study on a file of cells, with its tests, plot and conclusions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import INPUT, METHOD, OUTPUT, Argument, Arguments, Option, read_file_name, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput
from bongsu.core.periods import read_period

if TYPE_CHECKING:
    from bongsu.work.impact.conclusions import Conclusion
    from bongsu.work.impact.panel import Exposure, Panel, PanelColumns
    from bongsu.work.impact.study import EffectCoefficient, StudyResult
    from bongsu.work.occupations.sheets import TextSheet

Row = tuple[str, str, float, float, float, float, float]


def run(args: Arguments, terminal: Terminal) -> int:
    """Reads the cells, runs the study, draws the plot, and prints the result."""
    from bongsu.store.tables.occupation_lists import count_isco88
    from bongsu.work.impact import effect_plot, result_format
    from bongsu.work.impact.panel import PanelColumns, build_panel
    from bongsu.work.impact.study import StudyDesign, run_study
    from bongsu.work.occupations import sheets

    if (args.file is None) == (args.holding is None):
        raise BadInput(N_("Give the cells as a FILE or with --holding NAME."))
    columns = PanelColumns(args.occupation, args.period, args.outcome, args.by)
    sheet, hidden = None, 0
    if args.holding:
        cells, hidden = _of_holding(args, columns)
    else:
        sheet = sheets.read_sheet(Path(args.file), args.separator)
        signs = sheets.NumberSigns(args.decimal, args.thousands)
        cells = build_panel(sheet, columns, _known_occupations(args), signs)
    if args.index and _system(args) == "CL_ISCO08":
        count_isco88(dict.fromkeys(cells.occupations, 1), cells.where)
    exposure, alternatives = _exposures(args, sheet, columns)
    spell = str if args.holding else read_period  # the codes of a holding are as its mapping has them
    design = StudyDesign(
        spell(args.date),
        exposure,
        args.by,
        alternatives,
        args.model,
        step=args.step,
        seasonal=args.seasonal,
        placebo=args.placebo and spell(args.placebo),
        continuous=args.continuous,
        known_breaks=tuple(map(spell, args.known)),
    )
    found = run_study(cells, design, hidden)
    if args.plot:
        plot = Path(args.plot)
        drawn = effect_plot.render_plot(found, plot.suffix.removeprefix("."), get_language())
        plot.write_bytes(drawn)
    data = result_format.result_to_json(found)
    if args.keep:
        _keep(args, data, terminal)
    data["reading"] = [
        {"side": one.side, "group": one.group, "sentence": translate_sentence(one)} for one in _list_sentences(found)
    ]
    terminal.result(data, _text(found))
    return 0


def _system(args: Arguments) -> str:
    """Returns the id of the code list of the occupations."""
    return f"CL_{args.system.upper().replace('-', '')}"


def _known_occupations(args: Arguments) -> set[str]:
    """Returns the codes that the index has, by which the codes of a file are understood; none without an index."""
    from bongsu.work.impact.panel import exposure_from_index

    return set(exposure_from_index(args.index, _system(args)).scores) if args.index else set()


def _of_holding(args: Arguments, columns: PanelColumns) -> tuple[Panel, int]:
    from bongsu.cli.hold import open_desk, open_holdings
    from bongsu.store.node import Node
    from bongsu.work.impact import holding_cells

    node = Node(Path(args.node))
    return holding_cells.ask_cells(open_desk(node).ask, args.holding, columns, open_holdings(node).codes(args.holding))


def _exposures(
    args: Arguments, sheet: TextSheet | None, columns: PanelColumns
) -> tuple[Exposure, tuple[Exposure, ...]]:
    from bongsu.work.exposure.indices import indices
    from bongsu.work.impact.panel import exposure_from_column, exposure_from_file, exposure_from_index
    from bongsu.work.occupations import sheets

    if (args.index is None) == (args.exposure is None):
        raise BadInput(N_("Give the exposure with --index NAME or --exposure COLUMN."))

    system, known = _system(args), _known_occupations(args)

    def of(name: str) -> Exposure:
        """Returns the exposure from a column of the file, a file of scores, or an index."""
        if sheet is not None and name in sheet.columns:
            return exposure_from_column(sheet, columns, name, known)
        return (
            exposure_from_file(sheets.read_sheet(Path(name)))
            if name.endswith(".csv")
            else exposure_from_index(name, system)
        )

    if args.index:
        main = exposure_from_index(args.index, system)
    elif sheet is None or args.exposure.endswith(".csv"):
        main = of(args.exposure)
    else:
        main = exposure_from_column(sheet, columns, args.exposure)
    names = list(args.alternative)
    if args.index:
        names += [index.name for index in indices().values() if index.name not in (main.name, *names)]
    return main, tuple(of(name) for name in names)


def _keep(args: Arguments, data: dict[str, object], terminal: Terminal) -> None:
    from bongsu.store.node import Node
    from bongsu.work.impact.kept_results import keep_result

    name = keep_result(Node(Path(args.node)), args.keep, data, args.licence, args.source)
    terminal.say(translate(N_("Kept as “{name}”. “bongsu build” seals it.")).format(name=name))


def _list_sentences(found: StudyResult) -> list[Conclusion]:
    from bongsu.work.impact.conclusions import list_conclusions

    return list(list_conclusions(found))


def translate_sentence(one: Conclusion) -> str:
    """Returns a conclusion as a sentence in the language of the terminal."""
    return translate(one.message).format(**one.values)


def _text(found: StudyResult) -> str:
    from bongsu.work.impact.conclusions import MAY

    header = (N_("group"), N_("what"), N_("coefficient"), N_("standard error"), N_("low 80 %"), N_("high 80 %"), "p")
    rows: list[Row] = []
    for one in found.studies:
        rows.append(_row(one.group, translate(N_("effect")), one.effect))
        if one.pre_trend:
            rows.append(_row(one.group, translate(N_("trend before, per time")), one.pre_trend.slope))
        if one.placebo:
            placebo = translate(N_("placebo date {date}")).format(date=one.placebo.date)
            rows.append(_row(one.group, placebo, one.placebo.effect))
        rows += [_row(one.group, other.name, other.effect) for other in one.alternatives if other.effect]
    if found.difference:
        rows.append(_row("", translate(N_("difference between the groups")), found.difference))
    times = [
        _row(one.group, f"{at.time:+d}  {at.first}–{at.last}", at.coefficient)
        for one in found.studies
        for at in one.event_times
        if at.coefficient
    ]
    said = _list_sentences(found)
    parts = [format_table(header, rows), format_table(header, times)]
    for title, wanted in ((N_("What may be concluded"), True), (N_("What cannot be concluded"), False)):
        lines = [
            f"- {one.group + ': ' if one.group else ''}{translate_sentence(one)}"
            for one in said
            if (one.side == MAY) is wanted
        ]
        parts.append("\n".join([translate(title), *lines]))
    parts += [
        f"! {' '.join(filter(None, (at.period, at.group)))}: {translate(at.sign).format(**dict(at.values))}"
        for at in found.breaks
    ]
    return "\n\n".join(parts)


def _row(group: str, what: str, one: EffectCoefficient) -> Row:
    value, error, low, high, p = (
        float(f"{number:.5g}") for number in (one.value, one.standard_error, one.low, one.high, one.p)
    )
    return (group, what, value, error, low, high, p)


NUMBER_SIGNS = (
    Option(
        "--decimal", choices=(".", ","), default=".", group=INPUT, help=N_("the decimal sign of numbers (default: .)")
    ),
    Option(
        "--thousands",
        metavar="SIGN",
        default="",
        group=INPUT,
        help=N_("the sign between groups of three digits, beside spaces: , or ."),
    ),
)
EXAMPLES = (
    "bongsu work impact cells.csv --date 2022-12 --index ilo-2025 --plot impact.svg",
    "bongsu work impact --holding survey --date 2023 --index ilo-2025 --by SEX",
)
PARAMETERS = (
    Argument(
        "file", metavar="FILE", required=False, type=read_file_name, help=N_("a CSV, XLSX or Parquet file of cells")
    ),
    Option(
        "--holding",
        metavar="NAME",
        group=INPUT,
        help=N_("a holding, asked through the desk; columns are its concepts"),
    ),
    *(
        Option(name, metavar="COLUMN", default=default, group=INPUT, help=text)
        for name, default, text in (
            ("--occupation", "occupation", N_("the column of occupations (default: occupation)")),
            ("--period", "period", N_("the column of periods (default: period)")),
            ("--outcome", "persons", N_("the column of what is studied (default: persons)")),
        )
    ),
    Option(
        "--exposure",
        metavar="COLUMN",
        group=INPUT,
        help=N_("the column (or a CSV file of occupation and score) that says how exposed an occupation is"),
    ),
    Option("--index", metavar="NAME", group=INPUT, help=N_("exposure by a published index")),
    Option(
        "--system",
        metavar="LIST",
        default="ISCO08",
        group=INPUT,
        help=N_("the classification of the occupations, with --index: ISCO08 (default), SOC2018, SOC2010, ISCO88"),
    ),
    Option(
        "--alternative",
        metavar="NAME",
        multiple=True,
        group=INPUT,
        help=N_("another column or index to try; with --index, every other index is tried anyway"),
    ),
    Option("--separator", metavar="TEXT", default=",", group=INPUT, help=N_("the separator of a CSV file")),
    *NUMBER_SIGNS,
    Option(
        "--date",
        metavar="PERIOD",
        required=True,
        group=METHOD,
        help=N_("the first period after the event, as the file writes it"),
    ),
    Option(
        "--by",
        metavar="COLUMN",
        default="",
        group=METHOD,
        help=N_("run a separate study for each code in this column"),
    ),
    Option(
        "--model",
        choices=("ppml", "ols"),
        default="ppml",
        group=METHOD,
        help=N_("Poisson pseudo-maximum likelihood (default), or least squares on the logarithm of the outcome"),
    ),
    Option(
        "--continuous",
        is_flag=True,
        group=METHOD,
        help=N_(
            "estimate the effect of one standard deviation of exposure (default: the most exposed quarter against the rest)"
        ),
    ),
    Option(
        "--step",
        type=read_whole_number,
        default=0,
        metavar="N",
        group=METHOD,
        help=N_("combine N periods into one time step of the event study (default: such that there are at most 40)"),
    ),
    Option(
        "--seasonal",
        is_flag=True,
        group=METHOD,
        help=N_("estimate separate seasonal effects for every occupation"),
    ),
    Option("--placebo", default="", metavar="DATE", group=METHOD, help=N_("the placebo date (default: halfway)")),
    Option(
        "--break", "known", multiple=True, metavar="PERIOD", group=METHOD, help=N_("a period where the series breaks")
    ),
    Option(
        "--plot",
        metavar="FILE",
        type=read_file_name,
        group=OUTPUT,
        help=N_("write the plot: .svg, .png or .json (Vega-Lite)"),
    ),
    Option(
        "--keep",
        metavar="NAME",
        group=OUTPUT,
        help=N_("keep the result in the node; “bongsu build” seals it in AI_IMPACT"),
    ),
    Option("--source", metavar="TEXT", default="", group=OUTPUT, help=N_("with --keep: the source of the cells")),
    Option(
        "--licence", metavar="TEXT", default="unknown", group=OUTPUT, help=N_("with --keep: the licence of the cells")
    ),
)
