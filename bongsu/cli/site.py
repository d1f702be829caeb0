"""`bongsu site`: shows and changes what makes the site the institution's, as the desk does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_file_name
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, Missing

if TYPE_CHECKING:
    from bongsu.store.node import Node


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints the table [site] of node.toml, a field a line."""
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    assert node.site is not None  # what is wrong in the file is said here
    _show(node, terminal)
    return 0


def _show(node: Node, terminal: Terminal) -> None:
    from bongsu.store.disk.node_file import read_table

    table = read_table(node.root, "site")
    rows = list(_list_fields("", table))
    empty = translate(N_("The site has no settings of its own yet."))
    terminal.result(table, format_table((N_("field"), N_("value")), rows) if rows else empty)


def _list_fields(path: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [row for name, one in value.items() for row in _list_fields(f"{path}.{name}".lstrip("."), one)]
    return [(path, json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value))]


def run_set(args: Arguments, terminal: Terminal) -> int:
    """Sets fields; an empty value removes one."""
    node = open_records(args)
    from bongsu.people.site_changes import change_site
    from bongsu.store.disk.node_file import read_table

    changes: dict[str, Any] = {}
    table = read_table(node.root, "site")
    for text in args.fields:
        path, equals, value = text.partition("=")
        name, _, key = path.partition(".")
        if not equals or not name:
            raise BadInput(
                N_("“{text}” is not a field with its value."),
                fix=N_("Write home=KEN or name.en=Observatory."),
                text=text,
            )
        if key:
            changes.setdefault(name, dict(table.get(name, {})))[key] = _read_value(path, value)
        else:
            changes[name] = _read_value(path, value)
    change_site(command_actor(), node.root, changes, args.why)
    _show(node, terminal)
    return 0


def _read_value(path: str, value: str) -> Any:
    """Returns the value of a field: a text, the content of @FILE, or JSON for the links."""
    if value.startswith("@"):
        file = Path(value[1:])
        if not file.is_file():
            raise Missing(N_("The file “{path}” does not exist."), path=file)
        value = file.read_text(encoding="utf-8").strip()
    if path != "links" or not value:
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise BadInput(
            N_("The links are not valid JSON."),
            where=path,
            fix=N_("Write links='[{example}]'."),
            example='{"title": {"en": "Statistics"}, "address": "https://stat.example"}',
        ) from None


def run_logo(args: Arguments, terminal: Terminal) -> int:
    """Makes an image the logo, or removes it."""
    node = open_records(args)
    from bongsu.core.uploads import check_size
    from bongsu.people.site_changes import change_logo, change_site
    from bongsu.store.tables.site_logo import MAX_LOGO

    if bool(args.file) == args.remove:
        raise BadInput(N_("Give the file of an image, or --remove."))
    if args.remove:
        change_site(command_actor(), node.root, {"logo": ""}, args.why)
    else:
        path = Path(args.file)
        if not path.is_file():
            raise Missing(N_("The file “{path}” does not exist."), path=path)
        check_size(path.stat().st_size, MAX_LOGO, str(path))
        change_logo(command_actor(), node.root, path.read_bytes(), str(path), args.why)
    _show(node, terminal)
    return 0


_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
ACTIONS = (
    Command("show", N_("print the settings of the site"), run_show, (), ("bongsu site show",)),
    Command(
        "set",
        N_("set fields, such as name.en, home, licence, colours.accent, about.ko"),
        run_set,
        (
            Argument(
                "fields",
                metavar="FIELD=VALUE",
                nargs=-1,
                required=True,
                help=N_("a field and its value; @FILE reads it from a file, nothing removes the field"),
            ),
            _WHY,
        ),
        (
            'bongsu site set home=KEN name.en="Observatory of Kenya" colours.accent=#7a1020',
            "bongsu site set about.en=@about.txt",
        ),
    ),
    Command(
        "logo",
        N_("make an image the logo: PNG, JPEG, WebP or SVG"),
        run_logo,
        (
            Argument("file", metavar="FILE", required=False, type=read_file_name, help=N_("the image, at most 2 MB")),
            Option("--remove", is_flag=True, help=N_("show no logo any more")),
            _WHY,
        ),
        ("bongsu site logo logo.svg", "bongsu site logo --remove"),
    ),
)
