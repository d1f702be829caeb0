"""Benchmarks the ledger's decisions a second on one core, beside an empty loop over the same commands (bar: 50,000 plain).

Books are in memory, nothing is stored. Payments with payback draw from lots, are judged by a campaign and open new lots.
"""

from __future__ import annotations

import json
import statistics
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from bongsu.credits.ledger.book import Account, Book, Lot, Running
from bongsu.credits.ledger.commands import Command, read_commands
from bongsu.credits.ledger.decide import decide
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.rules.examples import read_example
from bongsu.credits.units import Unit

BAR = 50_000
SETS, COMMANDS, TURNS = 20, 1000, 5
NOW = datetime(2025, 11, 24, 3, tzinfo=UTC)


def make_book(lots: bool) -> Book:
    """Returns a book with 100 wallets and 20 merchants, and, with lots, a campaign that pays."""
    book = Book(NOW, 1, 1)
    book.units["KRW"] = Unit("KRW", "money", 1)
    for number in range(100):
        book.accounts[f"w{number}"] = _account(f"w{number}", 10**9, lots)
        if lots:
            lot = Lot(10**6 + number, f"w{number}", "own", 10**9, 10**9, None, None, 0, 1, "", "")
            book.lots[f"w{number}"] = [lot]
    for number in range(20):
        book.accounts[f"m{number}"] = _account(f"m{number}", 0, lots=False)
        book.lists.setdefault("markets", set()).add(f"m{number}")
    for purpose in ("receivable", "conversion", "expired"):
        book.accounts[f"{purpose}:KRW"] = _account(f"{purpose}:KRW", 0, lots=False)
    for name in ("gyeonggi-2025",) if lots else ():
        account = f"campaign:{name}"
        book.accounts[account] = _account(account, 5_200_000_000, lots=False)
        rules = read_example(name)
        book.campaigns[name] = Running(rules, 1, account, "open", {1: rules})
    return book


def _account(id: str, posted: int, lots: bool) -> Account:
    return Account(id, "KRW", "town", None if ":" in id and "campaign" not in id else 0, lots, "open", posted, 0, 0, id)


def make_commands(campaigns: bool) -> Sequence[Command]:
    """Returns payments, each with an id of its own."""
    return read_commands(
        {
            "commands": [
                {
                    "do": "transfer",
                    "id": str(uuid.uuid4()),
                    "debit": f"w{number % 100}",
                    "credit": f"m{number % 20}",
                    "amount": str(20_000 + number),
                    "unit": "KRW",
                    "campaigns": campaigns,
                }
                for number in range(COMMANDS)
            ]
        }
    )


def measure(campaigns: bool) -> float:
    """Returns decisions a second, the median of the turns."""
    rates = []
    for _ in range(TURNS):
        sets = [(make_book(campaigns), make_commands(campaigns)) for _ in range(SETS)]
        began = time.process_time()
        for book, commands in sets:
            outcomes = decide(book, Issuer("town", "bench"), commands, {})
        rates.append(SETS * COMMANDS / (time.process_time() - began))
        assert all(one.is_done for one in outcomes), outcomes[0]
        assert not campaigns or book.added_receipts
    return statistics.median(rates)


def measure_loop() -> float:
    """Returns how many commands a second an empty loop passes."""
    sets = [make_commands(campaigns=False)] * 500
    began = time.process_time()
    for commands in sets:
        for _ in commands:
            pass
    return 500 * COMMANDS / (time.process_time() - began)


def main() -> None:
    """Prints one line."""
    plain, paying, loop = measure(campaigns=False), measure(campaigns=True), measure_loop()
    figures = {"plain": round(plain), "with_payback": round(paying), "empty_loop": round(loop), "bar": BAR}
    print(f"decisions a second: {plain / BAR:.2f} x the bar {json.dumps(figures)}")


if __name__ == "__main__":
    main()
