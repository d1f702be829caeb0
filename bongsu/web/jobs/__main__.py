"""The process of one job, which `bongsu tend` starts: python -m bongsu.web.jobs NODE KEY HOLDER."""

import sys
from pathlib import Path

from bongsu.web.django_setup import setup_django

if __name__ == "__main__":
    setup_django(Path(sys.argv[1]))
    from bongsu.store.node import Node
    from bongsu.web.jobs.child import run_job

    sys.exit(run_job(Node(Path(sys.argv[1])), key=sys.argv[2], holder=sys.argv[3]))
