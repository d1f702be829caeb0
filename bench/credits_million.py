"""Benchmarks a ledger of many transfers: a balance (bar 1 ms), a balance as of a moment (50 ms), and verify (60 s).

The transfers (the argument says how many; default 1,000,000) are posted on SQLite in commands of 1,000. Verify is beside one
sum over all transfers.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from credits_payments import make_payment, send

from bongsu.store.node import Node
from bongsu.web.django_setup import prepare_django

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
ACCOUNTS = 1000


def take_time(work: Callable[[], object], times: int = 1) -> float:
    """Returns the median time of some work, in seconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def main() -> None:
    """Prints one line."""
    os.environ.pop("BONGSU_DATABASE", None)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        prepare_django(Node.create(Path(folder) / "node").root)
        from django.db import connection, transaction
        from django.utils import timezone

        from bongsu.credits import accounts
        from bongsu.credits.balances import read_balance, read_balance_at
        from bongsu.credits.verify import find_breaches
        from bongsu.people.access import Actor

        actor, draw = Actor.of_command("bench"), random.Random(1)
        ids = [f"a{number}" for number in range(ACCOUNTS)]
        with transaction.atomic():
            accounts.open_unit(actor, "KRW")
            for id in ids:
                accounts.open_account(actor, id, "KRW", keeper="town", least=None)
        began = time.perf_counter()
        for part in range(COUNT // 1000):
            if part == COUNT // 2000:
                middle = timezone.now()
            pairs = [draw.sample(ids, 2) for _ in range(1000)]
            send("town", [make_payment(payer, payee, draw.randrange(1, 1000)) for payer, payee in pairs])
        posting = time.perf_counter() - began
        some = [accounts.find_account(id) for id in draw.sample(ids, 50)]
        balance = take_time(lambda: read_balance(some[0]), 50)
        as_of = take_time(lambda: [read_balance_at(one, middle) for one in some], 5) / len(some)
        with connection.cursor() as cursor:
            peer = take_time(lambda: cursor.execute("SELECT SUM(amount) FROM credits_transfer"), 3)
        verify = take_time(lambda: list(find_breaches()))
        broken = [one.found for one in find_breaches(1)]
        connection.close()
    figures = {"transfers": COUNT, "balance_ms": round(balance * 1000, 2), "as_of_ms": round(as_of * 1000, 2)}
    figures |= {"verify_s": round(verify, 1), "posted_per_second": round(COUNT / posting), "breaches": len(broken)}
    print(f"verify of many transfers: {verify / peer:.0f} x one sum over them {json.dumps(figures)}")


if __name__ == "__main__":
    main()
