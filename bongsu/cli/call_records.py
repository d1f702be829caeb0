"""`bongsu call add`, `list`, `change`, `open`, `end`: the calls of a node. Checking files is in call.py."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.incubator.models import Call, Edition

STATES = {"draft": N_("draft"), "open": N_("open"), "ended": N_("ended")}


def read_folder(folder: Path) -> dict[str, str]:
    """Returns the texts of the files of a call that a folder has, by name."""
    from bongsu.core.text_files import decode_text
    from bongsu.incubator.calls.check import FILES

    return {name: decode_text((folder / name).read_bytes(), name) for name in FILES if (folder / name).is_file()}


def write_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes the files of a call. Raises BadInput if the folder has something in it."""
    from bongsu.store.disk.files import write_file

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(
            N_("“{folder}” is not empty, so no call was written there."),
            fix=N_("Choose a folder that is empty or does not exist."),
            folder=folder,
        )
    for name, text in texts.items():
        write_file(folder / name, text.encode())


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds a call as a draft."""
    open_records(args)
    from bongsu.incubator.opening import add_call
    from bongsu.web.lease import read_clock

    call = add_call(command_actor(), read_folder(args.folder), read_clock(), args.why)
    _print_call(call, terminal)
    return 0


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the calls with their state and the round that closes next."""
    open_records(args)
    from bongsu.incubator.opening import list_editions

    rows = [_describe(edition) for edition in list_editions(command_actor())]
    names = (N_("name"), N_("title"), N_("state"), N_("edition"))
    table = [
        (str(row["call"]), str(row["title"]), translate(STATES[str(row["state"])]), row["edition"]) for row in rows
    ]
    terminal.result(rows, format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def run_change(args: Arguments, terminal: Terminal) -> int:
    """Makes the next edition of a call from a folder."""
    open_records(args)
    from bongsu.incubator.opening import change_call, compare_editions, find_call, newest_edition
    from bongsu.web.lease import read_clock

    before = newest_edition(find_call(args.call))
    base = before.number if args.base is None else args.base
    edition = change_call(command_actor(), args.call, read_folder(args.folder), base, read_clock(), args.why)
    changes = [
        {"file": name, "field": change.field, "before": change.before, "after": change.after}
        for name, found in compare_editions(before, edition).items()
        for change in found
    ]
    names = (N_("file"), N_("field"), N_("before"), N_("after"))
    table = format_table(names, [tuple("" if one is None else str(one) for one in row.values()) for row in changes])
    text = translate(N_("Edition {number} of the call “{call}” is in force.")).format(
        number=edition.number, call=args.call
    )
    result = {"call": args.call, "edition": edition.number, "changes": changes}
    terminal.result(result, f"{text}\n\n{table}" if changes else text)
    return 0


def run_files(args: Arguments, terminal: Terminal) -> int:
    """Writes the files of a call, as they are in an edition, into a folder."""
    open_records(args)
    from bongsu.incubator.opening import find_call, find_edition

    edition = find_edition(find_call(args.call), args.edition)
    write_folder(args.folder, edition.files)
    text = translate(N_("The files of edition {number} are in “{folder}”.")).format(
        number=edition.number, folder=args.folder
    )
    terminal.result({"call": args.call, "edition": edition.number, "folder": str(args.folder)}, text)
    return 0


def run_open(args: Arguments, terminal: Terminal) -> int:
    """Opens a call."""
    open_records(args)
    from bongsu.incubator.opening import open_call
    from bongsu.web.lease import read_clock

    _print_call(open_call(command_actor(), args.call, read_clock(), args.why), terminal)
    return 0


def run_end(args: Arguments, terminal: Terminal) -> int:
    """Ends a call."""
    open_records(args)
    from bongsu.incubator.opening import end_call

    _print_call(end_call(command_actor(), args.call, args.why), terminal)
    return 0


def _describe(edition: Edition) -> dict[str, object]:
    from bongsu.incubator.opening import read_edition
    from bongsu.incubator.texts import pick_text

    title = pick_text(read_edition(edition).call.title, get_language())
    return {"call": edition.call.name, "title": title, "state": edition.call.state, "edition": edition.number}


def _print_call(call: Call, terminal: Terminal) -> None:
    from bongsu.incubator.opening import newest_edition

    row = _describe(newest_edition(call))
    text = translate(N_("Call “{call}”, edition {edition}: {state}.")).format(
        call=row["call"], edition=row["edition"], state=translate(STATES[call.state])
    )
    terminal.result(row, text)


_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
_CALL = Argument("call", metavar="CALL", help=N_("the name of the call"))
_FOLDER = Argument("folder", metavar="FOLDER", type=read_path, help=N_("the folder of the call"))
ACTIONS = (
    Command("add", N_("add a call as a draft"), run_add, (_FOLDER, _WHY), ("bongsu call add spring",)),
    Command("list", N_("list the calls"), run_list, (), ("bongsu call list",)),
    Command(
        "change",
        N_("make the next edition of a call"),
        run_change,
        (
            _CALL,
            _FOLDER,
            Option("--base", metavar="N", type=read_whole_number, help=N_("the edition that you changed")),
            _WHY,
        ),
        ('bongsu call change gpu-2027 spring --why "the round is extended"',),
    ),
    Command(
        "files",
        N_("write the files of a call into a folder"),
        run_files,
        (
            _CALL,
            _FOLDER,
            Option("--edition", metavar="N", type=read_whole_number, help=N_("of this edition (default: the newest)")),
        ),
        ("bongsu call files gpu-2027 spring",),
    ),
    Command("open", N_("open a call for applications"), run_open, (_CALL, _WHY), ("bongsu call open gpu-2027",)),
    Command("end", N_("end a call"), run_end, (_CALL, _WHY), ('bongsu call end gpu-2027 --why "all is paid"',)),
)
