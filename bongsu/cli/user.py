"""`bongsu user`: the people of the node: add, invite, list, grant and end roles, deactivate, export, erase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.people.models import Person


def _find(args: Arguments) -> Person:
    from bongsu.people.persons import find_person

    return find_person(args.person)


def _sign_in_address(address: str) -> str:
    from bongsu.people.links import make_link
    from bongsu.web.site_address import site_address

    _, secret = make_link("sign-in", address)
    return site_address(None, "sign-in-link", secret)


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds a person and prints a link with which she signs in once."""
    open_records(args)
    from bongsu.people.addresses import normalise_address
    from bongsu.people.first_operator import add_operator
    from bongsu.people.persons import ensure_person

    address = normalise_address(args.address)
    if args.operator:
        person = add_operator(command_actor(), address, args.name)
    else:
        person = ensure_person(command_actor(), address, args.name)
    link = _sign_in_address(address)
    terminal.result(
        {"id": str(person.pk), "email": address, "link": link},
        translate(N_("{address} can sign in with this link, once, within 20 minutes:\n{link}")).format(
            address=address, link=link
        ),
    )
    return 0


def run_link(args: Arguments, terminal: Terminal) -> int:
    """Prints a link that signs a person in once."""
    open_records(args)
    person = _find(args)
    if not person.email or not person.is_active:
        raise BadInput(N_("This person cannot sign in."))
    link = _sign_in_address(person.email)
    terminal.result({"id": str(person.pk), "link": link}, link)
    return 0


def run_invite(args: Arguments, terminal: Terminal) -> int:
    """Invites an address; the mail goes to the outbox, and the link is printed."""
    name = open_records(args).identity.name
    from bongsu.people.invitation_mail import send_invitation
    from bongsu.people.invitations import Offer
    from bongsu.web.site_address import site_address

    kind, _, id_ = (args.scope or "node").partition(" ")
    offer = Offer(args.organisation or "", args.role or "", kind, id_)
    link = send_invitation(
        command_actor(), args.address, offer, name, "", lambda secret: site_address(None, "invitation", secret)
    )
    terminal.result({"email": args.address, "link": link}, link)
    return 0


