"""`bongsu source`: the sources of raw figures: list them with their dates, ask one now, add one of the institution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_

if TYPE_CHECKING:
    from bongsu.store.node import Node
    from bongsu.store.sources.asking import Asked

_EVERY = {
    "day": N_("daily"),
    "week": N_("weekly"),
    "month": N_("monthly"),
    "quarter": N_("quarterly"),
    "year": N_("yearly"),
}
_SHOWN = 12  # changes on the terminal; --json has all


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Prints every source with what stands of it, since when, and what came of it the last time it was asked."""
    from bongsu.store.sources.asking import read_state
    from bongsu.store.sources.source_file import list_sources, read_node_sources

    node = _open_node(args)
    off = read_node_sources(node).off
    data: list[dict[str, Any]] = []
    for one in list_sources(node).values():
        state, standing = read_state(node, one.name), node.snapshots.newest(one.name)
        data.append(
            {
                "name": one.name,
                "programme": one.programme,
                "title": one.file.title,
                "publisher": one.file.publisher,
                "licence": one.file.licence,
                "terms": one.file.terms,
                "address": one.file.address,
                "format": one.file.format,
                "seen": one.file.seen,
                "every": one.file.every,
                "asked": state.asked,
                "outcome": N_("off") if one.name in off else state.outcome,
                "problem": state.report.describe(translate),
                "vintage": standing.vintage if standing else "",
                "taken": standing.taken_at if standing else "",
                "from_source": bool(standing and standing.made_from),
            }
        )
    rows = [
        (
            row["name"],
            translate(_EVERY[row["every"]]),
            row["asked"],
            translate(row["outcome"]) if row["outcome"] else "",
            row["vintage"],
            translate(N_("source") if row["from_source"] else N_("shipped") if row["vintage"] else "")
            if row["vintage"]
            else "",
        )
        for row in data
    ]
    header = (N_("source"), N_("changes"), N_("asked (UTC)"), N_("outcome"), N_("vintage"), N_("from"))
    problems = [f"{row['name']}: {row['problem']}" for row in data if row["problem"]]
    terminal.result(data, "\n".join([format_table(header, rows), *problems]))
    return 0


def run_check(args: Arguments, terminal: Terminal) -> int:
    """Asks a source now, prints what its checks found and the largest changes, and takes it if all holds."""
    from bongsu.store.sources.source_file import find_source
    from bongsu.web.long_actions.sources import ask_one

    node = _open_node(args)
    asked = ask_one(node, find_source(node, args.name), args.accept)
    terminal.result(_describe(asked), _format(asked))
    if asked.error:
        terminal.error(asked.error)
        return asked.error.exit_status
    return 0


def _describe(asked: Asked) -> dict[str, Any]:
    return {
        "source": asked.name,
        "outcome": asked.outcome,
        "checks": [{"check": one.check, "holds": one.holds, "detail": one.describe()} for one in asked.findings],
        "changes": [
            {"key": list(one.key), "column": one.column, "was": one.was, "now": one.now} for one in asked.changes
        ],
        "vintage": asked.snapshot.vintage if asked.snapshot else "",
    }


def _format(asked: Asked) -> str:
    parts = [f"{asked.name}: {translate(asked.outcome)}"]
    if asked.findings:
        rows = [("✓" if f.holds else "✗", translate(f.check), f.describe(translate)) for f in asked.findings]
        parts.append(format_table(("", N_("check"), N_("detail")), rows))
    if asked.changes:
        changes = [(" ".join(one.key), one.column, one.was, one.now) for one in asked.changes[:_SHOWN]]
        parts.append(format_table((N_("key"), N_("column"), N_("was"), N_("now")), changes))
    return "\n\n".join(parts)


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds a source of the institution from a file with its table."""
    from bongsu.store.sources.asking import add_source

    source = add_source(_open_node(args), args.name, args.file.read_bytes())
    text = translate(N_("{source} was added. Ask it: bongsu source check {source}")).format(source=source.name)
    terminal.result({"source": source.name, "address": source.file.address}, text)
    return 0


def _open_node(args: Arguments) -> Node:
    from bongsu.store.node import Node

    return Node(Path(args.node))


_NAME = Argument("name", metavar="NAME", help=N_("the source's name"))
ACTIONS = (
    Command(
        "list",
        N_("list the sources: where they live, when they were asked, and the date of what stands"),
        run_list,
        (),
        ("bongsu source list", "bongsu source list --json"),
    ),
    Command(
        "check",
        N_("ask a source now, show what has changed, and take it if its checks hold"),
        run_check,
        (
            _NAME,
            Option(
                "--accept",
                metavar="REASON",
                default="",
                help=N_("take the table though a check does not hold; the journal has the reason"),
            ),
        ),
        (
            "bongsu source check ai-postings",
            'bongsu source check ai-postings --accept "The publisher has revised the series."',
        ),
    ),
    Command(
        "add",
        N_("add a source of the institution from a file with its table"),
        run_add,
        (
            _NAME,
            Argument("file", metavar="FILE", type=read_path, help=N_("the table, TOML")),
        ),
        ("bongsu source add town-survey town-survey.toml",),
    ),
)
