"""Takes the raw files of the programmes' sources as snapshots, adds up the meters, and takes the own dataflows.

Where a source lives is asked first; the copy that is shipped serves until its table has come from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bongsu.core.errors import N_, BongsuError
from bongsu.core.provenance import Snapshot
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_folders import list_flow_ids, take_flow
from bongsu.store.own_flows.node_programmes import find_programmes
from bongsu.store.sources.asking import HELD, NEW, Asked
from bongsu.store.tables.programmes import OWN_PROGRAMME
from bongsu.web.long_actions.progress import Progress
from bongsu.web.long_actions.sources import ask_due


@dataclass(frozen=True)
class TakeReport:
    """Every snapshot with whether it is new; what is wrong with own dataflows that were not taken, and with sources whose
    tables have drifted; and what came of the sources that were asked.
    """

    taken: tuple[tuple[Snapshot, bool], ...]
    wrong: tuple[BongsuError, ...]
    asked: tuple[Asked, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """Returns every snapshot, for --json and the record of a job."""
        return [{**snapshot.to_json(), "new": new} for snapshot, new in self.taken]


def take(node: Node, programme: str, progress: Progress) -> TakeReport:
    """Takes each source of a programme, or of all. An own dataflow that is wrong does not keep the others from being taken."""
    asked = ask_due(node, programme, progress)
    taken = [(one.snapshot, True) for one in asked if one.outcome == NEW and one.snapshot]
    fresh = {snapshot.name for snapshot, _ in taken}
    wrong = [one.error for one in asked if one.outcome == HELD and one.error]
    for one in find_programmes(node, programme):
        with progress.stage(N_("Taking {programme}"), len(one.sources), programme=one.name) as step:
            for source in one.sources:
                if source.name not in fresh:
                    taken.append(node.snapshots.take(source))
                step()
        if one.name == "energy":
            taken.extend(add_up_meters(node))
        if one.name == OWN_PROGRAMME:
            for id_ in list_flow_ids(node):
                try:
                    taken.extend(take_flow(node, id_))
                except BongsuError as error:
                    wrong.append(error)
    return TakeReport(tuple(taken), tuple(wrong), tuple(asked))


def add_up_meters(node: Node) -> Iterator[tuple[Snapshot, bool]]:
    """Saves a snapshot of the sums of each organisation's meters, with estimated tokens."""
    from bongsu.energy.intake.node_reports import snapshot_energy
    from bongsu.energy.intake.token_energy import estimate_tokens

    for snapshot, new, _ in snapshot_energy(node, datetime.now(UTC).date(), _read_titles(node), estimate_tokens):
        yield snapshot, new


def _read_titles(node: Node) -> dict[str, str]:
    """Returns the organisations' display names; empty if the node has no reports."""
    if not node.report_log.organisations():
        return {}
    from bongsu.web.django_setup import prepare_django

    prepare_django(node.root)
    from bongsu.people.organisations import organisation_titles

    return organisation_titles()
