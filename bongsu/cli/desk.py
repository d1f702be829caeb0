"""`bongsu desk ask|plan|publish|questions|budget|allow`: answers a question about microdata, after disclosure control.

`ask` prints only the answer of the desk. `publish` saves that answer as a snapshot, from which `bongsu build` makes a
release. `questions` lists what was asked. No other verb prints results from microdata.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli import desk_budget
from bongsu.cli.commands import (
    SELECTION,
    Argument,
    Arguments,
    Command,
    Option,
    read_number,
    read_path,
    read_whole_number,
)
from bongsu.cli.desk_plan import PLAN
from bongsu.cli.hold import open_desk, open_holdings, read_text_file
from bongsu.cli.language import translate
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput
from bongsu.core.where import WhereCondition, group_values, parse_where

if TYPE_CHECKING:
    from bongsu.desk.answer import Answer


def run_ask(args: Arguments, terminal: Terminal) -> int:
    """Asks the desk and prints the answer."""
    from bongsu.core.microdata_question import Question
    from bongsu.store.node import Node

    piped = str(args.question) == "-"
    text = sys.stdin.read() if piped else read_text_file(args.question)
    answer = open_desk(Node(Path(args.node))).ask(Question.parse(text, "-" if piped else str(args.question)))
    terminal.result(answer.to_data(translate), _text(answer))
    return 0


def run_publish(args: Arguments, terminal: Terminal) -> int:
    """Asks the desk for the exposure of a holding's people and saves the answers for a release."""
    from bongsu.store.node import Node
    from bongsu.work import holding_exposure

    node = Node(Path(args.node))
    where = _population(parse_where(args.where))
    survey = open_holdings(node).survey(args.holding)
    by = dict(holding_exposure.parse_splits(args.by))
    kept = holding_exposure.ask_and_keep(node, open_desk(node).ask, survey, by, where, args.area, args.period)
    text = translate(N_("{name} is kept; “bongsu build” makes the release.")).format(name=kept)
    terminal.result({"snapshot": kept, "flow": "HOLDING_EXPOSURE"}, text)
    return 0


def run_questions(args: Arguments, terminal: Terminal) -> int:
    """Lists who asked what of a holding, and what was answered; newest last."""
    from bongsu.desk.questions import OUTCOMES, QuestionList, describe_question, describe_reason
    from bongsu.store.logs.question_index import QuestionFilter
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    if args.holding:
        open_holdings(node).get(args.holding)
    for day in filter(None, (args.since, args.until)):
        _check_day(day)
    wanted = QuestionFilter(args.holding, args.outcome or "", args.since, args.until)
    questions = QuestionList(node.questions, wanted)[: args.last][::-1]
    rows = []
    for one in questions:
        words = describe_question(one.question, translate, str)
        asked = "; ".join([", ".join(part) for part in words if part])
        answer = describe_reason(one, translate) if one.outcome == "refused" else ""
        rows.append((one.at, one.holding, one.by, asked, translate(OUTCOMES[one.outcome]), answer))
    header = (N_("asked (UTC)"), N_("holding"), N_("by"), N_("question"), N_("outcome"), N_("why"))
    terminal.result(
        [one._asdict() for one in questions], format_table(header, rows) if rows else translate(NOTHING_TO_SHOW)
    )
    return 0


def _check_day(day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise BadInput(N_("“{moment}” is not a valid date."), fix=N_("Write it as 2026-04-01."), moment=day) from None


def _population(conditions: Sequence[WhereCondition]) -> dict[str, object]:
    """Returns the conditions as `where` of a question: codes, or a table with “from” and “to”."""
    where: dict[str, object] = dict(group_values(one for one in conditions if one.operator == "="))
    for condition in conditions:
        if condition.operator == "=":
            continue
        bounds = where.setdefault(condition.name, {})
        bound = "from" if condition.operator == ">=" else "to"
        if not isinstance(bounds, dict) or bound in bounds or len(condition.values) > 1:
            raise BadInput(N_("“{condition}” repeats a bound."), condition=condition.text)
        bounds[bound] = read_number(condition.values[0])
    return where


def _text(answer: Answer) -> str:
    from bongsu.desk.private.answers import describe_privacy

    private = answer.privacy is not None
    error = N_("noise (standard deviation)") if private else N_("standard error")
    header = (*answer.dimensions, N_("statistic"), N_("value"), error, N_("status"))
    parts = []
    if answer.cells:
        rows = [
            (*c.codes, c.statistic, c.value, c.noise if private else c.standard_error, c.status) for c in answer.cells
        ]
        parts.append(format_table(header, rows))
        reasons = {cell["status"]: cell["reason"] for cell in answer.to_data(translate)["cells"] if cell["reason"]}
        parts += [f"{status}: {reason}" for status, reason in sorted(reasons.items())]
    for model in answer.models:
        terms = [(t.term, t.value, t.noise if private else t.standard_error) for t in model.terms]
        parts.append(f"{model.statistic}\n" + format_table((N_("term"), N_("value"), error), terms))
    if answer.plan:
        by_default = N_("Answered from plan {number} of “{holding}”, its default plan.")
        text = by_default if answer.default_plan else N_("Answered from plan {number} of “{holding}”.")
        parts.append(translate(text).format(number=answer.plan, holding=answer.holding))
    if answer.privacy:
        parts += describe_privacy(answer.privacy, translate)
    return "\n".join(parts)


ACTIONS = (
    *desk_budget.ACTIONS,
    PLAN,
    Command(
        "questions",
        N_("list who asked what, and what was answered"),
        run_questions,
        (
            Argument("holding", metavar="HOLDING", required=False, default="", help=N_("of this holding only")),
            Option(
                "--outcome",
                choices=("answered", "refused", "unfinished"),
                help=N_("with this outcome only"),
            ),
            Option("--since", metavar="DATE", default="", help=N_("asked on this day or later")),
            Option("--until", metavar="DATE", default="", help=N_("asked on this day or earlier")),
            Option("--last", metavar="N", type=read_whole_number, default=50, help=N_("how many lines (default: 50)")),
        ),
        ("bongsu desk questions survey-2024", "bongsu desk questions --outcome refused --since 2026-04-01"),
    ),
    Command(
        "ask",
        N_("answer a question about a holding, or refuse it with the reason"),
        run_ask,
        (Argument("question", metavar="QUESTION.toml", type=read_path, help=N_("TOML or JSON; - for a pipe")),),
        ("bongsu desk ask question.toml --json", "bongsu work question survey --by SEX | bongsu desk ask -"),
    ),
    Command(
        "publish",
        N_("keep the exposure of a holding's people for the next release of HOLDING_EXPOSURE"),
        run_publish,
        (
            Argument("holding", metavar="HOLDING", help=N_("the holding's name")),
            Option("--area", required=True, metavar="CODE", help=N_("where the people live, such as KOR")),
            Option("--period", required=True, metavar="PERIOD", help=N_("when they were surveyed, such as 2024")),
            Option(
                "--by",
                multiple=True,
                metavar="CONCEPT",
                group=SELECTION,
                help=N_("broken down by this concept: SEX, REGION, or AGE:25,45,65 with the lower limits of its bands"),
            ),
            Option(
                "--where",
                multiple=True,
                metavar="CONCEPT=CODE,...",
                group=SELECTION,
                help=N_("only people for whom these conditions hold: STATUS=1,2; AGE>=15"),
            ),
        ),
        ('bongsu desk publish survey-2024 --area KOR --period 2024 --by SEX --where STATUS=1,2 "AGE>=15"',),
    ),
)
