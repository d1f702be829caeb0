"""Questions between nodes in the reader's words, for pages and the command: states, reasons, purposes, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bongsu.core.report import Report
from bongsu.network.combine.cells import CombinedCell
from bongsu.network.models import Member, ReceivedQuestion, SentQuestion
from bongsu.network.peers import name_peer
from bongsu.network.questions.combined import CombinedAnswer
from bongsu.network.questions.states import purposes, reasons, state_names

Translate = Callable[[str], str]


class MemberInWords(NamedTuple):
    """A node of a question: its id and name, holding, state, since when (UTC), why it gives no answer, and what is wrong."""

    node: str
    title: str
    holding: str
    state: str
    since: str
    why: str
    trouble: str


def describe_member_in_words(member: Member, language: str, translate: Translate) -> MemberInWords:
    """Returns a node of a question in words."""
    return MemberInWords(
        member.peer_id,
        name_peer(member.peer.name, language, member.peer_id),
        member.holding,
        name_state(member.state, language),
        member.since.isoformat()[:16].replace("T", " "),
        _join(name_reason(member.code, language), member.report, translate),
        Report.from_json(member.trouble).describe(translate) if member.trouble else "",
    )


def describe_nodes_in_words(
    combined: CombinedAnswer, sent: SentQuestion, language: str, translate: Translate
) -> list[MemberInWords]:
    """Returns all nodes of a question in words, this node first if it is asked too."""
    found = [describe_member_in_words(one, language, translate) for one in combined.members]
    if (own := combined.own) is not None:
        title, state = name_peer(own["name"], language, own["node"]), name_state(own["state"], language)
        moment = sent.asked.isoformat()[:16].replace("T", " ")
        words = MemberInWords(own["node"], title, own["holding"], state, moment, name_reason(own["code"], language), "")
        found.insert(0, words)
    return found


def name_nodes(combined: CombinedAnswer, language: str) -> dict[str, str]:
    """Returns the names of the nodes of a question."""
    own = (
        {combined.own["node"]: name_peer(combined.own["name"], language, combined.own["node"])} if combined.own else {}
    )
    return own | {one.peer_id: name_peer(one.peer.name, language, one.peer_id) for one in combined.members}


def _join(text: str, report: Mapping[str, Any] | None, translate: Translate) -> str:
    return " ".join(part for part in (text, Report.from_json(report).describe(translate) if report else "") if part)


def name_state(state: str, language: str) -> str:
    """Returns a state in words."""
    return state_names()[state].to(language)


def name_reason(code: str, language: str) -> str:
    """Returns a reason in words; “” without one."""
    return reasons()[code].to(language) if code in reasons() else code


def name_purpose(code: str, language: str) -> str:
    """Returns a purpose in words."""
    return purposes()[code].to(language) if code in purposes() else code


def describe_why(row: ReceivedQuestion, language: str, translate: Translate) -> str:
    """Returns why a received question has no answer, with what only this node knows."""
    return _join(name_reason(row.code, language), row.report, translate)


def list_left_out(cell: CombinedCell, combined: CombinedAnswer, language: str) -> list[str]:
    """Returns the nodes that are not in a combined value, each with the reason, such as “Office b: waits for a person”."""
    titles = name_nodes(combined, language)
    return [f"{titles.get(node, node)}: {_name_status(status, language)}" for node, status in cell.left_out]


def _name_status(status: str, language: str) -> str:
    if status in state_names():
        return name_state(status, language)
    return name_reason(status, language)
