"""`bongsu subscription`: who is told what happens to releases, by mail or by a webhook: lists, adds and ends."""

from __future__ import annotations

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.completion import complete_dataflows
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import NOTHING_TO_SHOW, Terminal, format_table
from bongsu.core.errors import N_, BadInput


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the subscriptions."""
    open_records(args)
    from bongsu.people.models import Subscription

    found = Subscription.objects.select_related("person").order_by("pk")
    data = [
        {
            "key": str(one.key),
            "dataflow": one.dataflow or "*",
            "person": one.person.email if one.person else "",
            "webhook": one.webhook,
            "told": one.told,
            "failures": one.failures,
        }
        for one in found
    ]
    header = (N_("key"), N_("dataflow"), N_("person"), N_("webhook"), N_("told until (UTC)"), N_("failures"))
    rows = [tuple(row.values()) for row in data]
    terminal.result(data, format_table(header, rows) if rows else translate(NOTHING_TO_SHOW))
    return 0


def run_add(args: Arguments, terminal: Terminal) -> int:
    """Adds a subscription of a person or of a webhook."""
    node = open_records(args)
    if bool(args.person) == bool(args.webhook):
        raise BadInput(N_("Give --person or --webhook."))
    from bongsu.network.client import check_url
    from bongsu.people.persons import find_person
    from bongsu.people.subscriptions import add_webhook, subscribe
    from bongsu.store.disk.clock import utc_now
    from bongsu.web.account.subscription_page import check_dataflow

    dataflow = check_dataflow(node, args.flow or "")
    if args.person:
        made = subscribe(command_actor(), find_person(args.person), dataflow, utc_now())
    else:
        made = add_webhook(command_actor(), check_url(args.webhook), dataflow, get_language(), utc_now())
    terminal.result(
        {"key": str(made.key), "dataflow": dataflow or "*"}, translate(N_("Subscribed: {key}")).format(key=made.key)
    )
    return 0


def run_end(args: Arguments, terminal: Terminal) -> int:
    """Ends a subscription."""
    open_records(args)
    from bongsu.people.subscriptions import end_subscription

    end_subscription(command_actor(), args.key)
    terminal.result({"key": args.key, "ended": True}, translate(N_("The subscription was ended.")))
    return 0


ACTIONS = (
    Command("list", N_("list the subscriptions"), run_list, (), ("bongsu subscription list",)),
    Command(
        "add",
        N_("tell a person or a program what happens to releases"),
        run_add,
        (
            Option("--person", metavar="PERSON", help=N_("the person who gets mail: an address or id")),
            Option("--webhook", metavar="URL", help=N_("the address to which news are sent as JSON")),
            Option(
                "--flow",
                metavar="DATAFLOW",
                shell_complete=complete_dataflows,
                help=N_("only this dataflow (default: all)"),
            ),
        ),
        (
            "bongsu subscription add --person kim@stat.example --flow GRID_INTENSITY",
            "bongsu subscription add --webhook https://stat.example/news",
        ),
    ),
    Command(
        "end",
        N_("end a subscription"),
        run_end,
        (Argument("key", metavar="KEY", help=N_("the key that the list shows")),),
        ("bongsu subscription end 3b241101-e2bb-4255-8caf-4136c566a962",),
    ),
)
