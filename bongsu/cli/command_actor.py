"""Who runs the command, as the audit names it: the user of the operating system."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bongsu.people.access import Actor


def command_actor() -> Actor:
    """Returns the actor of this process. Needs Django (`prepare_django`)."""
    from bongsu.people.access import Actor

    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        user = "unknown"
    return Actor.of_command(user[:60])
