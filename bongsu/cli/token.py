"""`bongsu token`: makes, lists and revokes the tokens with which an organisation's machines send reports."""

from __future__ import annotations

from bongsu.cli.commands import Argument, Arguments, Option, read_whole_number
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_


def run(args: Arguments, terminal: Terminal) -> int:
    """Makes a token and prints it once, revokes one, or lists all by their first characters."""
    node = open_records(args)
    from bongsu.people import organisations, tokens

    actor = command_actor()
    if args.revoke:
        ended = tokens.revoke_token(actor, args.revoke)
        node.journal.append("token-revoked", ended.organisation.name, token=ended.hint)
        terminal.result(
            {"revoked": ended.hint}, translate(N_("{token}… is no longer accepted.")).format(token=ended.hint)
        )
    elif args.organisation:
        owner = organisations.ensure_organisation(actor, args.organisation, args.title)
        token, secret = tokens.issue_token(actor, owner, args.purpose, args.days)
        node.journal.append("token-made", owner.name, token=token.hint)
        terminal.result(
            {
                "organisation": owner.name,
                "token": secret,
                "expires": token.expires.isoformat() if token.expires else None,
            },
            "\n".join([secret, translate(N_("Save it now: it is not stored and cannot be shown again."))]),
        )
    else:
        _list(terminal)
    return 0


def _list(terminal: Terminal) -> None:
    from bongsu.people.models import Token

    rows = [
        {
            "token": token.hint,
            "organisation": token.organisation.name,
            "purpose": token.purpose,
            "created": token.created.isoformat(timespec="seconds"),
            "expires": token.expires.isoformat(timespec="seconds") if token.expires else "",
            "revoked": token.revoked.isoformat(timespec="seconds") if token.revoked else "",
        }
        for token in Token.objects.select_related("organisation").order_by("organisation__name", "created")
    ]
    names = (N_("token"), N_("organisation"), N_("purpose"), N_("created"), N_("expires"), N_("revoked"))
    terminal.result(rows, format_table(names, [tuple(row.values()) for row in rows]))


EXAMPLES = (
    'bongsu token kaist --title KAIST --purpose "cluster 1" --days 365',
    "bongsu token",
    "bongsu token --revoke bongsu_a1b2",
)
PARAMETERS = (
    Argument(
        "organisation",
        metavar="ORGANISATION",
        required=False,
        help=N_("make a token for this organisation (its short name); without it, list all tokens"),
    ),
    Option("--title", metavar="TEXT", default="", help=N_("the organisation's name as people read it")),
    Option("--purpose", metavar="TEXT", default="", help=N_("what the token is for")),
    Option(
        "--days",
        metavar="N",
        type=read_whole_number,
        help=N_("for how many days it is valid (default: until revoked)"),
    ),
    Option("--revoke", metavar="START", help=N_("revoke the token that starts with this")),
)
