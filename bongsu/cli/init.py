"""`bongsu init [DIR]`: creates a node. Refuses a folder that is not empty, so that nothing is overwritten."""

from __future__ import annotations

import argparse
from pathlib import Path

from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_
from bongsu.web.django_setup import prepare_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the verb's arguments."""
    parser.add_argument("folder", nargs="?", metavar="DIR", help=translate(N_("where to make it (default: --node)")))
    parser.add_argument("--name", default="Bongsu", help=translate(N_("the node's name, as people read it")))
    parser.add_argument("--agency", default="BONGSU", help=translate(N_("its SDMX agency id: capitals, digits and _")))


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Creates the node and the database tables of its accounts."""
    from bongsu.store.node import Node

    folder = Path(args.folder or args.node)
    node = Node.create(folder, name=args.name, agency=args.agency)
    prepare_django(node.root)
    terminal.result(
        {"node": str(folder), "id": node.identity.id, "name": node.identity.name, "agency": node.identity.agency},
        translate(N_("A node was made in {folder}. Next: bongsu take, bongsu build, bongsu serve.")).format(
            folder=folder
        ),
    )
    return 0
