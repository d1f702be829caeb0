"""`bongsu correct DATAFLOW`: corrects values, lists corrections, and ends one. The next build applies them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import SELECTION, Argument, Arguments, Option, read_number
from bongsu.cli.completion import complete_condition, complete_dataflows
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.reason import parse_reason
from bongsu.core.text_files import decode_text

if TYPE_CHECKING:
    from bongsu.core.correction import Correction
    from bongsu.store.node import Node


def run(args: Arguments, terminal: Terminal) -> int:
    """Stores a correction of one value (--where) or of those of a file (--from); or ends or lists corrections."""
    node = open_records(args)
    dataflow = args.dataflow.upper()
    ways = [args.list, bool(args.end), bool(args.where), bool(args.file)]
    if sum(ways) != 1:
        raise BadInput(N_("Give one of --where, --from, --end and --list."))
    if args.list:
        return _list(node, dataflow, terminal)
    reason = parse_reason(args.reason, get_language())
    from bongsu.web.correcting import correct_values, end_correction, read_conditions, read_file, resolve_values

    if args.end:
        ended = end_correction(command_actor(), node, dataflow, args.end, reason)
        text = translate(N_("Correction {id} of {dataflow} was ended.")).format(id=ended.id, dataflow=dataflow)
        terminal.result({"dataflow": dataflow, "ended": ended.id}, f"{text}\n{_next_step(dataflow)}")
        return 0
    if args.file:
        asked = read_file(_read(Path(args.file)), Path(args.file).name)
    elif args.value is None:
        raise BadInput(N_("Give the right value: --value NUMBER."))
    else:
        asked = [read_conditions(args.where, args.value, args.low, args.high)]
    values = resolve_values(node, dataflow, asked)
    author = args.author or node.name_in(get_language())
    made = correct_values(
        command_actor(), node, dataflow, values, author=author, reason=reason, source=args.source or ""
    )
    lines = [translate(N_("Correction {id} of {dataflow}:")).format(id=made.id, dataflow=dataflow)]
    lines += [f"  {one.describe()}" for one in values]
    terminal.result(made.to_json(), "\n".join([*lines, _next_step(dataflow)]))
    return 0


def _next_step(dataflow: str) -> str:
    return translate(N_("The next build applies it: bongsu build --flow {dataflow}")).format(dataflow=dataflow)


def _read(path: Path) -> str:
    if not path.is_file():
        raise Missing(N_("There is no file “{path}”."), path=path)
    return decode_text(path.read_bytes(), path.name)


def _list(node: Node, dataflow: str, terminal: Terminal) -> int:
    from bongsu.store.tables.programmes import list_shipped

    shipped = list_shipped(dataflow)
    known = [*shipped, *node.corrections.list_own(dataflow)]
    data = [{**one.to_json(), "ended": node.corrections.is_ended(one)} for one in known]
    rows = [row for one in known for row in _list_values(one, node.corrections.is_ended(one))]
    header = ("#", N_("value"), N_("reason"), N_("source"), N_("author"), N_("date"), N_("state"))
    terminal.result(data, format_table(header, rows) if rows else translate(NOTHING_TO_SHOW))
    return 0


def _list_values(one: Correction, ended: bool) -> list[tuple[Any, ...]]:
    state = translate(N_("ended")) if ended else translate(N_("in force"))
    reason = one.reason.to(get_language()).mark(get_language())
    return [(one.id, value.describe(), reason, one.source, one.author, one.at[:10], state) for value in one.values]


EXAMPLES = (
    'bongsu correct GRID_INTENSITY --where "AREA=KOR; INDICATOR=PUE" --value 1.4 --reason "Misread." --source "Ember 2026"',
    'bongsu correct GRID_INTENSITY --from right.csv --reason "Corrected by the source." --source https://example.org/errata',
    "bongsu correct GRID_INTENSITY --list",
    'bongsu correct GRID_INTENSITY --end 1 --reason "The source is right now."',
)
PARAMETERS = (
    Argument("dataflow", metavar="DATAFLOW", shell_complete=complete_dataflows, help=N_("the dataflow")),
    Option(
        "--where",
        metavar="DIMENSION=CODE;...",
        multiple=True,
        group=SELECTION,
        shell_complete=complete_condition,
        help=N_("the value: one code of every dimension"),
    ),
    Option(
        "--value",
        metavar="NUMBER",
        type=read_number,
        help=N_("with --where: the right value, in the unit of the observation"),
    ),
    Option(
        "--low", metavar="NUMBER", type=read_number, help=N_("with --where: the lower end of its range, if it has one")
    ),
    Option("--high", metavar="NUMBER", type=read_number, help=N_("with --where: the upper end of its range")),
    Option(
        "--from",
        "file",
        metavar="FILE",
        group=SELECTION,
        help=N_("the values of a CSV file: a column for each dimension, OBS_VALUE, LOWER_BOUND, UPPER_BOUND"),
    ),
    Option(
        "--reason",
        metavar="TEXT",
        multiple=True,
        help=N_("why; readers see it. Give it again in another language as ko=…, fr=…"),
    ),
    Option("--source", metavar="TEXT", help=N_("where the right value stands: a publication, or its address")),
    Option("--author", metavar="NAME", help=N_("who corrects, as readers see it (default: the institution)")),
    Option("--list", is_flag=True, group=SELECTION, help=N_("correct nothing: list the corrections of the dataflow")),
    Option(
        "--end", metavar="N", group=SELECTION, help=N_("end correction N: the next build has the value of the source")
    ),
)
