"""The records of people, for the commands that read or change them, and who runs the command."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import Arguments
from bongsu.web.django_setup import has_database, prepare_django

if TYPE_CHECKING:
    from bongsu.people.access import Actor
    from bongsu.store.node import Node


def open_records(args: Arguments) -> Node:
    """Opens the node and prepares its records; only then can bongsu.people be imported."""
    from bongsu.store.node import Node

    node = Node(Path(args.node))
    prepare_django(node.root)
    return node


def read_records(root: Path) -> None:
    """Prepares the records if the node has any, for commands that also work without them."""
    if has_database(root):
        prepare_django(root)


def command_actor() -> Actor:
    """Returns the user of the operating system, as the audit names who runs the command. Needs `open_records`."""
    from bongsu.people.access import Actor

    return Actor.of_command(_user())


def command_name() -> str:
    """Returns the same as text, without the records."""
    return f"command {_user()}"


def _user() -> str:
    try:
        return getpass.getuser()[:60]
    except (OSError, KeyError):  # a container whose user has no name
        return "unknown"
