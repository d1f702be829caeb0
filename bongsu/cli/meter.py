"""`bongsu meter -- COMMAND`: runs a command and reports the energy that it used.

The command's output is unchanged. The summary goes to standard error; --json prints to standard output after the command
has ended. The exit status is the command's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.language import get_language, translate, translate_error
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, BongsuError, Missing
from bongsu.energy.meter.session import Meter

if TYPE_CHECKING:
    from bongsu.energy.meter.meter_report import MeterReport
    from bongsu.energy.meter.send import FlushResult


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options, then the command after "--"."""
    parser.add_argument("--label", default="", metavar="TEXT", help=translate(N_("what the work is, for the report")))
    parser.add_argument(
        "--country", metavar="CODE", help=translate(N_("where the electricity is used, such as KOR or FRA"))
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help=translate(N_("write the report as JSON into FILE")))
    parser.add_argument(
        "--boamps", metavar="FILE", type=Path, help=translate(N_("write the report in BoAmps form into FILE"))
    )
    parser.add_argument("--send", metavar="URL", help=translate(N_("send the report to a node (token: BONGSU_TOKEN)")))
    parser.add_argument(
        "--flush", action="store_true", help=translate(N_("send the waiting reports and run no command"))
    )
    parser.add_argument(
        "--replay", metavar="FILE", type=Path, help=translate(N_("meter a recording instead of a command"))
    )
    parser.add_argument("--quiet", action="store_true", help=translate(N_("print no summary")))
    command = translate(N_("the command and its arguments"))
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help=command)


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Meters the command, prints the summary and sends the report."""
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if args.flush:
        return _flush(args.send, terminal)
    for path in (args.report, args.boamps):
        if path is not None and not path.absolute().parent.is_dir():
            raise BadInput(N_("There is no folder for {path}."), path=str(path))
    if args.replay is not None:
        from bongsu.energy.meter.replay import load_recording, replay_recording

        report = replay_recording(load_recording(args.replay), label=args.label, country=args.country)
        _show(report, args, terminal)
        return 0
    if not command:
        raise BadInput(
            N_("There is no command to meter."), fix=N_("Write it behind “--”: bongsu meter -- python train.py")
        )

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
        _say_sent(meter.sent, args.quiet, terminal)
    return meter.exit_status or 0


def _show(report: MeterReport, args: argparse.Namespace, terminal: Terminal) -> None:
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
    _say_reasons(done, terminal)
    return 0 if not done.waiting and not done.refused else 75


def _say_reasons(done: FlushResult, terminal: Terminal) -> None:
    for reason in done.reasons:
        terminal.say("bongsu: " + " ".join(filter(None, translate_error(reason))))


def _say_sent(done: FlushResult, quiet: bool, terminal: Terminal) -> None:
    from bongsu.energy.meter.outbox import outbox_folder

    if done.sent and not quiet:
        terminal.say(translate(N_("Reports sent: {sent}")).format(sent=done.sent))
    _say_reasons(done, terminal)
    if done.waiting:
        text = translate(N_("{waiting} waiting in {folder}: sent with the next run, or by: bongsu meter --flush"))
        terminal.say(text.format(waiting=done.waiting, folder=outbox_folder()))
