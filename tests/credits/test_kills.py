"""Processes pay and refund and are killed again and again: what was acknowledged is there once, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from bongsu.credits import accounts, campaigns, models
from bongsu.credits.verify import find_breaches
from bongsu.store.node import Node
from tests.credits.conftest import COMMAND, TREASURY, pay, send
from tests.credits.spring import SPRING

SECONDS = int(os.environ.get("BONGSU_KILLS_SECONDS", "6"))


def _write_campaign() -> str:
    """Returns a campaign of these days that pays a seventh of every payment."""
    today = timezone.now().date()
    text = SPRING
    for old, new in (
        ("2027-03-05", str(today - timedelta(days=1))),
        ("2027-03-14", str(today + timedelta(days=9))),
        ("2027-06-30", str(today + timedelta(days=60))),
        ("least = 30000", "least = 1"),
        ('kind = "steps", steps = [[30000, 3000], [50000, 6000], [100000, 15000]]', 'kind = "rate", rate = "1/7"'),
        (', spend_at = "list:small"', ""),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def _have_all_begun(files: list[Path]) -> bool:
    return all(file.exists() and file.stat().st_size for file in files)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.usefixtures("emptied_ledger")
def test_what_was_acknowledged_survives_kills(tmp_path: Path) -> None:
    node = Node.create(tmp_path / "node")
    environment = {**os.environ}
    if connection.vendor == "sqlite":
        (node.root / "records.sqlite3").symlink_to(connection.settings_dict["NAME"])
    else:
        address, _, _ = os.environ["BONGSU_DATABASE"].rpartition("/")
        environment["BONGSU_DATABASE"] = f"{address}/{connection.settings_dict['NAME']}"
    accounts.open_unit(COMMAND, "KRW")
    for wallet in range(20):
        accounts.open_account(COMMAND, f"w{wallet}", "KRW", keeper="town", lots=wallet % 4 == 0)
        send(pay("issue:KRW", f"w{wallet}", 5_000), issuer=TREASURY)
    campaigns.add_members(COMMAND, "markets", [f"w{wallet}" for wallet in range(20)])
    campaigns.open_campaign(COMMAND, _write_campaign())
    connection.close()
    draw, files, kills = random.Random(1), [tmp_path / f"acknowledged{number}" for number in range(4)], 0

    def start(number: int) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("pay_until_killed.py")
        command = [sys.executable, script, node.root, f"{number}.{kills}", files[number]]
        return subprocess.Popen(command, env=environment)

    processes = [start(number) for number in range(4)]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end or (not _have_all_begun(files) and time.monotonic() < end + 60):
        time.sleep(draw.uniform(0.3, 1.0))
        number = draw.randrange(4)
        if files[number].exists() and files[number].stat().st_size:
            processes[number].send_signal(signal.SIGKILL)
            processes[number].wait()
            kills += 1
            processes[number] = start(number)
    for process in processes:
        process.kill()
        process.wait()
    lines = [line.split() for file in files for line in file.read_text().splitlines() if len(line.split()) == 2]
    done = {id for id, outcome in lines if outcome == "done"}
    assert done
    assert kills
    assert done <= set(models.Transfer.objects.filter(organisation="town").values_list("id", flat=True))
    assert {id for id, _ in lines} <= set(models.Command.objects.values_list("id", flat=True))
    assert models.Receipt.objects.filter(amount__gt=0).exists(), "the campaign paid"
    assert list(find_breaches()) == []
