"""Benchmarks payments with payback, stored durably in commands of 100, beside the same database's own yardstick.

BONGSU_DATABASE names an empty PostgreSQL database: eight threads against pgbench's TPC-B with eight clients (bar 1.3, aim 2).
Without it, SQLite: against bare inserts of the rows that the payments made, as many a transaction (bar a third). On both,
single payments of 64 threads at half of the highest rate: p99 beside p50 (bar 10). HTTP is not part of it.
"""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from bongsu.store.node import Node
from bongsu.web.django_setup import prepare_django

SECONDS = int(os.environ.get("SECONDS", "20"))
THREADS, SINGLES, WALLETS = 8, 64, 1000
TABLES = ("transfer", "lot", "draw", "receipt", "command")


def open_ledger() -> None:
    """Opens 1,000 wallets with money, 200 merchants and a campaign."""
    from datetime import timedelta

    from django.db import transaction
    from django.utils import timezone

    from bongsu.credits import accounts, campaigns
    from bongsu.credits.rules.examples import read_example_text
    from bongsu.people.access import Actor

    actor = Actor.of_command("bench")
    wallets, merchants = [f"w{number}" for number in range(WALLETS)], [f"m{number}" for number in range(200)]
    with transaction.atomic():
        accounts.open_unit(actor, "KRW")
        for id in wallets:
            accounts.open_account(actor, id, "KRW", holder=("person", id), keeper="town", lots=True)
        for id in merchants:
            accounts.open_account(actor, id, "KRW", keeper="town")
    for start in range(0, WALLETS, 500):
        send("", [make_payment("issue:KRW", id, 10**9) for id in wallets[start : start + 500]])
    campaigns.add_members(actor, "markets", merchants)
    text, today = read_example_text("gyeonggi-2025"), timezone.now().date()
    for name, days in (("from", -1), ("to", 9), ("until", 60)):
        text = re.sub(rf"^{name} = .*$", f"{name} = {today + timedelta(days=days)}", text, flags=re.MULTILINE)
    campaigns.open_campaign(actor, re.sub(r"amount = \d+", "amount = 1000000000", text))


def make_payment(debit: str, credit: str, amount: int, campaigns: bool = False) -> dict[str, object]:
    """Returns a payment with an id of its own."""
    payment: dict[str, object] = {"do": "transfer", "id": str(uuid.uuid4()), "debit": debit, "credit": credit}
    return payment | {"amount": str(amount), "unit": "KRW", "campaigns": campaigns}


def send(organisation: str, commands: list[dict[str, object]]) -> list[Any]:
    """Posts commands, and requires that all are done."""
    from bongsu.credits.ledger.commands import read_commands
    from bongsu.credits.ledger.moves import Issuer
    from bongsu.credits.posting import post

    outcomes = post(Issuer(organisation, "bench", trusted=not organisation), read_commands({"commands": commands}))
    assert all(one.is_done for one in outcomes), next(one for one in outcomes if not one.is_done)
    return outcomes


def run_threads(count: int, size: int, pause: float = 0.0) -> tuple[float, list[float]]:
    """Pays with threads, each `size` commands at once and then waiting about `pause`. Returns payments a second, and waits."""
    waits: list[float] = []
    end = time.perf_counter() + SECONDS

    def pay(number: int) -> None:
        from django.db import connection

        draw = random.Random(number)
        time.sleep(draw.uniform(0, pause))
        while time.perf_counter() < end:
            wallets, merchants = draw.sample(range(WALLETS), size), draw.choices(range(200), k=size)
            pairs = zip(wallets, merchants, strict=True)
            commands = [
                make_payment(f"w{a}", f"m{b}", draw.randrange(20_000, 90_000), campaigns=True) for a, b in pairs
            ]
            began = time.perf_counter()
            send("town", commands)
            waits.append(time.perf_counter() - began)
            time.sleep(draw.uniform(0, 2 * pause))
        connection.close()

    threads = [threading.Thread(target=pay, args=(number,)) for number in range(count)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(waits) * size / (time.perf_counter() - began), waits


def measure_pgbench(address: str) -> float:
    """Returns pgbench's TPC-B transactions a second, eight clients, in the same database."""
    subprocess.run(["pgbench", "-q", "-i", "-s", "10", address], check=True, capture_output=True)
    command = ["pgbench", "-n", "-c", "8", "-j", "2", "-T", str(SECONDS), address]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([0-9.]+)", out)
    assert found, out
    return float(found[1])


def measure_inserts(source: Path, payments: int) -> float:
    """Returns payments a second if the rows that they made are inserted bare, those of 100 payments in a transaction."""
    with (
        tempfile.TemporaryDirectory(dir=source.parent) as folder,
        sqlite3.connect(Path(folder) / "bare.sqlite3") as bare,
    ):
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        rows: dict[str, list[tuple[Any, ...]]] = {}
        with sqlite3.connect(source) as made:
            for table in TABLES:
                name = f"credits_{table}"
                where = "WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC"
                for (sql,) in made.execute(f"SELECT sql FROM sqlite_master {where}", (name,)):
                    bare.execute(sql)
                rows[name] = made.execute(f"SELECT * FROM {name}").fetchall()
        bare.commit()
        parts = max(1, payments // 100)
        began = time.perf_counter()
        for part in range(parts):
            for name, all_rows in rows.items():
                some = all_rows[part * len(all_rows) // parts : (part + 1) * len(all_rows) // parts]
                if some:
                    marks = ", ".join("?" * len(some[0]))
                    bare.executemany(f"INSERT INTO {name} VALUES ({marks})", some)
            bare.commit()
        return payments / (time.perf_counter() - began)


def main() -> None:
    """Prints one line."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        os.environ["BONGSU_DATABASE_CONNECTIONS"] = str(SINGLES + THREADS)  # each thread keeps its own
        node = Node.create(Path(folder) / "node")
        prepare_django(node.root)
        from django.db import connection

        from bongsu.credits.verify import find_breaches

        open_ledger()
        rate, _ = run_threads(THREADS, 100)
        address = os.environ.get("BONGSU_DATABASE", "")
        if address:
            name, bar, peer = "pgbench TPC-B", 1.3, measure_pgbench(address)
        else:
            name, bar = "bare inserts", 1 / 3
            peer = measure_inserts(node.root / "records.sqlite3", round(rate * SECONDS))
        highest, _ = run_threads(SINGLES, 1)
        half, waits = run_threads(SINGLES, 1, pause=SINGLES / (highest / 2))
        p50, p99 = statistics.median(waits), statistics.quantiles(waits, n=100)[98]
        broken = [one.found for one in find_breaches()]
        connection.close()
    figures = {"payments_per_second": round(rate), "peer": round(peer), "bar": round(bar, 2), "breaches": broken}
    figures |= {"single_highest": round(highest), "single_half": round(half), "p99_by_p50": round(p99 / p50, 1)}
    figures |= {"p50_ms": round(p50 * 1000, 1), "p99_ms": round(p99 * 1000, 1)}
    print(f"payments with payback: {rate / peer:.2f} x {name} {json.dumps(figures)}")


if __name__ == "__main__":
    main()
