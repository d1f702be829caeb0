"""`bongsu init [DIR]`: creates a node. Refuses a folder that is not empty, so that nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

from bongsu.cli.commands import Argument, Arguments, Option, read_path
from bongsu.cli.language import translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_
from bongsu.web.django_setup import prepare_django


def run(args: Arguments, terminal: Terminal) -> int:
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


EXAMPLES = ("bongsu init", 'bongsu init /srv/node --name "National Institute of Statistics" --agency NIS')
PARAMETERS = (
    Argument("folder", required=False, metavar="DIR", type=read_path, help=N_("where to make it (default: --node)")),
    Option("--name", metavar="TEXT", default="Bongsu", help=N_("the node's name, as people read it")),
    Option("--agency", metavar="ID", default="BONGSU", help=N_("its SDMX agency id: capitals, digits and _")),
)
