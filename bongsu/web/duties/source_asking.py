"""The duty that asks sources for their newest files, each as often as it changes."""

from __future__ import annotations

from datetime import datetime

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.store.node import Node
from bongsu.web.long_actions.progress import Silence
from bongsu.web.long_actions.sources import ask_due, count_outcomes


def ask_sources(node: Node, now: datetime) -> Report:
    """Asks the sources that are due. What is held or failed is in `bongsu source list`; what stood before stands."""
    asked = ask_due(node, "", Silence(), now)
    return Report(N_("Sources asked: {asked}; new: {new}, held: {held}, failed: {failed}."), count_outcomes(asked))
