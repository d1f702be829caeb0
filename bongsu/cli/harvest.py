"""`bongsu harvest`: the sources that are harvested, their runs, and harvests that wait for a decision."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput, CheckFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bongsu.commons.harvest.harvester import Progress
    from bongsu.commons.models import HarvestRun, HarvestSource
    from bongsu.store.node import Node

_SHOWN = 20  # maximum errors on the terminal


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the sources with their last run."""
    open_records(args)
    from bongsu.commons.harvest_runs.run_texts import STATES
    from bongsu.commons.models import HarvestSource

    rows = []
    for source in HarvestSource.objects.order_by("name"):
        last = source.runs.order_by("-pk").first()
        rows.append(
            {
                **_source_to_json(source),
                "last_run": last and last.started.isoformat(timespec="seconds"),
                "state": last and last.state,
            }
        )
    heading = (N_("name"), N_("address"), N_("last run"), N_("state"))
    table = [
        (row["name"], row["address"], row["last_run"] or "", translate(STATES[row["state"]]) if row["state"] else "")
        for row in rows
    ]
    terminal.result(rows, format_table(heading, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def _source_to_json(source: HarvestSource) -> dict[str, object]:
    return {
        "name": source.name,
        "address": source.address,
        "format": source.format,
        "licence": source.licence,
        "allow_private": source.allow_private,
        "added": source.added.isoformat(timespec="seconds"),
        "added_by": source.added_by,
    }


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds a source."""
    open_records(args)
    from bongsu.commons.harvest_runs.sources import add_source

    source = add_source(
        command_actor(),
        args.name,
        args.address,
        format=args.format,
        licence=args.licence,
        allow_private=args.allow_private,
    )
    terminal.result(_source_to_json(source), f"{source.name}: {source.address}")
    return 0


def run_change(args: Arguments, terminal: Terminal) -> int:
    """Changes what is given of a source."""
    open_records(args)
    from bongsu.commons.harvest_runs.sources import change_source

    given = {"address": args.address, "format": args.format, "licence": args.licence}
    values: dict[str, str | bool] = {name: value for name, value in given.items() if value is not None}
    if args.allow_private or args.public:
        values["allow_private"] = args.allow_private
    source = change_source(command_actor(), args.name, args.why, **values)
    terminal.result(_source_to_json(source), f"{source.name}: {source.address}")
    return 0


def run_remove(args: Arguments, terminal: Terminal) -> int:
    """Removes a source, and its entries if asked."""
    node = open_records(args)
    from bongsu.commons.harvest_runs.sources import remove_source

    removed = remove_source(node, command_actor(), args.name, args.why, with_entries=args.with_entries)
    text = translate(N_("Removed, with {count} entries.")).format(count=removed)
    terminal.result({"removed": args.name, "entries": removed}, text)
    return 0


def run_run(args: Arguments, terminal: Terminal) -> int:
    """Harvests a source."""
    node = open_records(args)
    return harvest_source(node, args.name, terminal, accept_losses=args.accept_loss, why=args.why)


def harvest_source(node: Node, name: str, terminal: Terminal, *, accept_losses: bool = False, why: str = "") -> int:
    """Harvests a source and prints what was found. Returns the exit status: that of CheckFailed if the harvest waits."""
    from bongsu.commons.harvest_runs.run_texts import run_to_json
    from bongsu.commons.harvest_runs.running import run_harvest

    run = run_harvest(
        node, command_actor(), name, show=_progress_printer(terminal), accept_losses=accept_losses, why=why
    )
    terminal.result(run_to_json(run), _run_text(run))
    if run.state == "waiting":
        return CheckFailed.exit_status
    return BadInput.exit_status if run.refused else 0


def _progress_printer(terminal: Terminal) -> Callable[[Progress], None]:
    def show(progress: Progress) -> None:
        if not terminal.json and sys.stderr.isatty():
            text = translate(N_("page {pages}: {records} records of {announced}"))
            announced = "?" if progress.announced is None else progress.announced
            terminal.say(text.format(pages=progress.pages, records=progress.records, announced=announced))

    return show


def _run_text(run: HarvestRun) -> str:
    from bongsu.commons.harvest_runs.run_texts import (
        COUNTS,
        STATES,
        describe_failure,
        describe_losses,
        describe_report,
    )

    lines = [f"{run.source.name}: {translate(STATES[run.state])}"]
    lines += [f"! {text}" for text in (describe_failure(run, translate), *describe_losses(run, translate)) if text]
    lines += [
        f"  {translate(title)}: {value}" for name, title in COUNTS.items() if (value := getattr(run, name)) is not None
    ]
    for report, number in run.groups[:_SHOWN]:
        lines.append(f"! {number} × {describe_report(report, translate).sentence}")
    if run.state == "waiting":
        lines.append(
            translate(N_("Look at it, then: bongsu harvest accept {key} --why …, or discard.")).format(
                key=str(run.key)[:8]
            )
        )
    elif run.new or run.changed or run.gone:
        lines.append(translate(N_("“bongsu build” seals them.")))
    return "\n".join(lines)


def run_runs(args: Arguments, terminal: Terminal) -> int:
    """Lists the runs of a source, or of all, newest first."""
    open_records(args)
    from bongsu.commons.harvest_runs.run_texts import STATES, run_to_json
    from bongsu.commons.harvest_runs.sources import find_source
    from bongsu.commons.models import HarvestRun

    runs = HarvestRun.objects.select_related("source").order_by("-pk")
    if args.name:
        runs = runs.filter(source=find_source(args.name))
    rows = [run_to_json(run) for run in runs[:200]]
    names = ("new", "changed", "unchanged", "gone", "refused")
    heading = (N_("key"), N_("source"), N_("started"), N_("state"), *_HEADINGS)
    table = [
        (
            row["key"][:8],
            row["source"],
            row["started"],
            translate(STATES[row["state"]]),
            *(row[name] for name in names),
        )
        for row in rows
    ]
    terminal.result(rows, format_table(heading, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


_HEADINGS = (N_("new"), N_("changed"), N_("unchanged"), N_("gone"), N_("refused"))


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints a run with its errors; if it waits, with the entries that would disappear."""
    node = open_records(args)
    from bongsu.commons.harvest_runs.run_texts import describe_report, errors_to_csv, run_to_json
    from bongsu.commons.harvest_runs.running import find_run, list_lost_entries

    run = find_run(args.key)
    if args.csv:
        sys.stdout.writelines(errors_to_csv(run, translate))
        return 0
    lost = [(entry.id, entry.title("en")) for entry in list_lost_entries(node, run)]
    groups = [{"number": number, "error": describe_report(report, str).sentence} for report, number in run.groups]
    lines = [translate(N_("Would disappear:")), *(f"  {id_}: {title}" for id_, title in lost[:_SHOWN])] if lost else []
    if len(lost) > _SHOWN:
        lines.append(f"  … {len(lost) - _SHOWN}")
    data = {**run_to_json(run), "errors": groups, "would_disappear": [id_ for id_, _ in lost]}
    terminal.result(data, "\n".join([_run_text(run), *lines]))
    return 0


def run_accept(args: Arguments, terminal: Terminal) -> int:
    """Accepts a harvest that waits."""
    node = open_records(args)
    from bongsu.commons.harvest_runs.run_texts import run_to_json
    from bongsu.commons.harvest_runs.running import accept_run, find_run

    run = accept_run(node, command_actor(), find_run(args.key), args.why)
    terminal.result(run_to_json(run), translate(N_("Accepted. “bongsu build” seals it.")))
    return 0


def run_discard(args: Arguments, terminal: Terminal) -> int:
    """Discards a harvest that waits."""
    node = open_records(args)
    from bongsu.commons.harvest_runs.run_texts import run_to_json
    from bongsu.commons.harvest_runs.running import discard_run, find_run

    run = discard_run(node, command_actor(), find_run(args.key), args.why)
    terminal.result(run_to_json(run), translate(N_("Discarded. The entries of the source stay as they were.")))
    return 0


_NAME = Argument("name", metavar="NAME", help=N_("the short name of the source"))
_KEY = Argument("key", metavar="KEY", help=N_("the key of the run, or its beginning"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
_REASON = Option("--why", metavar="TEXT", required=True, help=N_("the reason, for the audit"))
_PRIVATE = Option("--allow-private", is_flag=True, help=N_("allow requests to private and loopback addresses"))
_EXAMPLE = "3f2b7c1e"
ACTIONS = (
    Command("list", N_("list the sources with their last run"), run_list, (), ("bongsu harvest list",)),
    Command(
        "add",
        N_("add a source"),
        run_add,
        (
            _NAME,
            Argument("address", metavar="URL", help=N_("the address of the records")),
            Option(
                "--format", metavar="NAME", default="", help=N_("the format that its pages must have (default: any)")
            ),
            Option("--licence", metavar="TEXT", default="", help=N_("the licence of the records themselves")),
            _PRIVATE,
        ),
        ("bongsu harvest add portal https://data.example/api/3/action/package_search --format ckan",),
    ),
    Command(
        "change",
        N_("change a source"),
        run_change,
        (
            _NAME,
            Option("--address", metavar="URL", default=None, help=N_("the address of the records")),
            Option(
                "--format", metavar="NAME", default=None, help=N_("the format that its pages must have (default: any)")
            ),
            Option("--licence", metavar="TEXT", default=None, help=N_("the licence of the records themselves")),
            _PRIVATE,
            Option("--public", is_flag=True, help=N_("allow requests to public addresses only")),
            _WHY,
        ),
        ("bongsu harvest change portal --licence CC0-1.0",),
    ),
    Command(
        "remove",
        N_("remove a source"),
        run_remove,
        (_NAME, Option("--with-entries", is_flag=True, help=N_("remove its entries too")), _WHY),
        ("bongsu harvest remove portal --with-entries",),
    ),
    Command(
        "run",
        N_("harvest a source"),
        run_run,
        (_NAME, Option("--accept-loss", is_flag=True, help=N_("accept that records are missing")), _WHY),
        ("bongsu harvest run portal",),
    ),
    Command(
        "runs",
        N_("list the runs, newest first"),
        run_runs,
        (Argument("name", metavar="NAME", required=False, default="", help=N_("the short name of the source")),),
        ("bongsu harvest runs portal",),
    ),
    Command(
        "show",
        N_("print a run with its errors"),
        run_show,
        (_KEY, Option("--csv", is_flag=True, help=N_("print every error as a line of CSV"))),
        (f"bongsu harvest show {_EXAMPLE}",),
    ),
    Command(
        "accept",
        N_("accept a harvest that waits"),
        run_accept,
        (_KEY, _REASON),
        (f'bongsu harvest accept {_EXAMPLE} --why "the portal closed a section"',),
    ),
    Command(
        "discard",
        N_("discard a harvest that waits"),
        run_discard,
        (_KEY, _REASON),
        (f'bongsu harvest discard {_EXAMPLE} --why "the portal was broken"',),
    ),
)
