"""`bongsu meter -- COMMAND`: runs a command and reports the energy that it used.

The command's output is unchanged. The summary goes to standard error; --json prints to standard output after the command
has ended. The exit status is the command's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import INPUT, OUTPUT, Argument, Arguments, Option, read_path
from bongsu.cli.language import get_language, translate, translate_error
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.energy.meter.session import Meter

if TYPE_CHECKING:
    from bongsu.energy.meter.meter_report import MeterReport
    from bongsu.energy.meter.send import FlushResult


def run(args: Arguments, terminal: Terminal) -> int:
    """Meters the command, prints the summary and sends the report."""
    command = list(args.command)
    if args.flush:
        return _flush(args.send, terminal)
    for path in (args.report, args.boamps):
        if path is not None and not path.absolute().parent.is_dir():
            raise BadInput(N_("The folder of {path} does not exist."), path=str(path))
    if args.replay is not None:
        from bongsu.energy.meter.replay import load_recording, replay_recording

        report = replay_recording(load_recording(args.replay), label=args.label, country=args.country)
        _show(report, args, terminal)
        return 0
    if not command:
        raise BadInput(N_("Give a command to meter."), fix=N_("Write it after “--”: bongsu meter -- python train.py"))

    from bongsu.energy.meter import command as commands

    meter = Meter(label=args.label, country=args.country, send=args.send, with_root=False)
    try:
        report = commands.run_command(command, meter)
    except BongsuError as error:
        terminal.error(error)
        return commands.NOT_FOUND if isinstance(error, Missing) else commands.NOT_EXECUTABLE
    try:
        _show(report, args, terminal)
    except OSError as error:  # if the report cannot be written, still return the command's exit status
        terminal.say(f"bongsu: {error}")
    if meter.sent is not None:
        _print_sent(meter.sent, args.quiet, terminal)
    return meter.exit_status or 0


def _show(report: MeterReport, args: Arguments, terminal: Terminal) -> None:
    from bongsu.energy.meter.report_json import dump_report
    from bongsu.energy.meter.summary import summarise_report

    if args.report is not None:
        _write(args.report, dump_report(report))
    if args.boamps is not None:
        from bongsu.energy.meter.boamps_export import boamps_document

        _write(args.boamps, boamps_document(report))
    if terminal.json:
        terminal.result(dump_report(report), "")
    elif not args.quiet:
        terminal.say(summarise_report(report, format_table, translate, get_language()))


def _write(path: Path, content: Mapping[str, object]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    part.replace(path)


def _flush(node: str | None, terminal: Terminal) -> int:
    from bongsu.energy.meter.send import flush_outbox, node_address

    done = flush_outbox(node_address(node) if node is not None else None)
    text = translate(N_("{sent} sent, {refused} refused, {waiting} still waiting."))
    terminal.result({"sent": done.sent, "refused": done.refused, "waiting": done.waiting}, text.format(**vars(done)))
    _print_reasons(done, terminal)
    return 0 if not done.waiting and not done.refused else 75


def _print_reasons(done: FlushResult, terminal: Terminal) -> None:
    for reason in done.reasons:
        terminal.say("bongsu: " + translate_error(reason).sentence)


def _print_sent(done: FlushResult, quiet: bool, terminal: Terminal) -> None:
    from bongsu.energy.meter.outbox import outbox_folder

    if done.sent and not quiet:
        terminal.say(translate(N_("Reports sent: {sent}")).format(sent=done.sent))
    _print_reasons(done, terminal)
    if done.waiting:
        text = translate(N_("{waiting} waiting in {folder}: sent with the next run, or by: bongsu meter --flush"))
        terminal.say(text.format(waiting=done.waiting, folder=outbox_folder()))


RUNS_WORDS = True
EXAMPLES = (
    "bongsu meter -- python train.py",
    "bongsu meter --country KOR --report report.json -- python train.py --epochs 3",
    "bongsu meter --send https://node.example -- python train.py",
)
PARAMETERS = (
    Argument("command", nargs=-1, metavar="-- COMMAND", help=N_("the command and its arguments")),
    Option("--label", default="", metavar="TEXT", group=INPUT, help=N_("what the work is, for the report")),
    Option("--country", metavar="CODE", group=INPUT, help=N_("where the electricity is used, such as KOR or FRA")),
    Option("--replay", metavar="FILE", type=read_path, group=INPUT, help=N_("meter a recording instead of a command")),
    Option("--report", metavar="FILE", type=read_path, group=OUTPUT, help=N_("write the report as JSON into FILE")),
    Option(
        "--boamps", metavar="FILE", type=read_path, group=OUTPUT, help=N_("write the report in BoAmps form into FILE")
    ),
    Option("--send", metavar="URL", group=OUTPUT, help=N_("send the report to a node (token: BONGSU_TOKEN)")),
    Option("--flush", is_flag=True, group=OUTPUT, help=N_("send the waiting reports and run no command")),
    Option("--quiet", is_flag=True, group=OUTPUT, help=N_("print no summary")),
)