def run_invitations(args: Arguments, terminal: Terminal) -> int:
    """Lists the invitations that were not accepted yet, or withdraws one."""
    open_records(args)
    from bongsu.people.invitation_mail import describe_offer
    from bongsu.people.invitations import find_invitation, offer_of, open_invitations, withdraw_invitation

    if args.withdraw:
        link = find_invitation(args.withdraw)
        withdraw_invitation(command_actor(), link, args.why)
        text = translate(N_("The invitation to {address} was withdrawn.")).format(address=link.address)
        terminal.result({"email": link.address, "withdrawn": True}, text)
        return 0
    rows = [
        {
            "email": link.address,
            "offer": describe_offer(offer_of(link), get_language()),
            "until": f"{link.expires:%Y-%m-%d}",
        }
        for link in open_invitations()
    ]
    table = [tuple(row.values()) for row in rows]
    names = (N_("e-mail"), N_("invited to"), N_("until"))
    terminal.result(rows, format_table(names, table) if rows else translate(NOTHING_TO_SHOW))
    return 0


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists people with their roles."""
    open_records(args)
    from bongsu.people.access import active_grants
    from bongsu.people.models import Grant, Person

    grants: dict[object, list[str]] = {}
    for grant in Grant.objects.filter(active_grants()).order_by("role"):
        grants.setdefault(grant.person_id, []).append(
            f"{grant.role} ({grant.scope_kind} {grant.scope_id})".replace(" )", ")")
        )
    rows = [
        {
            "id": str(person.pk),
            "email": person.email or "",
            "name": person.name,
            "active": person.is_active,
            "roles": grants.get(person.pk, []),
            "last sign-in": person.last_login.isoformat(timespec="seconds") if person.last_login else "",
        }
        for person in Person.objects.filter(erased=None).order_by("created")
    ]
    table = [
        (
            row["email"],
            row["name"],
            ", ".join(row["roles"]),
            translate(N_("yes") if row["active"] else N_("no")),
            row["last sign-in"],
            row["id"],
        )
        for row in rows
    ]
    terminal.result(
        rows, format_table((N_("e-mail"), N_("name"), N_("roles"), N_("active"), N_("last sign-in"), "id"), table)
    )
    return 0


def run_grant(args: Arguments, terminal: Terminal) -> int:
    """Grants a role for a scope."""
    open_records(args)
    from bongsu.people.granting import describe_grant, grant_role

    until = None
    if args.until:
        try:
            until = datetime.fromisoformat(args.until).replace(tzinfo=UTC)
        except ValueError:
            raise BadInput(
                N_("“{moment}” is not a valid date."), fix=N_("Write it as 2026-04-01."), moment=args.until
            ) from None
    kind, _, id_ = args.scope.partition(" ")
    grant = grant_role(command_actor(), _find(args), args.role, (kind, id_), until, args.why)
    terminal.result(describe_grant(grant), translate(N_("Granted: {grant}.")).format(grant=grant))
    return 0


def run_end(args: Arguments, terminal: Terminal) -> int:
    """Ends a role of a person."""
    open_records(args)
    from bongsu.people.granting import end_grant, find_role
    from bongsu.people.models import Grant

    find_role(args.role)
    kind, _, id_ = args.scope.partition(" ")
    grant = Grant.objects.filter(person=_find(args), role=args.role, scope_kind=kind, scope_id=id_, ended=None).first()
    if grant is None:
        raise BadInput(N_("This person does not hold the role {role} for: {scope}."), role=args.role, scope=args.scope)
    end_grant(command_actor(), grant, args.why)
    terminal.result({"ended": str(grant)}, translate(N_("Ended: {grant}.")).format(grant=grant))
    return 0


def run_deactivate(args: Arguments, terminal: Terminal) -> int:
    """Deactivates a person, or takes her back."""
    open_records(args)
    from bongsu.people.persons import set_person_active

    person = _find(args)
    set_person_active(command_actor(), person, args.back, args.why)
    text = N_("{person} can sign in again.") if args.back else N_("{person} can no longer sign in.")
    terminal.result({"id": str(person.pk), "active": args.back}, translate(text).format(person=person))
    return 0


def run_export(args: Arguments, terminal: Terminal) -> int:
    """Writes everything the node stores about a person into a ZIP file."""
    open_records(args)
    from bongsu.people.persons import export_person

    person = _find(args)
    args.file.write_bytes(export_person(command_actor(), person))
    terminal.result({"id": str(person.pk), "file": str(args.file)}, str(args.file))
    return 0


def run_erase(args: Arguments, terminal: Terminal) -> int:
    """Erases a person."""
    open_records(args)
    from bongsu.people.persons import erase_person

    person = _find(args)
    erase_person(command_actor(), person, args.why)
    terminal.result({"id": str(person.pk)}, translate(N_("Erased: {id}.")).format(id=person.pk))
    return 0


def run_show(args: Arguments, terminal: Terminal) -> int:
    """Prints what the page of a person shows."""
    open_records(args)
    from allauth.account.models import EmailAddress

    person = _find(args)
    data: dict[str, Any] = {
        "id": str(person.pk),
        "name": person.name,
        "active": person.is_active,
        "last sign-in": person.last_login.isoformat(timespec="seconds") if person.last_login else "",
        "addresses": [
            {"email": one.email, "confirmed": one.verified}
            for one in EmailAddress.objects.filter(user=person).order_by("-primary", "email")
        ],
        "organisations": [
            {"name": one.organisation.name, "since": str(one.since), "until": str(one.until or "")}
            for one in person.affiliations.select_related("organisation").order_by("until", "-since")
        ],
        "roles": [str(grant) for grant in person.grants.filter(ended=None).order_by("role", "scope_kind", "scope_id")],
    }
    lines = [f"{person}  {person.pk}"]
    lines += [f"{one['email']}  ({translate(_CONFIRMED[one['confirmed']])})" for one in data["addresses"]]
    lines += [f"{one['name']}  {one['since']} – {one['until']}" for one in data["organisations"]]
    terminal.result(data, "\n".join([*lines, *data["roles"]]))
    return 0


def run_end_sessions(args: Arguments, terminal: Terminal) -> int:
    """Signs a person out everywhere."""
    open_records(args)
    from bongsu.people.persons import end_all_sessions

    person = _find(args)
    end_all_sessions(command_actor(), person, args.why)
    terminal.result({"id": str(person.pk)}, translate(N_("{person} was signed out everywhere.")).format(person=person))
    return 0


def run_roles(args: Arguments, terminal: Terminal) -> int:
    """Lists the roles with their holders, or rules whether a role demands a second step."""
    open_records(args)
    from bongsu.people.access import active_grants, demands_two_steps, roles
    from bongsu.people.granting import require_two_steps
    from bongsu.people.models import Grant

    if args.two_step:
        if not args.role:
            raise BadInput(N_("Name the role for which --two-step is meant."))
        require_two_steps(command_actor(), args.role, args.two_step == "yes")
    held: dict[str, list[str]] = {}
    for grant in Grant.objects.filter(active_grants()).select_related("person").order_by("scope_kind", "scope_id"):
        held.setdefault(grant.role, []).append(
            f"{grant.person} ({grant.scope_kind} {grant.scope_id})".replace(" )", ")")
        )
    rows: list[dict[str, Any]] = [
        {
            "role": role.name,
            "scopes": list(role.scopes),
            "granted_by": list(role.granted_by),
            "two_step": demands_two_steps(role.name),
            "held_by": held.get(role.name, []),
        }
        for role in roles().values()
        if args.role in ("", role.name)
    ]
    table = [
        (
            row["role"],
            ", ".join(row["scopes"]),
            ", ".join(row["granted_by"]),
            translate(N_("yes") if row["two_step"] else N_("no")),
            ", ".join(row["held_by"]),
        )
        for row in rows
    ]
    names = (N_("role"), N_("for"), N_("granted by"), N_("two steps"), N_("held by"))
    terminal.result(rows, format_table(names, table))
    return 0


_CONFIRMED = {True: N_("confirmed"), False: N_("not confirmed")}
_PERSON = Argument("person", metavar="PERSON", help=N_("an address or id of the person"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
_SCOPE = Option(
    "--scope",
    metavar='"KIND ID"',
    default="node",
    help=N_('what the role is for, such as "organisation kaist" (default: node)'),
)
_ROLE = Argument("role", metavar="ROLE", help=N_("the role, such as operator or editor"))
ACTIONS = (
    Command(
        "add",
        N_("add a person and print a sign-in link"),
        run_add,
        (
            Argument("address", metavar="ADDRESS", help=N_("the person's e-mail address")),
            Option("--name", metavar="TEXT", default="", help=N_("the person's name")),
            Option("--operator", is_flag=True, help=N_("make the person an operator of the node")),
        ),
        ("bongsu user add --operator kim@stat.example",),
    ),
    Command(
        "link",
        N_("print a link that signs a person in, once"),
        run_link,
        (_PERSON,),
        ("bongsu user link kim@stat.example",),
    ),
    Command(
        "invite",
        N_("invite an address to an organisation or a role"),
        run_invite,
        (
            Argument("address", metavar="ADDRESS", help=N_("the e-mail address to invite")),
            Option("--organisation", metavar="NAME", default="", help=N_("invite as a member of this organisation")),
            Option("--role", metavar="ROLE", default="", help=N_("invite to this role")),
            _SCOPE,
        ),
        ("bongsu user invite lee@kaist.example --organisation kaist",),
    ),
    Command(
        "invitations",
        N_("list invitations that were not accepted yet, or withdraw one"),
        run_invitations,
        (
            Option("--withdraw", metavar="ADDRESS", default="", help=N_("withdraw the invitation to this address")),
            Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit")),
        ),
        ("bongsu user invitations", "bongsu user invitations --withdraw lee@kaist.example"),
    ),
    Command("list", N_("list people with their roles"), run_list, (), ("bongsu user list",)),
    Command(
        "show",
        N_("print a person's addresses, organisations and roles"),
        run_show,
        (_PERSON,),
        ("bongsu user show kim@stat.example",),
    ),
    Command(
        "roles",
        N_("list roles with their holders, or rule whether a role demands a second step"),
        run_roles,
        (
            Argument("role", metavar="ROLE", required=False, default="", help=N_("this role only")),
            Option(
                "--two-step",
                choices=("yes", "no"),
                help=N_("whether its holders must sign in with a second step"),
            ),
        ),
        ("bongsu user roles", "bongsu user roles operator --two-step yes"),
    ),
    Command(
        "end-sessions",
        N_("sign a person out everywhere"),
        run_end_sessions,
        (_PERSON, _WHY),
        ("bongsu user end-sessions kim@stat.example",),
    ),
    Command(
        "grant",
        N_("grant a role"),
        run_grant,
        (
            _PERSON,
            _ROLE,
            _SCOPE,
            Option("--until", metavar="DATE", default="", help=N_("when it ends (default: never)")),
            _WHY,
        ),
        ("bongsu user grant kim@stat.example editor",),
    ),
    Command(
        "end",
        N_("end a role"),
        run_end,
        (_PERSON, _ROLE, _SCOPE, _WHY),
        ("bongsu user end kim@stat.example editor",),
    ),
    Command(
        "deactivate",
        N_("end a person's sessions and refuse further sign-in"),
        run_deactivate,
        (_PERSON, Option("--back", is_flag=True, help=N_("let the person sign in again instead")), _WHY),
        ('bongsu user deactivate kim@stat.example --why "left the institute"',),
    ),
    Command(
        "export",
        N_("write what the node stores about a person into a ZIP file"),
        run_export,
        (_PERSON, Argument("file", metavar="FILE", type=read_path, help=N_("the ZIP file to write"))),
        ("bongsu user export kim@stat.example kim.zip",),
    ),
    Command(
        "erase",
        N_("erase a person; only a number stays in the audit"),
        run_erase,
        (_PERSON, _WHY),
        ('bongsu user erase kim@stat.example --why "her request"',),
    ),
)
