"""`bongsu call try`: runs a call with made-up people, on records in memory, and prints what an officer wants to know."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bongsu.cli.call_records import read_folder
from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table, wrap_text
from bongsu.core.errors import N_, BadInput


def run_try(args: Arguments, terminal: Terminal) -> int:
    """Tries a call; the status is 65 if something got stuck."""
    import msgspec

    folder = args.folder.parent if args.folder.name == "call.toml" else args.folder
    texts = read_folder(folder)
    with tempfile.TemporaryDirectory(prefix="bongsu-try-") as temporary:
        _prepare_records(Path(temporary) / "node")
        from bongsu.incubator.calls.folder import parse_files
        from bongsu.incubator.trial.course import try_call
        from bongsu.incubator.trial.words import list_parts

        report = try_call(texts, args.seed)
        parts = list_parts(report, parse_files(texts, str(folder)), translate, get_language())
    written = []
    for part in parts:
        lines = [wrap_text(one) for one in part.sentences]
        lines += [format_table(part.columns, part.rows)] if part.rows else []
        written.append("\n".join([part.title, *lines]))
    document = {**msgspec.to_builtins(report), "holds": report.holds}
    terminal.result(document, "\n\n".join(written))
    return 0 if report.holds else BadInput.exit_status


def _prepare_records(root: Path) -> None:
    """Makes a node whose records are in memory: those of no node are touched."""
    from bongsu.store.node import Node
    from bongsu.web.django_setup import prepare_memory

    prepare_memory(Node.create(root).root)


ACTIONS = (
    Command(
        "try",
        N_("run a call with made-up people, and say what gets stuck"),
        run_try,
        (
            Argument("folder", metavar="FOLDER", type=read_path, help=N_("the folder of the call, or its call.toml")),
            Option(
                "--seed",
                metavar="N",
                type=read_whole_number,
                default=1,
                help=N_("the same number gives the same trial (default: 1)"),
            ),
        ),
        ("bongsu call try spring",),
    ),
)
