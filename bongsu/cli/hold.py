"""`bongsu hold add|list|drop`: manages an institution's own microdata. No verb prints a row.

Lists holdings by name, number of rows and concepts. Questions about their content go to the desk (`bongsu desk ask`).
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.language import translate
from bongsu.cli.parser import accept_common_options
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput, Missing

if TYPE_CHECKING:
    from bongsu.store.microdata.holdings import Holdings
    from bongsu.store.node import Node


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="add|list|drop")
    add = verbs.add_parser("add", help=translate(N_("add a file of microdata, as described by its mapping")))
    add.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help=translate(N_("CSV, Parquet, Stata, SPSS or SAS; the content is copied, the file is not kept")),
    )
    add.add_argument(
        "--mapping", metavar="M.toml", type=Path, required=True, help=translate(N_("what the file's columns mean"))
    )
    listing = verbs.add_parser("list", help=translate(N_("name, rows and concepts of every holding")))
    drop = verbs.add_parser("drop", help=translate(N_("delete a holding's data for good")))
    drop.add_argument("name", metavar="NAME")
    for each in (add, listing, drop):
        accept_common_options(each)


def open_holdings(node: Node) -> Holdings:
    """Opens the node's holdings with the key in the settings. Raises Misconfigured if the key is not valid."""
    from bongsu.store.microdata.holdings import Holdings
    from bongsu.web.settings import read_settings

    return Holdings(node, read_settings()["BONGSU_HOLDINGS_KEY"])


def read_text_file(path: Path) -> str:
    """Reads a mapping or a question as UTF-8 text. Raises Missing if the file does not exist, BadInput if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Missing(N_("There is no file “{path}”."), path=str(path)) from None
    except (OSError, UnicodeDecodeError):
        raise BadInput(N_("“{name}” cannot be read as UTF-8 text."), name=path) from None


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Adds, lists or drops holdings."""
    from bongsu.store.node import Node

    held = open_holdings(Node(Path(args.node)))
    if args.what == "add":
        return _add(held, args, terminal)
    if args.what == "drop":
        held.drop(args.name)
        terminal.result({"dropped": args.name}, translate(N_("{name} is dropped.")).format(name=args.name))
        return 0
    every = [holding.public() for holding in held.all()]
    rows = [(each["name"], each["rows"], " ".join(each["concepts"])) for each in every]
    text = format_table((N_("holding"), N_("rows"), N_("concepts")), rows) if rows else translate(NOTHING_TO_SHOW)
    terminal.result(every, text)
    return 0


def _add(held: Holdings, args: argparse.Namespace, terminal: Terminal) -> int:
    from bongsu.desk.policy import Policy

    mapping = read_text_file(args.mapping)
    holding, report = held.add(args.file, mapping, str(args.mapping), check=Policy.of)
    if not holding.encrypted:
        terminal.say(translate(N_("It is stored without encryption: BONGSU_HOLDINGS_KEY is not set.")))
    header = (N_("concept"), N_("column"), N_("matched"), N_("no answer"), N_("did not match"), "")
    rows = [(c.concept, c.column, c.matched, c.missing, c.unmatched, ", ".join(c.examples)) for c in report]
    terminal.result(
        {"holding": holding.public(), "encrypted": holding.encrypted, "columns": [asdict(column) for column in report]},
        format_table(header, rows),
    )
    return 0
