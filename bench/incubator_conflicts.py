"""Benchmarks the conflicts of 2,000 applications with 300 reviewers (bar: 3 s of one core), beside folding their addresses.

Four people an application, at 60 universities; one reviewer of ten applies herself, in one of two rounds.
"""

from __future__ import annotations

import random
import statistics
import time
from datetime import date

from bongsu.incubator.conflicts.addresses import find_domain, fold_address
from bongsu.incubator.conflicts.find import find_conflicts
from bongsu.incubator.conflicts.people import Affiliation, Application, Organisation, Organisations, Profile, Work

BAR = 3.0
APPLICATIONS, REVIEWERS, PEOPLE, UNIVERSITIES, WORKS, TURNS = 2000, 300, 4, 60, 5, 5
CLOSING = date(2026, 11, 29)
ROOT = Organisation("root", source="bench")
TREE = Organisations(
    [
        ROOT,
        *(
            Organisation(f"u{n}", domains=(f"u{n}.ac.kr",), parents=("root",) * (n < 2), source="bench")
            for n in range(60)
        ),
    ]
)


def make_person(id: str, draw: random.Random) -> Profile:
    """Returns a person with two addresses, two affiliations and five works."""
    here, before = draw.randrange(UNIVERSITIES), draw.randrange(UNIVERSITIES)
    works = tuple(
        Work(
            "A work",
            draw.randrange(2015, 2027),
            f"10.1000/{draw.randrange(30_000)}",
            (f"Author {draw.randrange(10**6)}",),
        )
        for _ in range(WORKS)
    )
    return Profile(
        id,
        (f"Person {id}",),
        (f"{id}+cfp@gmail.com", f"{id}@cs.u{here}.ac.kr"),
        affiliations=(Affiliation(f"u{here}"), Affiliation(f"u{before}", until=date(draw.randrange(2015, 2027), 1, 1))),
        works=works,
    )


def main() -> None:
    """Prints the median of five turns, and the ratio to the yardstick."""
    draw = random.Random(1)
    reviewers = [make_person(f"r{number}", draw) for number in range(REVIEWERS)]
    applications = []
    for number in range(APPLICATIONS):
        team = [make_person(f"a{number}-{one}", draw) for one in range(PEOPLE)]
        owner = reviewers[number] if number < REVIEWERS // 10 else team[0]
        applications.append(
            Application(f"C-{number:04}", f"round-{number % 2}", owner, f"line-{number % 8}", tuple(team[1:]))
        )
    people = [*reviewers, *(person for one in applications for person in (one.owner, *one.team))]
    took, yard, count = [], [], 0
    for _ in range(TURNS):
        fold_address.cache_clear()
        find_domain.cache_clear()
        start = time.process_time()
        for person in people:
            for address in person.addresses:
                find_domain(fold_address(address).rpartition("@")[2])
        yard.append(time.process_time() - start)
        fold_address.cache_clear()
        find_domain.cache_clear()
        start = time.process_time()
        count = len(find_conflicts(reviewers, applications, CLOSING, TREE))
        took.append(time.process_time() - start)
    median, folding = statistics.median(took), statistics.median(yard)
    print(f"{APPLICATIONS:,} x {REVIEWERS}: {count:,} conflicts in {median:.2f} s (bar {BAR}), folding {folding:.2f} s")
    print(f"ratio to folding: {median / folding:.1f}; to the bar: {median / BAR:.2f}")


if __name__ == "__main__":
    main()
