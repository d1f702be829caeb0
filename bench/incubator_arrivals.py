"""Benchmarks 1,000 applications in the last minutes of a round: saves of drafts and submissions, served as in production.

600 arrive at 10 a second and 400 at 50 a second, each with a save two seconds before; all before the round closes, none may be
lost or late. Bar: 150 ms for 95 % of the saves. The yardstick is /health, asked for by one client.
BONGSU_DATABASE names an empty PostgreSQL database. The senders share the machine's cores.
"""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.web.served import Served, make_node, served

APPLICATIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SLOW, FAST = 10, 50  # a second
LEAD, SENDERS, BAR = 2.0, 150, 0.150
CSRF = "a" * 32


class Applicant(NamedTuple):
    """An application and what its owner's browser sends."""

    number: str
    cookie: str
    save: bytes


@contextmanager
def django_of(node: Path) -> Iterator[None]:
    """Opens the records of a node in this process."""
    from bongsu.web.django_setup import prepare_django

    prepare_django(node)
    yield
    from django.db import connections

    connections.close_all()


def make_call(closes: datetime) -> None:
    """Opens the example's call with a round that closes at the end of a minute."""
    from bongsu.incubator.opening import add_call, open_call
    from tests.incubator.cast import NAME, make_files
    from tests.people.conftest import COMMAND

    files = make_files()
    began = closes - timedelta(days=30)
    for before, after in (
        ("2027-03-01 09:00", f"{began:%Y-%m-%d} 09:00"),
        ("2027-03-31 18:00", f"{closes:%Y-%m-%d %H:%M}"),
        ("2027-05-31 12:00", f"{closes + timedelta(days=60):%Y-%m-%d} 12:00"),
        ('zone = "Asia/Seoul"', 'zone = "UTC"'),
    ):
        assert before in files["call.toml"], before
        files["call.toml"] = files["call.toml"].replace(before, after)
    add_call(COMMAND, files, began - timedelta(days=1))
    open_call(COMMAND, NAME, began - timedelta(days=1))


def make_applicants(node: Any) -> list[Applicant]:
    """Returns people who have signed in, each with a complete draft."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from bongsu.incubator.forms.fields import fingerprint
    from bongsu.incubator.models import Draft
    from tests.incubator.cast import ANSWERS, make_person, make_site, write_application

    site, made = make_site(node), []
    for number in range(APPLICATIONS):
        person = make_person(f"applicant{number}")
        application = write_application(person, site, timezone.now())
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
        cookies = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        draft = Draft.objects.get(application=application)
        fields = {
            "asked": f"summary:{fingerprint(ANSWERS['summary'])}",
            "base": draft.revision,
            "q.summary": f"A model that names a disease, and its training data, in version {number}.",
        }
        cookies += f"; {settings.CSRF_COOKIE_NAME}={CSRF}"
        made.append(Applicant(application.number, cookies, urlencode(fields).encode()))
        if number % 100 == 99:
            print(f"{number + 1} drafts", end="\r", flush=True)
    return made


def post(server: Served, applicant: Applicant, body: bytes, accept: str) -> float:
    """Sends a form and returns the seconds until the whole answer is there. Raises AssertionError for a refusal."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {
        "Host": "localhost",
        "Cookie": applicant.cookie,
        "X-CSRFToken": CSRF,
        "Accept": accept,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    began = time.perf_counter()
    connection.request("POST", f"/en/applications/{applicant.number}/", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    took = time.perf_counter() - began
    connection.close()
    assert answer.status in (200, 302), (answer.status, body, text[text.find(b"<main") :][:1500])
    return took


def main() -> None:
    """Prints the times of saves and submissions, what was lost or late, and the ratio to the yardstick."""
    database = {"BONGSU_DATABASE": os.environ["BONGSU_DATABASE"]} if "BONGSU_DATABASE" in os.environ else {}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "node"
        make_node(root)
        with django_of(root):
            from bongsu.store.node import Node

            slow = APPLICATIONS * 6 // 10
            lasts = slow / SLOW + (APPLICATIONS - slow) / FAST + LEAD
            setup = APPLICATIONS * 0.25 + 15
            closes = (datetime.now(UTC) + timedelta(seconds=setup + lasts + 10)).replace(second=0, microsecond=0)
            make_call(closes)
            applicants = make_applicants(Node(root))
        ends = closes.timestamp() + 60
        with served(root, workers=1, port=0, **database) as server, ThreadPoolExecutor(SENDERS) as pool:
            idle = statistics.median(_time(lambda: server.get("/health")) for _ in range(50))
            start = ends - lasts - 10
            assert start > time.time(), "the drafts took longer than planned: try fewer applications"
            print(f"{APPLICATIONS} drafts are there; the round closes at {closes:%H:%M}:59", flush=True)
            futures = []
            for index, one in enumerate(applicants):
                at = start + (index / SLOW if index < slow else slow / SLOW + (index - slow) / FAST)
                time.sleep(max(0.0, at - time.time()))
                futures.append(pool.submit(_arrive, server, one, at))
            saves, submissions = zip(*(future.result() for future in futures), strict=True)
        with django_of(root):
            from bongsu.incubator.models import Application, Version

            received = list(Version.objects.values_list("received_at", flat=True))
            sent = Application.objects.filter(versions__isnull=False).distinct().count()
        late = sum(1 for one in received if one.timestamp() >= ends)
    for name, times in (("saves", sorted(saves)), ("submissions", sorted(submissions))):
        middle, high = statistics.median(times), times[int(0.95 * len(times))]
        print(
            f"{name}: median {1000 * middle:.0f} ms, p95 {1000 * high:.0f} ms, p99 "
            f"{1000 * times[int(0.99 * len(times))]:.0f} ms; ratio of p95 to /health ({1000 * idle:.1f} ms): {high / idle:.0f}"
        )
    print(f"bar for saves {1000 * BAR:.0f} ms; {sent} of {APPLICATIONS} arrived, {late} late")


def _arrive(server: Served, one: Applicant, at: float) -> tuple[float, float]:
    """Saves at a time and submits a little later. Returns the seconds of both, with those of waiting for a sender."""
    save = max(0.0, time.time() - at) + post(server, one, one.save, "application/json")
    time.sleep(max(0.0, at + LEAD - time.time()))
    began = max(at + LEAD, at + save)
    return save, max(0.0, time.time() - began) + post(server, one, b"do=submit", "text/html")


def _time(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
