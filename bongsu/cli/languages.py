"""`bongsu language`: languages that the institution adds, in the node's folder languages/: new, check, compile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import OUTPUT, Argument, Arguments, Command, Option
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.store.languages.catalogues import CatalogueReport

_DOMAINS = {"django": N_("texts"), "names": N_("names")}


def run_new(args: Arguments, terminal: Terminal) -> int:
    """Makes the folder of a language, or adds what is new to one that is there."""
    from bongsu.store.languages.catalogues import make_language
    from bongsu.store.tables.programmes import package_folders

    folder = make_language(_node_folder(args), args.code, package_folders())
    text = translate(N_("{folder} is ready. Translate its .po files, then run “bongsu language compile {code}”."))
    terminal.result({"language": args.code, "folder": str(folder)}, text.format(folder=folder, code=args.code))
    return 0


def run_check(args: Arguments, terminal: Terminal) -> int:
    """Prints how much is translated; the status is 65 if a translation loses a placeholder."""
    from bongsu.store.languages.catalogues import check_language
    from bongsu.store.tables.programmes import package_folders

    return _print_reports(check_language(_node_folder(args), args.code, package_folders()), args, terminal)


def run_compile(args: Arguments, terminal: Terminal) -> int:
    """Compiles the translations; what is not translated is shown in English."""
    from bongsu.store.languages.catalogues import compile_language
    from bongsu.store.tables.programmes import package_folders

    return _print_reports(compile_language(_node_folder(args), args.code, package_folders()), args, terminal)


def _print_reports(reports: Sequence[CatalogueReport], args: Arguments, terminal: Terminal) -> int:
    header = ("", N_("all"), N_("translated"), N_("missing"), N_("wrong"))
    rows = [
        (translate(_DOMAINS[r.domain]), r.total, r.total - len(r.missing), len(r.missing), len(r.wrong))
        for r in reports
    ]
    lines = [format_table(header, rows)]
    if getattr(args, "list", False):
        lines += [f"{r.domain}.po: {text}" for r in reports for text in r.missing]
    lines += [translate(N_("{file}: a translation loses a placeholder: “{text}”")).format(file=f"{r.domain}.po", text=text)
              for r in reports for text in r.wrong]  # fmt: skip
    data = {
        r.domain: {"all": r.total, "translated": r.total - len(r.missing), "missing": r.missing, "wrong": r.wrong}
        for r in reports
    }
    terminal.result({"language": args.code, **data}, "\n".join(lines))
    return BadInput.exit_status if any(r.wrong for r in reports) else 0


def _node_folder(args: Arguments) -> Path:
    from bongsu.store.node import Node

    return Node(Path(args.node)).root


_CODE = Argument("code", metavar="CODE", help=N_("the language, by ISO 639: es"))
ACTIONS = (
    Command(
        "new",
        N_("make a folder with every text and name to translate, or add what is new"),
        run_new,
        (_CODE,),
        ("bongsu language new es",),
    ),
    Command(
        "check",
        N_("count what is translated and what is missing, and change nothing"),
        run_check,
        (_CODE, Option("--list", is_flag=True, group=OUTPUT, help=N_("list what is missing too"))),
        ("bongsu language check es --list",),
    ),
    Command(
        "compile",
        N_("compile the translations, so that the node shows them when it starts"),
        run_compile,
        (_CODE,),
        ("bongsu language compile es",),
    ),
)
