"""Units, and amounts as people write them. The ledger counts whole steps: a cent of EUR, a second of a GPU hour.

Amounts are whole numbers everywhere in the ledger: no float, no decimal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from bongsu.core.errors import N_, BadInput

MAX_AMOUNT = 10**15  # steps in one transfer; balances stay far below 2**63
_AMOUNT = re.compile(r"([0-9]{1,16})(?:\.([0-9]{1,6}))?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unit:
    """What an account counts: its code, its kind (money, compute or points), and how many steps make one of it."""

    code: str
    kind: str
    steps: int


def parse_amount(text: str, unit: Unit) -> int:
    """Returns an amount such as "12.34" in steps. Raises BadInput if it is not a whole number of steps, or out of range."""
    found = _AMOUNT.match(text.strip())
    if found is None:
        raise BadInput(N_("“{text}” is not a valid amount."), fix=N_("Write it as 1200 or 12.34."), text=text[:40])
    whole, decimals = found[1], found[2] or ""
    steps = Fraction(int(whole + decimals), 10 ** len(decimals)) * unit.steps
    if steps.denominator != 1 and unit.steps == 1:
        raise BadInput(N_("{unit} is counted in whole numbers, not “{text}”."), unit=unit.code, text=text[:40])
    if steps.denominator != 1:
        raise BadInput(
            N_("{unit} is counted in steps of 1/{steps}: “{text}” is not a whole number of them."),
            unit=unit.code,
            steps=unit.steps,
            text=text[:40],
        )
    if not 0 < steps <= MAX_AMOUNT:
        raise BadInput(N_("An amount must be above 0 and at most {most}."), most=format_amount(MAX_AMOUNT, unit))
    return int(steps)


def format_amount(steps: int, unit: Unit) -> str:
    """Returns an amount with its unit, such as "12.34 EUR": exact where decimals can be, else with six digits."""
    sign, steps = ("-" if steps < 0 else ""), abs(steps)
    whole, rest = divmod(steps, unit.steps)
    if unit.steps == 1:
        return f"{sign}{whole} {unit.code}"
    digits = len(str(unit.steps)) - 1 if unit.steps == 10 ** (len(str(unit.steps)) - 1) else 6
    decimals = round(Fraction(rest * 10**digits, unit.steps))  # 3600 steps: at most 999,722 of 1,000,000
    return f"{sign}{whole}.{decimals:0{digits}} {unit.code}"
