"""A process that tends one duty, for tests: python -m tests.people.tending NODE DUTY BEHAVIOUR FILE.

`tick` appends a line to FILE; `hang` appends a line and never ends; `wait` ends when FILE.go exists; `mail` sends what is due.
RENEWED is how often the lease is renewed, in seconds. Writes the outcomes.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path


def main(folder: str, name: str, behaviour: str, file: str) -> None:
    from bongsu.web.django_setup import setup_django

    setup_django(Path(folder))
    from bongsu.core.report import Report
    from bongsu.people import outbox
    from bongsu.store.node import Node
    from bongsu.web.duties import records
    from bongsu.web.duties.table import Duty
    from bongsu.web.duties.tending import run_due

    if "RENEWED" in os.environ:
        records.RENEWED_EVERY = timedelta(seconds=float(os.environ["RENEWED"]))

    def do(node: Node, now: datetime) -> Report:
        if behaviour == "mail":
            return Report("sent {count}", {"count": outbox.send_due()})
        with Path(file).open("a") as lines:
            lines.write("began\n")
        while behaviour == "hang" or (behaviour == "wait" and not Path(f"{file}.go").exists()):
            time.sleep(0.01)
        return Report()

    runs = run_due(Node(Path(folder)), duties=(Duty(name, timedelta(days=1), do, ""),))
    sys.stdout.write(" ".join(run.outcome for run in runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
