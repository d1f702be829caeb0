"""`python -m bongsu.cli` is the command `bongsu`."""

import sys

from bongsu.cli import main

sys.exit(main())
