"""Keeps the results of runs as tables in docs/mutants, and writes the generated parts of docs/quality.md from them."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tools.mutants.planting import ROOT, Mutant, find_mutants
from tools.mutants.running import ROOMS, Verdict, files_of

FOLDER = ROOT / "docs" / "mutants"
PAGE = ROOT / "docs" / "quality.md"
COLUMNS = ("id", "file", "name", "operator", "before", "after", "verdict", "test")
RUN_COLUMNS = ("room", "seed", "drawn", "date")
GOALS = {"core": 95, "desk": 95, "store": 95, "methods": 95}  # per cent killed
OTHER_GOAL = 85
Row = Mapping[str, str]


class Score(NamedTuple):
    """The mutants of a room: how many there are that are not equivalent, and how many of these were killed."""

    judged: int
    killed: int
    equivalent: int

    @property
    def percent(self) -> float:
        """Share killed; 100 where there is nothing to kill."""
        return 100 * self.killed / self.judged if self.judged else 100.0


def read_table(path: Path) -> list[Row]:
    """The rows of a table, none where there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_run(room: str, seed: str, verdicts: Iterable[Verdict]) -> None:
    """Replace the table of a room by the results of a run."""
    rows = [_make_row(one) for one in verdicts]
    _write_rows(room, rows)
    runs = {row["room"]: row for row in read_table(FOLDER / "runs.csv")}
    day = datetime.now(UTC).date().isoformat()
    runs[room] = {"room": room, "seed": seed, "drawn": str(len(rows)), "date": day}
    _write_table(FOLDER / "runs.csv", RUN_COLUMNS, [runs[name] for name in ROOMS if name in runs])


def find_survivors(room: str) -> list[Mutant]:
    """The mutants that no test killed in the run of a room, as far as the code still has them."""
    alive = {row["id"] for row in read_table(FOLDER / f"{room}.csv") if _is_alive(row)}
    return [mutant for path in files_of(room) for mutant in find_mutants(path) if mutant.id in alive]


def update_run(room: str, verdicts: Iterable[Verdict]) -> None:
    """Replace the rows of a room's table whose mutants were run again."""
    rows = {row["id"]: row for row in read_table(FOLDER / f"{room}.csv")}
    _write_rows(room, {**rows, **{one.mutant.id: _make_row(one) for one in verdicts}}.values())


def _make_row(verdict: Verdict) -> Row:
    mutant = verdict.mutant
    return {
        "id": mutant.id,
        "file": mutant.file,
        "name": mutant.name,
        "operator": mutant.operator,
        "before": mutant.before,
        "after": mutant.after,
        "verdict": verdict.outcome,
        "test": verdict.test,
    }


def _write_rows(room: str, rows: Iterable[Row]) -> None:
    ordered = sorted(rows, key=lambda row: (row["file"], row["name"], row["id"]))
    _write_table(FOLDER / f"{room}.csv", COLUMNS, ordered)


def read_reasons() -> dict[str, Row]:
    """The mutants that a person has judged, by id: `judged` is equivalent or survivor."""
    return {row["id"]: row for row in read_table(FOLDER / "reasons.csv")}


def score(rows: Sequence[Row]) -> Score:
    """Count the mutants of a table, equivalents apart."""
    reasons = read_reasons()
    equivalent = sum(_is_alive(row) and reasons.get(row["id"], {}).get("judged") == "equivalent" for row in rows)
    killed = sum(not _is_alive(row) for row in rows)
    return Score(len(rows) - equivalent, killed, equivalent)


def _is_alive(row: Row) -> bool:
    return row["verdict"] in ("survived", "unreached")


def write_page() -> None:
    """Write the generated parts of docs/quality.md anew."""
    reasons = read_reasons()
    tables = {room: read_table(FOLDER / f"{room}.csv") for room in ROOMS}
    runs = {row["room"]: row for row in read_table(FOLDER / "runs.csv")}
    scores = ["| room | drawn | equivalent | killed | share | goal | seed | date |", "| --- " * 8 + "|"]
    alive: dict[str, list[str]] = {"equivalent": [], "survivor": []}
    for room, rows in tables.items():
        if not rows:
            continue
        found, run = score(rows), runs[room]
        goal = GOALS.get(room, OTHER_GOAL)
        scores.append(
            f"| {room} | {len(rows)} | {found.equivalent} | {found.killed} | {found.percent:.0f} % | {goal} % "
            f"| {run['seed']} | {run['date']} |"
        )
        for row in filter(_is_alive, rows):
            known = reasons.get(row["id"], {"judged": "survivor", "reason": "not yet examined"})
            name = f"{row['file'].removeprefix('bongsu/')} {row['name']}".strip()
            code = f"{_code(row['before'])} → {_code(row['after'])}"
            alive[known["judged"]].append(f"| `{row['id']}` | {name} | {code} | {known['reason']} |")
    head = ["| id | where | before → after | reason |", "| --- " * 4 + "|"]
    _replace("scores", scores)
    _replace("survivors", [*head, *alive["survivor"]])
    _replace("equivalents", [*head, *alive["equivalent"]])


def write_coverage() -> None:
    """Write the coverage by room into docs/quality.md."""
    lines = ["| room | statements and branches covered |", "| --- | --- |"]
    for room in [*(name for name in ROOMS if name != "methods"), "*"]:
        command = [
            sys.executable,
            "-m",
            "coverage",
            "report",
            "--format=total",
            "--precision=1",
            f"--include=bongsu/{room}/*",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        lines.append(f"| {'whole' if room == '*' else room} | {done.stdout.strip()} % |")
    _replace("coverage", lines)


def _code(text: str) -> str:
    text = text if len(text) <= 100 else text[:99] + "…"
    return "`` " + text.replace("|", "\\|") + " ``"


def _replace(part: str, lines: Sequence[str]) -> None:
    mark = re.compile(rf"(<!-- {part} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        mark.sub(lambda found: found[1] + "".join(f"{line}\n" for line in lines) + found[2], text), encoding="utf-8"
    )
