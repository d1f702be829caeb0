"""`bongsu desk plan`: shows, proposes and sets what may be published of a holding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.hold import open_desk, open_holdings, read_text_file
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, Missing

if TYPE_CHECKING:
    from bongsu.desk.plans.protected_base import ProtectedBase
    from bongsu.store.node import Node

NO_PLAN = N_("The holding “{holding}” has no plan yet: the first question solves its default plan.")


def run_plan(args: Arguments, terminal: Terminal) -> int:
    """Shows, proposes or sets the plan of a holding."""
    from bongsu.desk.plans.description import describe_plan
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    if sum(map(bool, (args.set, args.propose, args.default))) > 1:
        raise BadInput(N_("Give one of “--set”, “--propose” and “--default”."))
    if args.propose:
        from bongsu.desk.plans.default_plan import propose_plan, write_plan

        holdings = open_holdings(node)
        plan = propose_plan(holdings.survey(args.holding), holdings.codes(args.holding))
        terminal.result(plan.to_data(), write_plan(plan).rstrip())
        return 0
    if args.default:
        from bongsu.desk.plans.setting import solve_default_plan

        solve_default_plan(node, open_holdings(node), open_desk(node), args.holding)
    base = _set(node, args.holding, args.set, terminal) if args.set else _read(node, args.holding)
    rows = describe_plan(base, open_holdings(node).codes(args.holding))
    lines = [(row.table, row.cells, row.hidden, ", ".join(row.measure_texts)) for row in rows]
    header = (N_("table"), N_("cells"), N_("hidden"), N_("measures, with their hidden cells"))
    words = N_("Plan {number} of “{holding}”, its default plan") if base.default else N_("Plan {number} of “{holding}”")
    text = translate(words).format(number=base.number, holding=args.holding)
    data = [row._asdict() for row in rows]
    terminal.result(
        {"holding": args.holding, "plan": base.number, "default": base.default, "tables": data},
        f"{text}\n{format_table(header, lines)}",
    )
    return 0


def _set(node: Node, holding: str, path: Path, terminal: Terminal) -> ProtectedBase:
    from bongsu.core.publication_plan import PublicationPlan
    from bongsu.desk.plans.setting import set_plan

    def report(name: str, done: int, most: int) -> None:
        what = name or translate(N_("people"))
        if done < most:
            terminal.say(translate(N_("{done} of {most}: {what}")).format(done=done + 1, most=most, what=what))

    plan = PublicationPlan.parse(read_text_file(path), str(path))
    if plan.holding != holding:
        raise BadInput(N_("The plan is for the holding “{other}”."), where=f"{path}:holding", other=plan.holding)
    return set_plan(node, open_holdings(node), open_desk(node), plan, report)


def _read(node: Node, holding: str) -> ProtectedBase:
    from bongsu.desk.plans.protected_base import read_base

    open_holdings(node).get(holding)
    base = read_base(node, holding)
    if base is None:
        raise Missing(
            NO_PLAN, fix=N_("“bongsu desk plan {holding} --propose” writes one to begin with."), holding=holding
        )
    return base


PLAN = Command(
    "plan",
    N_("show, propose or set what may be published of a holding"),
    run_plan,
    (
        Argument("holding", metavar="HOLDING", help=N_("the holding's name")),
        Option("--set", metavar="PLAN.toml", type=read_path, help=N_("solve this plan and answer from it from now on")),
        Option("--default", is_flag=True, help=N_("solve the default plan now, which the first question would do")),
        Option("--propose", is_flag=True, help=N_("write a plan to begin with, from the mapping and the codes")),
    ),
    (
        "bongsu desk plan survey-2024 --propose > plan.toml",
        "bongsu desk plan survey-2024 --set plan.toml",
        "bongsu desk plan survey-2024",
    ),
)
