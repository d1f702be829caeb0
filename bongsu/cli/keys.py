"""`bongsu keys`: shows the node's card with the fingerprint of its root key, and renews, replaces and revokes keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli.commands import Arguments, Command, Option
from bongsu.cli.language import translate
from bongsu.cli.records import open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, Missing

if TYPE_CHECKING:
    from datetime import datetime

    from bongsu.core.node_card import Card
    from bongsu.store.disk.node_keys import About
    from bongsu.store.node import Node


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints the fingerprint of the root key and the signing keys."""
    from bongsu.store.node import Node

    card = Node(Path(args.node)).keys.card
    if card is None:
        raise Missing(N_("This node has no keys yet."), fix=N_("“bongsu keys renew” makes them."))
    _print_card(card, terminal)
    return 0


def run_renew(args: Arguments, terminal: Terminal) -> int:
    """Renews the card if it is due; the first time, makes the keys."""
    node, about, now = _open(args)
    before = node.keys.card
    card = node.keys.renew(about, now)
    if before is None or before.signing != card.signing:
        node.journal.append("key-made", card.signing[-1].id, card=card.version)
    _print_card(card, terminal)
    return 0


def run_replace(args: Arguments, terminal: Terminal) -> int:
    """Makes a new signing key, and revokes one if asked to."""
    node, about, now = _open(args)
    card = node.keys.replace_signing_key(about, now, args.revoke or "")
    node.journal.append("key-made", card.signing[-1].id, card=card.version, revoked=args.revoke or "", why=args.why)
    _print_card(card, terminal)
    return 0


def run_replace_root(args: Arguments, terminal: Terminal) -> int:
    """Makes a new root key; the old one signs for it."""
    node, about, now = _open(args)
    card = node.keys.replace_root(about, now)
    node.journal.append("root-replaced", card.node, card=card.version, fingerprint=card.fingerprint, why=args.why)
    _print_card(card, terminal)
    return 0


def _open(args: Arguments) -> tuple[Node, About, datetime]:
    node = open_records(args)
    from bongsu.web.lease import read_clock
    from bongsu.web.site_address import describe_node

    return node, describe_node(node), read_clock()


def _print_card(card: Card, terminal: Terminal) -> None:
    rows = [
        {"key": key.id, "from": key.since, "until": key.until, "revoked": key.revoked, "public": key.key}
        for key in card.signing
    ]
    names = (N_("key"), N_("from"), N_("until"), N_("revoked"))
    table = format_table(names, [(key.id, key.since, key.until, key.revoked or "") for key in card.signing])
    text = translate(N_("Fingerprint of the root key: {fingerprint}\nCard {version}, until {until}.")).format(
        fingerprint=card.fingerprint, version=card.version, until=card.expires
    )
    result = {"node": card.node, "fingerprint": card.fingerprint, "card": card.version, "expires": card.expires}
    terminal.result({**result, "keys": rows}, f"{text}\n\n{table}")


_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the journal"))
ACTIONS = (
    Command("show", N_("show the fingerprint and the signing keys"), run_show, (), ("bongsu keys show",)),
    Command("renew", N_("renew the card, and make a key if one is due"), run_renew, (), ("bongsu keys renew",)),
    Command(
        "replace",
        N_("make a new signing key, and revoke one"),
        run_replace,
        (Option("--revoke", metavar="KEY", help=N_("a key that must not be trusted any more")), _WHY),
        ('bongsu keys replace --revoke 3f2a9c0d11e4b5a7#1 --why "the disk was stolen"',),
    ),
    Command(
        "replace-root",
        N_("make a new root key, signed by the old one"),
        run_replace_root,
        (_WHY,),
        ("bongsu keys replace-root",),
    ),
)
