"""The command: `run` a sample of a room, its survivors `again`, a small one for `ci`; the `page` of results."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

from tools.mutants.choosing import Recorded
from tools.mutants.planting import ROOT, Mutant
from tools.mutants.reporting import find_survivors, read_reasons, update_run, write_coverage, write_page, write_run
from tools.mutants.running import ROOMS, commit_number, draw_sample, files_of, run_mutants

QUICK = "not slow and not chromium and not java"  # the tests that measure a room in CI
# CI: so many mutants at most, no new one after so many seconds, and a floor far below the goals: a sample is small and runs
# only a third of the quick tests of its room.
CI_COUNT, CI_BUDGET, CI_LEAST, CI_FLOOR = 12, 60.0, 6, 10
AGAIN_LONGEST = 180.0  # recorded seconds of tests that a survivor may take when it is run again


def main() -> int:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="run a sample and keep its results")
    run.add_argument("room", choices=ROOMS)
    run.add_argument("--count", type=int, default=150)
    run.add_argument("--seed", default="1")
    run.add_argument("--workers", type=int, default=2)
    run.add_argument("--budget", type=float, help="begin no mutant after so many seconds")
    again = verbs.add_parser("again", help="run the survivors of a room again, after tests were added and recorded")
    again.add_argument("room", choices=ROOMS)
    verbs.add_parser("ci", help="measure the room of this commit by its own tests, and run a small sample of it")
    verbs.add_parser("page", help="write the tables of docs/quality.md from docs/mutants")
    verbs.add_parser("coverage", help="write the coverage of docs/quality.md from build/coverage")
    chosen = parser.parse_args()
    if chosen.verb == "run":
        mutants = draw_sample(chosen.room, chosen.count, chosen.seed)
        write_run(
            chosen.room, chosen.seed, run_mutants(mutants, _read_recording(mutants), chosen.workers, chosen.budget)
        )
        write_page()
    elif chosen.verb == "again":
        mutants = find_survivors(chosen.room)
        update_run(chosen.room, run_mutants(mutants, _read_recording(mutants, AGAIN_LONGEST)))
        write_page()
    elif chosen.verb == "ci":
        return _run_ci_sample()
    elif chosen.verb == "page":
        write_page()
    else:
        write_coverage()
    return 0


def _read_recording(mutants: Iterable[Mutant], longest: float = 45.0) -> Recorded:
    recorded = Recorded(longest=longest)
    if changed := recorded.changed_files(mutants):
        sys.exit(f"Run make coverage first: {', '.join(changed)} changed since it ran.")
    return recorded


def _run_ci_sample() -> int:
    number = commit_number()
    room = ROOMS[number % len(ROOMS)]
    tests = ["tests/golden"] if room == "methods" else [f"tests/{room}", "tests/golden"]
    folder = ROOT / "build" / "coverage-of-a-room"
    shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, "COVERAGE_FILE": str(folder / "data")}

    def measure(*arguments: str) -> None:
        subprocess.run([sys.executable, "-m", "coverage", *arguments], env=environment, cwd=ROOT, check=True)

    measure(
        "run",
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-p",
        "tools.mutants.recording",
        "-m",
        QUICK,
        f"--third={number % 3}",
        *tests,
    )
    measure("combine", "-q")
    files = ",".join(str(path.relative_to(ROOT)) for path in files_of(room))
    measure("report", "--skip-covered", f"--include={files}")

    recorded = Recorded(folder, longest=30.0)
    reached = [mutant for mutant in draw_sample(room, 10 * CI_COUNT, str(number)) if recorded.choose(mutant).tests]
    verdicts = list(run_mutants(reached[:CI_COUNT], recorded, budget=CI_BUDGET))
    reasons = read_reasons()
    judged = [one for one in verdicts if one.is_killed or reasons.get(one.mutant.id, {}).get("judged") != "equivalent"]
    killed = sum(one.is_killed for one in judged)
    print(f"{room}: {killed} of {len(judged)} mutants killed by the tests of the room ({CI_COUNT} drawn)")
    if len(judged) < CI_LEAST:
        print(f"Too few for a judgement: fewer than {CI_LEAST} were run in {CI_BUDGET:.0f} s.")
        return 0
    return int(100 * killed < CI_FLOOR * len(judged))


if __name__ == "__main__":
    sys.exit(main())
