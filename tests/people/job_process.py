"""The process of one job, for tests: python -m tests.people.job_process NODE KEY HOLDER, with the runners of this file.

The argument `do` of the job: `tick` writes a line to `file`; `wait` does, and ends when FILE.go exists; `build` seals one
release after the other, each with a note, until it is stopped; `deaf` ignores what is asked of it, as a long query does.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from datetime import timedelta
from pathlib import Path


def main(folder: str, key: str, holder: str) -> int:
    from bongsu.web.django_setup import setup_django

    setup_django(Path(folder))
    from bongsu.core.report import Report
    from bongsu.people.models import Job
    from bongsu.store.node import Node
    from bongsu.web.jobs import child, kinds
    from bongsu.web.long_actions.progress import Progress
    from tests.store.drafts import draft, rows

    child.GRACE = timedelta(seconds=float(os.environ.get("GRACE", "10")))

    def run(node: Node, job: Job, progress: Progress) -> kinds.Outcome:
        file, do = Path(job.arguments["file"]), job.arguments["do"]
        with file.open("a") as lines:
            lines.write("began\n")
        with progress.stage("Doing {what}", 3, what=do) as step:
            step()
            while do == "wait" and not Path(f"{file}.go").exists():
                time.sleep(0.01)
            while do == "deaf":
                with contextlib.suppress(BaseException):
                    time.sleep(60)
            number = 0
            while do == "build":
                number += 1
                node.releases.seal(draft(rows(number)))
                progress.note("sealed {number}", number=number)
        return kinds.Outcome(Report("ticked"), {"file": str(file)})

    runner = kinds.Runner(lambda node, values: kinds.JobRequest({}), run)
    return child.run_job(Node(Path(folder)), key, holder, runners=dict.fromkeys(kinds.RUNNERS, runner))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
