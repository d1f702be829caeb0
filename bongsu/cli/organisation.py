"""`bongsu organisation`: lists, adds and changes organisations, their domains and their members."""

from __future__ import annotations

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists organisations with their domains."""
    open_records(args)
    from bongsu.people.models import Organisation

    rows = [
        {
            "name": one.name,
            "title": one.title,
            "active": one.active,
            "domains": sorted(domain.name for domain in one.domains.all()),
        }
        for one in Organisation.objects.prefetch_related("domains").order_by("name")
    ]
    table = [
        (row["name"], row["title"], translate(N_("yes") if row["active"] else N_("no")), ", ".join(row["domains"]))
        for row in rows
    ]
    terminal.result(rows, format_table((N_("name"), N_("title"), N_("active"), N_("domains")), table))
    return 0


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds an organisation."""
    open_records(args)
    from bongsu.people.organisations import add_organisation

    one = add_organisation(command_actor(), args.name, args.title)
    terminal.result({"name": one.name, "title": one.title}, f"{one.name}: {one.title}")
    return 0


def run_change(args: Arguments, terminal: Terminal) -> int:
    """Changes the display name and the parent; ends an organisation, or takes it back."""
    open_records(args)
    from bongsu.people.organisations import change_organisation, find_organisation, set_active, set_parent

    one = find_organisation(args.name)
    if args.title:
        change_organisation(command_actor(), one, args.title)
    if args.parent:
        set_parent(command_actor(), one, None if args.parent == NONE else find_organisation(args.parent))
    if args.end or args.back:
        set_active(command_actor(), one, args.back, args.why)
    one.refresh_from_db()
    terminal.result({"name": one.name, "title": one.title, "active": one.active}, f"{one.name}: {one.title}")
    return 0


def run_domain(args: Arguments, terminal: Terminal) -> int:
    """Gives a domain to an organisation, or takes it away."""
    open_records(args)
    from bongsu.people.organisations import claim_domain, find_organisation, remove_domain

    if args.remove:
        remove_domain(command_actor(), find_organisation(args.name), args.domain, args.why)
        terminal.result({"name": args.name, "removed": args.domain}, args.domain)
        return 0
    domain = claim_domain(command_actor(), find_organisation(args.name), args.domain)
    terminal.result({"name": args.name, "domain": domain.name}, domain.name)
    return 0


def run_members(args: Arguments, terminal: Terminal) -> int:
    """Lists the members, or removes one."""
    open_records(args)
    from bongsu.people.organisations import find_organisation, leave
    from bongsu.people.persons import find_person

    one = find_organisation(args.name)
    if args.remove:
        leave(command_actor(), find_person(args.remove), one, args.why)
    rows = [
        {"id": str(row.person_id), "email": row.person.email or "", "since": row.since.isoformat()}
        for row in one.affiliations.filter(until=None).select_related("person").order_by("since", "pk")
    ]
    terminal.result(rows, format_table(("id", N_("e-mail"), N_("since")), [tuple(row.values()) for row in rows]))
    return 0


NONE = "none"
_NAME = Argument("name", metavar="NAME", help=N_("the organisation's short name"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason, for the audit"))
_TITLE = Option("--title", metavar="TEXT", default="", help=N_("the organisation's name as people read it"))
ACTIONS = (
    Command("list", N_("list organisations with their domains"), run_list, (), ("bongsu organisation list",)),
    Command(
        "add", N_("add an organisation"), run_add, (_NAME, _TITLE), ("bongsu organisation add kaist --title KAIST",)
    ),
    Command(
        "change",
        N_("change an organisation's name or what it is a part of, end it, or take it back"),
        run_change,
        (
            _NAME,
            _TITLE,
            Option("--parent", metavar="NAME", default="", help=N_("the organisation it is a part of, or none")),
            Option("--end", is_flag=True, help=N_("refuse its tokens from now on")),
            Option("--back", is_flag=True, help=N_("take it back")),
            _WHY,
        ),
        (
            'bongsu organisation change kaist --title "KAIST, Daejeon"',
            "bongsu organisation change snu-hospital --parent snu",
        ),
    ),
    Command(
        "domain",
        N_("give a domain to an organisation, or take it away"),
        run_domain,
        (
            _NAME,
            Argument("domain", metavar="DOMAIN", help=N_("the domain, such as stat.example")),
            Option("--remove", is_flag=True, help=N_("take the domain away; members stay")),
            _WHY,
        ),
        ("bongsu organisation domain kaist kaist.ac.kr", "bongsu organisation domain kaist kaist.ac.kr --remove"),
    ),
    Command(
        "members",
        N_("list the members of an organisation, or remove one"),
        run_members,
        (_NAME, Option("--remove", metavar="PERSON", default="", help=N_("remove this person")), _WHY),
        ("bongsu organisation members kaist",),
    ),
)
