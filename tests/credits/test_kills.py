"""Processes pay and refund and are killed again and again: what was acknowledged is there once, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from bongsu.credits import accounts, campaigns, models, storage
from bongsu.credits.campaign_months import set_baselines
from bongsu.credits.verify import find_breaches
from bongsu.store.node import Node
from tests.credits.conftest import COMMAND, SEOUL, TREASURY, pay, send
from tests.credits.spring import SPRING
from tests.credits.test_increase import INCREASE

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


def _create_node(folder: Path) -> tuple[Node, dict[str, str]]:
    """Returns a node with the records of this test, and the environment of processes that work on it."""
    node = Node.create(folder / "node")
    environment = {**os.environ}
    if connection.vendor == "sqlite":
        (node.root / "records.sqlite3").symlink_to(connection.settings_dict["NAME"])
    else:
        address, _, _ = os.environ["BONGSU_DATABASE"].rpartition("/")
        environment["BONGSU_DATABASE"] = f"{address}/{connection.settings_dict['NAME']}"
    return node, environment


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.usefixtures("emptied_ledger")
def test_what_was_acknowledged_survives_kills(tmp_path: Path) -> None:
    node, environment = _create_node(tmp_path)
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


TEND = """
import sys
from pathlib import Path
from bongsu.web.django_setup import setup_django
setup_django(Path(sys.argv[1]))
from bongsu.credits import settlement
from bongsu.credits.campaign_months import close_due_campaigns, settle_due_months
settlement._BATCH = 2
print("begun", flush=True)
settle_due_months()
close_due_campaigns()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.usefixtures("emptied_ledger")
def test_months_are_computed_once_whenever_the_process_is_killed(tmp_path: Path) -> None:
    """30 people spent 1,000 to 30,000 won last month; half of it comes back, 232,500 won in all, and the campaign closes."""
    node, environment = _create_node(tmp_path)
    today = timezone.now().astimezone(SEOUL).date()
    last_day = today.replace(day=1) - timedelta(days=1)
    first_day = last_day.replace(day=1)
    wallets = [f"w{wallet}" for wallet in range(30)]
    with storage.use_clock(lambda: datetime(last_day.year, last_day.month, 10, tzinfo=SEOUL)):
        accounts.open_unit(COMMAND, "KRW")
        accounts.open_account(COMMAND, "shop", "KRW", keeper="town")
        text = INCREASE.replace("2027-09-01", str(first_day)).replace("2027-11-30", str(last_day))
        text = text.replace("after_days = 14", "after_days = 0").replace("20/100", "1/2")
        text = text.replace("2028-12-31", str(today + timedelta(days=99))) + "reverse = { days = 0 }\n"
        campaigns.open_campaign(COMMAND, text)
        for number, wallet in enumerate(wallets, 1):
            holder = ("person", wallet)
            accounts.open_account(COMMAND, wallet, "KRW", holder=holder, keeper="town", lots=True)
            send(pay("issue:KRW", wallet, 50_000), issuer=TREASURY)
            send(pay(wallet, "shop", number * 1_000, campaigns=True))
        baselines = "".join(f"{wallet},0\n" for wallet in wallets)
        set_baselines(COMMAND, "autumn", f"wallet,amount\n{baselines}".encode())
    connection.close()
    draw, kills, status = random.Random(1), 0, -1
    while status != 0:
        process = subprocess.Popen(
            [sys.executable, "-c", TEND, node.root], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(draw.uniform(0, 0.1 * (1 + kills)))  # longer and longer, so that it ends
        process.send_signal(signal.SIGKILL)
        status = process.wait()
        kills += 1
        process.stdout.close()
    months = models.Receipt.objects.filter(payment=None)
    assert sorted(months.values_list("amount", flat=True)) == [500 * number for number in range(1, 31)]
    assert months.values("person").distinct().count() == 30
    assert campaigns.find_campaign("autumn").state == "closed"
    assert accounts.find_account("issue:KRW").posted == -30 * 50_000 - 232_500
    assert list(find_breaches()) == []
