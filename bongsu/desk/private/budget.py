"""The account of a holding's budget. The journal is the book: a line "spent" for each question, before anything is computed.

Amounts are exact fractions, and composition is exact: the costs of questions add up, in rho as in epsilon, whoever asks and
however often the node is restarted. A line "allowed" sets the budget of one asker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.desk.private.rules import PrivateRules, convert_amount, write_amount

if TYPE_CHECKING:
    from bongsu.store.logs.journal import Journal

SPENT, ALLOWED = "spent", "allowed"


@dataclass(frozen=True)
class Account:
    """What was spent of a holding, by asker, in the unit of its rules; and the budgets that single askers were given."""

    rules: PrivateRules
    spent: Mapping[str, Fraction]
    allowed: Mapping[str, Fraction]

    @property
    def left(self) -> Fraction:
        """What is left for all askers together."""
        return max(Fraction(0), self.rules.budget - sum(self.spent.values(), Fraction(0)))

    def budget_of(self, asker: str) -> Fraction:
        """Returns the budget of an asker."""
        return self.allowed.get(asker, self.rules.per_asker)

    def left_for(self, asker: str) -> Fraction:
        """Returns what an asker can still spend."""
        return min(self.left, max(Fraction(0), self.budget_of(asker) - self.spent.get(asker, Fraction(0))))

    def to_rows(self) -> list[dict[str, str]]:
        """Returns rows (asker, budget, spent, left), amounts as text: of all askers together, then of each."""
        total = sum(self.spent.values(), Fraction(0))
        found = [("", self.rules.budget, total, self.left)]
        for asker in self.askers:
            spent = self.spent.get(asker, Fraction(0))
            found.append((asker, self.budget_of(asker), spent, self.left_for(asker)))
        names = ("budget", "spent", "left")
        return [{"asker": each[0], **dict(zip(names, map(write_amount, each[1:]), strict=True))} for each in found]

    @property
    def askers(self) -> list[str]:
        """The askers who have spent something, or have a budget of their own."""
        return sorted({*self.spent, *self.allowed})


def read_account(journal: Journal, holding: str, rules: PrivateRules) -> Account:
    """Reads the account of a holding from the journal. A holding that was dropped and added again keeps it.

    Raises Refused if something was spent in rho and the unit is now epsilon; Damaged if the journal's chain is broken.
    """
    spent: dict[str, Fraction] = {}
    allowed: dict[str, Fraction] = {}
    for line in journal.lines():
        if line.subject != holding or line.event not in (SPENT, ALLOWED):
            continue
        amount = convert_amount(Fraction(line.detail["amount"]), line.detail["unit"], rules.unit)
        if line.event == ALLOWED:
            if line.detail["unit"] == rules.unit:
                allowed[line.detail["asker"]] = Fraction(line.detail["amount"])
            continue
        if amount is None:
            raise Refused(
                N_("The budget of “{holding}” was spent in rho, which no finite epsilon bounds."),
                fix=N_("Declare its unit as rho again."),
                holding=holding,
            )
        spent[line.detail["by"]] = spent.get(line.detail["by"], Fraction(0)) + amount
    return Account(rules, spent, allowed)


def spend(journal: Journal, holding: str, rules: PrivateRules, asker: str, question: str) -> Account:
    """Spends the cost of one question and returns the account after it, when the journal has the line on disk.

    Raises Refused if less is left.
    """
    account = read_account(journal, holding, rules)
    if account.left_for(asker) < rules.per_question:
        raise Refused(
            N_("The privacy budget is spent: {left} of {unit} is left, and a question costs {cost}."),
            fix=N_("Questions that were answered before have the same answer at no cost."),
            left=write_amount(account.left_for(asker)),
            unit=rules.unit,
            cost=write_amount(rules.per_question),
        )
    amount = str(rules.per_question)
    journal.append(SPENT, holding, id=question, by=asker, amount=amount, unit=rules.unit)
    spent = dict(account.spent) | {asker: account.spent.get(asker, Fraction(0)) + rules.per_question}
    return Account(rules, spent, account.allowed)


def allow(journal: Journal, holding: str, rules: PrivateRules, asker: str, amount: Fraction, by: str) -> Account:
    """Sets the budget of one asker. Raises BadInput if it is more than the budget of the holding."""
    if amount > rules.budget:
        raise BadInput(
            N_("An asker's budget is at most that of the holding, {budget}."), budget=write_amount(rules.budget)
        )
    journal.append(ALLOWED, holding, asker=asker, amount=str(amount), unit=rules.unit, by=by)
    return read_account(journal, holding, rules)
