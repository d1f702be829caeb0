"""`bongsu peer`: introduces other nodes by their fingerprints, says what they are trusted with, and fetches their releases."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_whole_number
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, BadInput, BongsuError

if TYPE_CHECKING:
    from bongsu.core.release import Release
    from bongsu.network.models import Peer
    from bongsu.store.node import Node


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Fetches a node's card, proposes the node, and sends it our card."""
    node, now = _open(args)
    from bongsu.network.peers import add_peer, introduce_ourselves

    peer = add_peer(command_actor(), node, args.url, now)
    try:
        introduce_ourselves(node, peer, now)
        told = True
    except BongsuError:  # its operators add this node by hand
        told = False
    card = node.keys.card
    lines = [
        translate(N_("Its fingerprint: {fingerprint}")).format(fingerprint=peer.fingerprint),
        translate(N_("Ours: {fingerprint}")).format(fingerprint=card.fingerprint if card else "–"),
        translate(
            N_("Call the operators of that node and compare. Then: bongsu peer confirm {node} FINGERPRINT")
        ).format(node=peer.node),
    ]
    if not told:
        lines.append(translate(N_("Our card could not be sent: the other side adds this node by hand.")))
    data = {**_describe(peer), "our_fingerprint": card.fingerprint if card else None, "introduced": told}
    terminal.result(data, "\n".join(lines))
    return 0


def run_confirm(args: Arguments, terminal: Terminal) -> int:
    """Confirms a peer by the fingerprint that its operators read out."""
    node, now = _open(args)
    from bongsu.network.peers import confirm_peer, find_peer

    return _print(
        confirm_peer(command_actor(), node, find_peer(args.peer), args.fingerprint, now, args.group), terminal
    )


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists peers with their states and the health of their logs."""
    _open(args)
    from bongsu.network.models import Peer
    from bongsu.network.states import peer_states

    rows = [_describe(peer) for peer in Peer.objects.order_by("url")]
    names = (N_("node"), N_("state"), N_("address"), N_("log read"), N_("lines"), N_("what is wrong"))
    table = [
        (
            row["node"],
            peer_states()[row["state"]].title.to(get_language()),
            row["url"],
            (row["pulled"] or "–")[:16],
            row["lines"],
            row["trouble"] or "",
        )
        for row in rows
    ]
    terminal.result(rows, format_table(names, table))
    return 0


def run_trust(args: Arguments, terminal: Terminal) -> int:
    """Adds or withdraws a row of trust, or lists the rows of a peer."""
    node, now = _open(args)
    from bongsu.network.models import Trust
    from bongsu.network.peers import find_peer, trust_peer, withdraw_trust
    from bongsu.network.trusting import check_subject

    peer = find_peer(args.peer)
    if args.withdraw and not args.what:
        raise BadInput(N_("Say what trust is withdrawn, such as releases."))
    if args.withdraw:
        withdraw_trust(command_actor(), peer, args.what, args.subject, args.why)
    elif args.what:
        check_subject(node, peer, args.what, args.subject)
        trust_peer(command_actor(), peer, args.what, args.subject, now, read_date(args.until), args.why)
    rows = [
        {"what": row.what, "subject": row.subject, "until": str(row.until or ""), "decided_by": row.decided_by}
        for row in Trust.objects.filter(peer=peer).order_by("what", "subject")
    ]
    names = (N_("what"), N_("subject"), N_("until"), N_("decided by"))
    terminal.result(rows, format_table(names, [tuple(row.values()) for row in rows]))
    return 0


def run_suspend(args: Arguments, terminal: Terminal) -> int:
    """Suspends a peer."""
    node, now = _open(args)
    from bongsu.network.peers import find_peer, suspend_peer

    return _print(suspend_peer(command_actor(), node, find_peer(args.peer), args.why, now), terminal)


def run_end(args: Arguments, terminal: Terminal) -> int:
    """Ends the relation to a peer."""
    node, now = _open(args)
    from bongsu.network.peers import end_peer, find_peer

    return _print(end_peer(command_actor(), node, find_peer(args.peer), args.why, now), terminal)


def run_fetch(args: Arguments, terminal: Terminal) -> int:
    """Reads the log of a peer now, and fetches what is due or one release."""
    node, now = _open(args)
    from bongsu.network.fetching import fetch_now
    from bongsu.network.peers import find_peer

    peer = find_peer(args.peer)
    releases, withdrawn = fetch_now(command_actor(), node, peer, args.dataflow.upper(), args.number, now)
    folder = node.peers.folder(peer.node)
    data = {
        "node": peer.node,
        "lines": folder.reached.size,
        "releases": [release.name for release in releases],
        "withdrawn": [release.name for release in withdrawn],
    }
    lines = [
        translate(N_("Lines of the log: {lines}. Releases received: {releases}.")).format(
            lines=data["lines"], releases=", ".join(release.name for release in releases) or "–"
        )
    ]
    lines += [_describe_withdrawal(release) for release in withdrawn]
    terminal.result(data, "\n".join(lines))
    return 0


def _describe_withdrawal(release: Release) -> str:
    reason = release.withdrawal.reason if release.withdrawal else ""
    return translate(N_("Withdrawn by the peer: {release}. {reason}")).format(release=release.name, reason=reason)


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Shows a peer: its card, trust, releases and evidence."""
    node, _ = _open(args)
    from bongsu.network.models import Trust
    from bongsu.network.peers import find_peer
    from bongsu.network.states import peer_states

    peer = find_peer(args.peer)
    folder = node.peers.folder(peer.node)
    releases = folder.list_releases()
    trusts = [
        {"what": row.what, "subject": row.subject, "until": str(row.until or ""), "decided_by": row.decided_by}
        for row in Trust.objects.filter(peer=peer).order_by("what", "subject")
    ]
    data = {
        **_describe(peer),
        "trust": trusts,
        "releases": [{"name": one.name, "withdrawn": one.withdrawal is not None} for one in releases],
        "evidence": folder.list_evidence(),
    }
    state = peer_states()[peer.state]
    facts = (
        (N_("node"), peer.node),
        (N_("address"), peer.url),
        (N_("state"), f"{state.title.to(get_language())}. {state.help.to(get_language())}"),
        (N_("agency"), peer.agency),
        (N_("group"), peer.group or "–"),
        (N_("fingerprint"), peer.fingerprint),
        (N_("card until"), peer.card_expires),
        (N_("log read"), (data["pulled"] or "–")[:16]),
        (N_("what is wrong"), data["trouble"] or "–"),
        (N_("evidence"), ", ".join(data["evidence"]) or "–"),
    )
    lines = [f"{translate(name)}: {value}" for name, value in facts]
    lines += [f"{row['what']}: {row['subject']} {row['until']}".rstrip() for row in trusts]
    lines += [_describe_withdrawal(one) if one.withdrawal else one.name for one in releases]
    terminal.result(data, "\n".join(lines))
    return 0


