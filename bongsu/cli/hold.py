"""`bongsu hold add|list|drop`: manages an institution's own microdata. No verb prints a row.

Lists holdings by name, number of rows and concepts. Questions about their content go to the desk (`bongsu desk ask`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import translate
from bongsu.cli.records import command_name
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.desk.asking import Desk
    from bongsu.store.microdata.holdings import Holding, Holdings
    from bongsu.store.microdata.survey_files import ColumnReport
    from bongsu.store.node import Node


MOST_PEOPLE = 1e10  # more than live on Earth


def open_holdings(node: Node) -> Holdings:
    """Opens the node's holdings with the key in the settings. Raises Misconfigured if the key is not valid."""
    from bongsu.store.microdata.holdings import Holdings
    from bongsu.web.settings import read_settings

    return Holdings(node, read_settings()["BONGSU_HOLDINGS_KEY"])


def open_desk(node: Node) -> Desk:
    """Opens the desk of a node with the engine named in the settings."""
    from bongsu.desk.asking import Desk
    from bongsu.store.microdata import expressions
    from bongsu.store.microdata.spark import create_spark_engine
    from bongsu.web.settings import read_settings

    address = read_settings()["BONGSU_SPARK"]
    run = create_spark_engine(address) if address else expressions.run_expression
    return Desk(node, open_holdings(node), run, by=command_name())


def read_text_file(path: Path) -> str:
    """Reads a mapping or a question as UTF-8 text. Raises OSError, and BadInput if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(N_("“{name}” cannot be read as UTF-8 text."), name=path) from None


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the holdings by name, rows and concepts."""
    from bongsu.desk.policy import is_private

    holdings = _node_holdings(args)
    every = [_list_properties(holding, private=is_private(holdings.survey(holding.name))) for holding in holdings.all()]
    rows = [(each["name"], each["rows"], " ".join(each["concepts"])) for each in every]
    text = format_table((N_("holding"), N_("rows"), N_("concepts")), rows) if rows else translate(NOTHING_TO_SHOW)
    terminal.result(every, text)
    return 0


def _list_properties(holding: Holding, *, private: bool) -> dict[str, Any]:
    """Returns the public properties; the number of records of a private holding is not public."""
    return holding.to_public() | ({"rows": None} if private else {})


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints the public properties of a holding, and its policy."""
    from bongsu.desk.policy import Policy, describe_policy

    holdings = _node_holdings(args)
    holding = holdings.get(args.name)
    policy = Policy.from_data(holdings.survey(args.name).policy)
    data = _list_properties(holding, private=policy.private is not None) | {
        "title": holding.title,
        "added": holding.added,
        "encrypted": holding.encrypted,
        "policy": policy.to_data(),
    }
    stored = N_("encrypted") if holding.encrypted else N_("without encryption")
    lines = [
        f"{holding.title}  ({holding.name})",
        *([] if policy.private else [f"{translate(N_('records'))}: {holding.rows:,}"]),
        f"{translate(N_('added'))}: {holding.added[:10]}",
        f"{translate(N_('stored'))}: {translate(stored)}",
        f"{translate(N_('concepts'))}: {' '.join(holding.concepts)}",
        "",
        *describe_policy(policy, translate),
    ]
    terminal.result(data, "\n".join(lines))
    return 0


def run_drop(args: Arguments, terminal: Terminal) -> int:
    """Deletes the data of a holding."""
    _node_holdings(args).drop(args.name)
    terminal.result({"dropped": args.name}, translate(N_("{name} was deleted.")).format(name=args.name))
    return 0


def _node_holdings(args: Arguments) -> Holdings:
    from bongsu.store.node import Node

    return open_holdings(Node(Path(args.node)))


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds a file of microdata as a holding."""
    from bongsu.core.mapping import Survey
    from bongsu.desk.policy import Policy
    from bongsu.desk.private.bounds import check_bounds, list_unusable

    mapping, where = read_text_file(args.mapping), str(args.mapping)
    survey = Survey.parse(mapping, where)
    rules = Policy.from_data(survey.policy, where).private
    if rules:
        check_bounds(survey, rules, where)
    holding, report = _node_holdings(args).add(args.file, mapping, where, check=Policy.from_data, despite=args.despite)
    if rules and (unusable := list_unusable(survey, rules)):
        text = N_("Mode “private” cannot use {concepts}: their codes or bounds are not declared.")
        terminal.say(translate(text).format(concepts=", ".join(unusable)))
    if not holding.encrypted:
        terminal.say(translate(N_("The holding is stored without encryption: BONGSU_HOLDINGS_KEY is not set.")))
    _say_doubts(holding, report, terminal)
    weights = _node_holdings(args).sum_weights(holding)
    if weights is not None:
        terminal.say(translate(N_("The weights add up to {sum}.")).format(sum=f"{weights:,.0f}"))
        if not holding.rows <= weights <= MOST_PEOPLE:
            text = N_(
                "Is this its population? Weights may have implied decimals, or may have been divided by their mean."
            )
            terminal.say(translate(text))
    header = (N_("concept"), N_("column"), N_("matched"), N_("no answer"), N_("did not match"), "")
    rows = [(c.concept, c.column, c.matched, c.missing, c.unmatched, ", ".join(c.examples)) for c in report]
    terminal.result(
        {
            "holding": holding.to_public(),
            "encrypted": holding.encrypted,
            "duplicates": holding.duplicates,
            "weights": weights,
            "columns": [asdict(column) for column in report],
        },
        format_table(header, rows),
    )
    return 0


def _say_doubts(holding: Holding, report: Sequence[ColumnReport], terminal: Terminal) -> None:
    """Prints what was kept but may be wrong: records that occur twice, shorter codes, codes of ISCO-88."""
    if holding.duplicates:
        text = N_("{count} records equal an earlier one in every column of the file. They were kept.")
        terminal.say(translate(text).format(count=holding.duplicates))
    for column in report:
        if column.short:
            text = N_("{concept}: {count} records have a code of fewer digits than “width”, which was not padded.")
            terminal.say(translate(text).format(concept=column.concept, count=column.short))
        if column.isco88:
            text = N_("{concept}: {count} records have a code of ISCO-88 that ISCO-08 does not have.")
            terminal.say(translate(text).format(concept=column.concept, count=column.isco88))


ACTIONS = (
    Command(
        "add",
        N_("add a file of microdata, as described by its mapping"),
        run_add,
        (
            Argument(
                "file",
                metavar="FILE",
                type=read_path,
                help=N_("CSV, Parquet, Stata, SPSS or SAS; the content is copied, the file is not kept"),
            ),
            Option(
                "--mapping", metavar="M.toml", type=read_path, required=True, help=N_("what the file's columns mean")
            ),
            Option(
                "--despite",
                metavar="REASON",
                default="",
                help=N_("why to add people who are in another holding; the journal has it"),
            ),
        ),
        ("bongsu hold add survey.csv --mapping survey.toml",),
    ),
    Command("list", N_("name, rows and concepts of every holding"), run_list, (), ("bongsu hold list",)),
    Command(
        "show",
        N_("print a holding's properties, and its policy in force"),
        run_show,
        (Argument("name", metavar="NAME", help=N_("the holding's name")),),
        ("bongsu hold show survey-2019",),
    ),
    Command(
        "drop",
        N_("delete a holding's data for good"),
        run_drop,
        (Argument("name", metavar="NAME", help=N_("the holding's name")),),
        ("bongsu hold drop survey-2019",),
    ),
)
