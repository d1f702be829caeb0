"""Benchmarks finding the conflicts of a call anew from its records: 2,000 applications, 300 reviewers (bar: 3 s of one core).

The yardstick is the same comparison of values that are in memory. The records are those of a new node on SQLite.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

BAR = 3.0
APPLICATIONS, REVIEWERS, UNIVERSITIES, TURNS = 2000, 300, 60, 3
NOW = datetime(2027, 3, 10, tzinfo=UTC)


def fill() -> Any:
    """Fills the records of a node with a call, and returns it."""
    from allauth.account.models import EmailAddress

    from bongsu.incubator.calls.folder import write_example
    from bongsu.incubator.models import Application, Profile, Reviewer, Round, StatedAffiliation, Version, Work
    from bongsu.incubator.opening import add_call, newest_edition, open_call
    from bongsu.people.access import Actor
    from bongsu.people.guarded import unlock
    from bongsu.people.models import Person

    draw = random.Random(1)
    command = Actor.of_command("bench")
    add_call(command, write_example("one-stage"), datetime(2027, 2, 1, tzinfo=UTC))
    call = open_call(command, "example-2027", datetime(2027, 2, 1, tzinfo=UTC))
    edition, round_ = newest_edition(call), Round.objects.get(call=call)
    ids = [uuid4() for _ in range(APPLICATIONS + REVIEWERS)]
    here = {id: draw.randrange(UNIVERSITIES) for id in ids}

    def address(id: UUID) -> str:
        return f"p{id.hex}@cs.u{here[id]}.ac.kr"

    with unlock():
        Person.objects.bulk_create([Person(id=id, email=address(id), name=f"Person {id}") for id in ids])
        EmailAddress.objects.bulk_create(
            [EmailAddress(user_id=id, email=address(id), verified=True, primary=True) for id in ids]
        )
        Profile.objects.bulk_create([Profile(person_id=id, answered=NOW, changed=NOW) for id in ids])
        StatedAffiliation.objects.bulk_create(
            [
                StatedAffiliation(
                    person_id=id,
                    organisation=f"u{draw.randrange(UNIVERSITIES)}",
                    until=date(draw.randrange(2015, 2027), 1, 1),
                )
                for id in ids
            ]
        )
        Work.objects.bulk_create(
            [
                Work(
                    person_id=id,
                    title="A work",
                    year=draw.randrange(2015, 2027),
                    doi=f"10.1000/{draw.randrange(30_000)}",
                )
                for id in ids
                for _ in range(5)
            ]
        )
        Reviewer.objects.bulk_create(
            [
                Reviewer(call=call, address=address(id), person_id=id, state="accepted", most=8, invited=NOW)
                for id in ids[-REVIEWERS:]
            ]
        )
        applications = [
            Application(
                number=f"C-{number:05}",
                call=call,
                round=round_,
                owner_id=ids[-number - 1] if number < REVIEWERS // 10 else ids[number],
                state="screening",
                created=NOW,
                changed=NOW,
            )
            for number in range(APPLICATIONS)
        ]
        Application.objects.bulk_create(applications)
        Version.objects.bulk_create(
            [
                Version(
                    application=one,
                    number=1,
                    stage=1,
                    edition=edition,
                    answers={"line": "academia", "members": [_make_member(draw) for _ in range(3)]},
                    files={},
                    received_at=NOW,
                    digest="",
                )
                for one in applications
            ]
        )
    return call


def _make_member(draw: random.Random) -> dict[str, str]:
    name = f"m{draw.randrange(10**9)}"
    return {
        "name": f"Member {name}",
        "email": f"{name}@u{draw.randrange(UNIVERSITIES)}.ac.kr",
        "organisation": f"u{draw.randrange(UNIVERSITIES)}",
    }


def main() -> None:
    """Prints how long the first comparison takes, one that changes nothing, and the ratio to the yardstick."""
    from bongsu.store.node import Node
    from bongsu.web.django_setup import prepare_django

    with tempfile.TemporaryDirectory(prefix="bongsu-bench-") as folder:
        node = Node.create(Path(folder) / "node", name="Bench", agency="BENCH")
        prepare_django(node.root)
        from bongsu.incubator.conflicts.find import find_conflicts
        from bongsu.incubator.models import Conflict
        from bongsu.incubator.reviewers.conflicts import compare_call
        from bongsu.incubator.reviewers.lookers import list_lookers
        from bongsu.incubator.reviewers.profiles import read_profiles
        from bongsu.incubator.reviewers.teams import Teams

        call = fill()
        start = time.process_time()
        compare_call(call, NOW)
        first = time.process_time() - start
        again, yard = [], []
        for _ in range(TURNS):
            start = time.process_time()
            compare_call(call, NOW)
            again.append(time.process_time() - start)
            teams, people = Teams(call.applications.all()), list_lookers(call)
            profiles = read_profiles({*people, *teams.list_people()})
            given, looking = teams.make_applications(profiles), [profiles[id] for id in sorted(people)]
            start = time.process_time()
            find_conflicts(looking, given, date(2027, 3, 31))
            yard.append(time.process_time() - start)
        count, median, values = Conflict.objects.count(), statistics.median(again), statistics.median(yard)
    print(f"{APPLICATIONS:,} x {REVIEWERS}: {count:,} conflicts; first {first:.2f} s, again {median:.2f} s (bar {BAR})")
    print(f"comparing values in memory: {values:.2f} s; ratio {median / values:.1f}; to the bar: {median / BAR:.2f}")


if __name__ == "__main__":
    main()