def _open(args: Arguments) -> tuple[Node, datetime]:
    node = open_records(args)
    from bongsu.web.lease import read_clock

    return node, read_clock()


def _print(peer: Peer, terminal: Terminal) -> int:
    from bongsu.network.states import peer_states

    state = peer_states()[peer.state]
    terminal.result(_describe(peer), f"{peer.url}: {state.title.to(get_language())}. {state.help.to(get_language())}")
    return 0


def _describe(peer: Peer) -> dict[str, Any]:
    from bongsu.core.report import Report

    return {
        "node": peer.node,
        "state": peer.state,
        "url": peer.url,
        "name": peer.name,
        "agency": peer.agency,
        "group": peer.group,
        "fingerprint": peer.fingerprint,
        "card": peer.card_version,
        "card_expires": peer.card_expires,
        "pulled": peer.pulled.isoformat() if peer.pulled else None,
        "lines": peer.size,
        "witnesses_lines": peer.witnessed_size,
        "trouble": Report.from_json(peer.trouble).describe(translate) if peer.trouble else None,
    }


def read_date(text: str) -> date | None:
    """Converts the text of an option; None without one. Raises BadInput."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(N_("“{value}” is not a valid date."), value=text, fix=N_("Write it as 2027-12-31.")) from None


_PEER = Argument("peer", metavar="NODE", help=N_("the id of the peer, or its beginning"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
ACTIONS = (
    Command(
        "add",
        N_("fetch the card of a node, and show the fingerprints to compare"),
        run_add,
        (Argument("url", metavar="URL", help=N_("the address of the node, such as https://stat.example")),),
        ("bongsu peer add https://stat.example",),
    ),
    Command(
        "confirm",
        N_("confirm a peer by the fingerprint that its operators read out"),
        run_confirm,
        (
            _PEER,
            Argument("fingerprint", metavar="FINGERPRINT", help=N_("16 groups of four digits")),
            Option("--group", metavar="NAME", default="", help=N_("nodes of one group count as one")),
        ),
        ('bongsu peer confirm 3f2a9c0d11e4b5a7 "0123 4567 8901 …"',),
    ),
    Command("list", N_("list peers with their states"), run_list, (), ("bongsu peer list",)),
    Command(
        "show",
        N_("show a peer with its trust, releases and evidence"),
        run_show,
        (_PEER,),
        ("bongsu peer show 3f2a9c0d11e4b5a7",),
    ),
    Command(
        "trust",
        N_("say what a peer is trusted with, or list it"),
        run_trust,
        (
            _PEER,
            Argument(
                "what", metavar="WHAT", required=False, default="", help=N_("releases, questions, sums or statements")
            ),
            Option("--subject", metavar="NAME", default="*", help=N_("a dataflow, holding or form; all without it")),
            Option("--until", metavar="DATE", default="", help=N_("the last day")),
            Option("--withdraw", is_flag=True, help=N_("withdraw the trust")),
            _WHY,
        ),
        ("bongsu peer trust 3f2a9c0d11e4b5a7 releases --subject GRID_INTENSITY --until 2027-12-31",),
    ),
    Command(
        "suspend",
        N_("read nothing of a peer until it is confirmed again"),
        run_suspend,
        (_PEER, _WHY),
        ('bongsu peer suspend 3f2a9c0d11e4b5a7 --why "its operators do not answer"',),
    ),
    Command(
        "end",
        N_("end the relation to a peer"),
        run_end,
        (_PEER, _WHY),
        ('bongsu peer end 3f2a9c0d11e4b5a7 --why "agreed"',),
    ),
    Command(
        "fetch",
        N_("read the log of a peer now, and fetch releases"),
        run_fetch,
        (
            _PEER,
            Argument(
                "dataflow", metavar="DATAFLOW", required=False, default="", help=N_("a dataflow; else what is due")
            ),
            Option("--number", metavar="N", type=read_whole_number, help=N_("a release of it; else the newest")),
        ),
        ("bongsu peer fetch 3f2a9c0d11e4b5a7", "bongsu peer fetch 3f2a9c0d11e4b5a7 GRID_INTENSITY --number 3"),
    ),
)
