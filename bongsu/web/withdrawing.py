"""Withdraws a release: what will happen, and the action. `bongsu withdraw` and the operator's desk do the same by this."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from bongsu.core.reason import Reason
from bongsu.core.release import Release
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.node import Node
from bongsu.web.node_state.flow_state import list_dependants
from bongsu.web.scopes import target_of_dataflow


class Consequences(NamedTuple):
    """What follows a withdrawal: the release that is current then (None: there is none), the dataflows built from it, and the
    releases that are affected, of which readers are told.
    """

    current: Release | None
    dependants: list[str]
    affected: list[Release]


def foresee_withdrawal(node: Node, release: Release) -> Consequences:
    """Returns what withdrawing a release leads to."""
    others = [
        one for one in node.releases.all(release.dataflow) if one.withdrawal is None and one.number != release.number
    ]
    affected = node.releases.list_affected_by(release)
    return Consequences(others[-1] if others else None, list_dependants(node, release.dataflow), affected)


def withdraw_release(actor: Actor, node: Node, dataflow: str, number: int, reason: Reason) -> Release:
    """Withdraws a release; readers of the release see the reason. Raises BadInput, UnknownName, Missing, Refused,
    and Busy while a release is being sealed.

    The journal names who did it and why, as the audit does. If the records cannot be committed, the release is not withdrawn.
    """
    with (
        ExitStack() as files,
        act(actor, "release.withdraw", target_of_dataflow(node, dataflow), reason.text) as change,
    ):
        change.before = {"release": number, "withdrawn": None}
        release = files.enter_context(node.releases.withdrawing(dataflow, number, reason, by=actor.name))
        change.after = {"release": number, "withdrawn": release.withdrawal and release.withdrawal.at}
    return release
