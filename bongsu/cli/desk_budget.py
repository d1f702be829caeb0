"""`bongsu desk budget|allow`: the privacy budget of a holding in mode private, and of its askers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import Argument, Arguments, Command
from bongsu.cli.hold import open_holdings
from bongsu.cli.language import translate
from bongsu.cli.records import command_name
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.desk.private.budget import Account
    from bongsu.desk.private.rules import PrivateRules
    from bongsu.store.node import Node


def run_budget(args: Arguments, terminal: Terminal) -> int:
    """Prints what was spent of a holding's budget and what is left, in all and by asker."""
    from bongsu.desk.private.budget import read_account
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    _show(terminal, args.holding, read_account(node.journal, args.holding, _read_rules(node, args.holding)))
    return 0


def run_allow(args: Arguments, terminal: Terminal) -> int:
    """Sets the budget of one asker."""
    from bongsu.desk.private.budget import allow
    from bongsu.desk.private.rules import parse_amount
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    rules, amount = _read_rules(node, args.holding), parse_amount(args.amount)
    _show(terminal, args.holding, allow(node.journal, args.holding, rules, args.asker, amount, command_name()))
    return 0


def _read_rules(node: Node, holding: str) -> PrivateRules:
    from bongsu.desk.policy import Policy

    policy = Policy.from_data(open_holdings(node).survey(holding).policy, holding)
    if policy.private is None:
        raise BadInput(
            N_("“{holding}” is not in mode “private”, so it has no privacy budget."),
            fix=N_('Declare mode = "private" and a table [policy.private] in its mapping.'),
            holding=holding,
        )
    return policy.private


def _show(terminal: Terminal, holding: str, account: Account) -> None:
    header = (N_("asker"), N_("budget"), N_("spent"), N_("left"))
    everybody, *askers = account.to_rows()
    rows = [tuple(row.values()) for row in askers]
    rows.append((translate(N_("all askers")), *list(everybody.values())[1:]))
    rules = account.rules.to_data()
    text = translate(N_("Amounts are in {unit}; a question costs {cost}."))
    text = text.format(unit=rules["unit"], cost=rules["per_question"])
    data = {"holding": holding, "unit": rules["unit"], "cost": rules["per_question"], "all": everybody}
    terminal.result(data | {"askers": askers}, f"{format_table(header, rows)}\n{text}")


ACTIONS = (
    Command(
        "budget",
        N_("print what was spent of a holding's privacy budget and what is left, by asker"),
        run_budget,
        (Argument("holding", metavar="HOLDING", help=N_("the holding's name")),),
        ("bongsu desk budget survey-2024",),
    ),
    Command(
        "allow",
        N_("set the privacy budget of one asker"),
        run_allow,
        (
            Argument("holding", metavar="HOLDING", help=N_("the holding's name")),
            Argument("asker", metavar="ASKER", help=N_("as “bongsu desk budget” names her")),
            Argument("amount", metavar="AMOUNT", help=N_("in the unit of the holding, such as 0.25 or 1/4")),
        ),
        ('bongsu desk allow survey-2024 "command kim" 0.5',),
    ),
)
