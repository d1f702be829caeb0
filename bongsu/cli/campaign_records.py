"""`bongsu campaign` on a node's ledger: opens, changes, stops and closes campaigns, and keeps their lists and baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table, wrap_text
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from bongsu.credits import models


def _read(path: Path) -> str:
    from bongsu.core.text_files import decode_text

    return decode_text(path.read_bytes(), str(path))


def _describe(row: models.Campaign) -> dict[str, Any]:
    """Returns a campaign with its state and budgets; amounts in steps."""
    from bongsu.credits import campaigns

    rules = campaigns.read_rules(row)
    budgets = [
        {"group": line.group, "budget": str(line.budget), "paid": str(line.paid), "left": str(line.left)}
        for line in campaigns.list_budgets(row, rules)
    ]
    state = campaigns.find_state(row, rules)
    return {"campaign": row.pk, "state": state, "edition": row.edition, "unit": row.unit_id, "budgets": budgets}


def _print(terminal: Terminal, row: models.Campaign) -> int:
    document = _describe(row)
    terminal.result(document, f"{row.pk}: {_name_state(document['state'])}")
    return 0


def _name_state(state: str) -> str:
    from bongsu.credits.campaigns import name_state

    return name_state(state, get_language())


def run_open(args: Arguments, terminal: Terminal) -> int:
    """Opens a campaign by its file."""
    open_records(args)
    from bongsu.credits.campaigns import open_campaign

    return _print(terminal, open_campaign(command_actor(), _read(args.file), args.source, args.why))


def run_change(args: Arguments, terminal: Terminal) -> int:
    """Gives a campaign the rules of a file from now on."""
    open_records(args)
    from bongsu.credits.campaigns import change_campaign

    return _print(terminal, change_campaign(command_actor(), args.campaign, _read(args.file), args.why))


def run_stop(args: Arguments, terminal: Terminal) -> int:
    """Stops a campaign."""
    open_records(args)
    from bongsu.credits.campaigns import stop_campaign

    return _print(terminal, stop_campaign(command_actor(), args.campaign, args.why))


def run_close(args: Arguments, terminal: Terminal) -> int:
    """Closes a campaign, and returns what is left of its money."""
    open_records(args)
    from bongsu.credits.campaigns import close_campaign

    return _print(terminal, close_campaign(command_actor(), args.campaign, args.why))


def run_list(args: Arguments, terminal: Terminal) -> int:
    """Lists the campaigns with their states and budgets."""
    open_records(args)
    from bongsu.credits import models
    from bongsu.credits.rules.amounts import write_amount
    from bongsu.credits.unit_table import known_units

    found = [_describe(row) for row in models.Campaign.objects.order_by("first_day", "pk")]
    rows = []
    for one in found:
        for budget in one["budgets"]:
            unit = known_units()[one["unit"]]
            amounts = [write_amount(int(budget[part]), unit, get_language()) for part in ("budget", "paid", "left")]
            rows.append((one["campaign"], _name_state(one["state"]), budget["group"], *amounts))
    names = (N_("campaign"), N_("state"), N_("group"), N_("budget"), N_("paid back"), N_("left"))
    terminal.result(found, format_table(names, rows))
    return 0


def run_report(args: Arguments, terminal: Terminal) -> int:
    """Explains the rules in force, and shows what was paid and is left by group."""
    open_records(args)
    from bongsu.credits import campaigns
    from bongsu.credits.rules.amounts import write_amount
    from bongsu.credits.rules.words import explain_campaign

    row = campaigns.find_campaign(args.campaign)
    rules = campaigns.read_rules(row)
    explanation = explain_campaign(rules, translate, get_language())
    rows = [
        (line.group, *(write_amount(each, rules.unit, get_language()) for each in (line.budget, line.paid, line.left)))
        for line in campaigns.list_budgets(row, rules)
    ]
    table = format_table((N_("group"), N_("budget"), N_("paid back"), N_("left")), rows)
    document = _describe(row) | {"explanation": explanation}
    state = translate(N_("State: {state}.")).format(state=_name_state(document["state"]))
    terminal.result(document, "\n".join([*(wrap_text(line) for line in explanation), "", state, "", table]))
    return 0


def run_members(args: Arguments, terminal: Terminal) -> int:
    """Shows the accounts of a list, or adds and removes some; without a list, all lists with their sizes."""
    open_records(args)
    from bongsu.credits import campaigns

    if not args.list:
        counts = campaigns.count_lists()
        rows = [(name, str(count)) for name, count in counts.items()]
        terminal.result(dict(counts), format_table((N_("list"), N_("accounts")), rows))
        return 0
    added = [*args.add, *(_read(args.file).split() if args.file else [])]
    if added:
        campaigns.add_members(command_actor(), args.list, added, args.why)
    if args.remove:
        campaigns.remove_members(command_actor(), args.list, args.remove, args.why)
    members = campaigns.list_members(args.list)
    terminal.result({"list": args.list, "accounts": members}, "\n".join(members))
    return 0


def run_baselines(args: Arguments, terminal: Terminal) -> int:
    """Sets the baselines of a campaign that pays for an increase."""
    open_records(args)
    from bongsu.credits.campaign_months import set_baselines

    signature = args.signature.read_bytes() if args.signature else None
    count = set_baselines(command_actor(), args.campaign, args.file.read_bytes(), str(args.file), signature)
    terminal.result(
        {"campaign": args.campaign, "people": count}, translate(N_("Baselines of {count} people.")).format(count=count)
    )
    return 0


def run_quote(args: Arguments, terminal: Terminal) -> int:
    """Says what a payment would get back, and why not more; the status is 65 if the payment itself is not possible."""
    open_records(args)
    from bongsu.cli.credits import read_moment
    from bongsu.credits.accounts import find_account
    from bongsu.credits.outcomes import describe_outcome
    from bongsu.credits.quotes import quote_payment
    from bongsu.credits.rules.amounts import write_amount
    from bongsu.credits.storage import read_time
    from bongsu.credits.unit_table import known_units
    from bongsu.credits.units import parse_amount

    wallet = find_account(args.wallet)
    unit = known_units()[wallet.unit_id]
    moment = read_moment(args.at) if args.at else read_time()
    amount = parse_amount(args.amount, unit)
    outcome = quote_payment(args.campaign, wallet, amount, moment, args.merchant, args.channel)
    document = describe_outcome(outcome, translate, get_language())
    lines = [str(document[part]) for part in ("message", "fix") if document.get(part)]
    for payback in document.get("paybacks", ()):
        lines += [write_amount(int(payback["amount"]), unit, get_language()), *(f"- {why}" for why in payback["why"])]
    if outcome.is_done and not outcome.paybacks:
        lines.append(translate(N_("The campaign does not pay on that day.")))
    document = {name: value for name, value in document.items() if name not in ("id", "transfers")}
    terminal.result(document, "\n".join(lines))
    return 0 if outcome.is_done else BadInput.exit_status


_FILE = Argument("file", metavar="FILE", type=read_path, help=N_("the campaign’s file"))
_CAMPAIGN = Argument("campaign", metavar="CAMPAIGN", help=N_("the id of the campaign"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason"))
_REASON = Option("--why", metavar="TEXT", required=True, help=N_("the reason"))
ACTIONS = (
    Command(
        "open",
        N_("open a campaign by its file, and move its budget to its account"),
        run_open,
        (
            _FILE,
            Option(
                "--source",
                metavar="ACCOUNT",
                default="",
                help=N_("the account from which the budget comes (default: the unit’s issue account)"),
            ),
            _WHY,
        ),
        ("bongsu campaign open spring.toml --source region:budget",),
    ),
    Command(
        "change",
        N_("give a campaign the rules of a file from now on; what was paid stays"),
        run_change,
        (_CAMPAIGN, _FILE, _REASON),
        ('bongsu campaign change spring-2027 spring.toml --why "a larger budget"',),
    ),
    Command(
        "stop",
        N_("stop a campaign: no payment counts any more, refunds do"),
        run_stop,
        (_CAMPAIGN, _REASON),
        ('bongsu campaign stop spring-2027 --why "misuse is examined"',),
    ),
    Command(
        "close",
        N_("close a campaign after the days for refunds, and return what is left of its money"),
        run_close,
        (_CAMPAIGN, _WHY),
        ("bongsu campaign close spring-2027",),
    ),
    Command("list", N_("list the campaigns with their states and budgets"), run_list, (), ("bongsu campaign list",)),
    Command(
        "report",
        N_("explain the rules in force, and show what was paid back and is left"),
        run_report,
        (_CAMPAIGN,),
        ("bongsu campaign report spring-2027",),
    ),
    Command(
        "members",
        N_("show, add or remove the accounts of a list; without LIST, show all lists"),
        run_members,
        (
            Argument("list", metavar="LIST", required=False, help=N_("the list, such as markets or group:B")),
            Option("--add", metavar="ACCOUNT", multiple=True, help=N_("add an account (repeat for several)")),
            Option(
                "--file",
                metavar="FILE",
                type=read_path,
                default=None,
                help=N_("add the accounts of a file, one a line"),
            ),
            Option("--remove", metavar="ACCOUNT", multiple=True, help=N_("remove an account (repeat for several)")),
            _WHY,
        ),
        ("bongsu campaign members markets --add m:312 --add m:313",),
    ),
    Command(
        "baselines",
        N_("set what people spent in a month before, from a CSV file with the columns wallet and amount"),
        run_baselines,
        (
            _CAMPAIGN,
            Argument("file", metavar="FILE", type=read_path, help=N_("the CSV file")),
            Option(
                "--signature",
                metavar="FILE",
                type=read_path,
                default=None,
                help=N_("its Ed25519 signature, if the campaign names a key"),
            ),
        ),
        ("bongsu campaign baselines autumn baselines.csv --signature baselines.csv.sig",),
    ),
    Command(
        "quote",
        N_("say what a payment would get back, and why not more"),
        run_quote,
        (
            _CAMPAIGN,
            Argument("wallet", metavar="WALLET", help=N_("the account that pays")),
            Argument("amount", metavar="AMOUNT", help=N_("the amount, such as 1200 or 12.34")),
            Option("--merchant", metavar="ACCOUNT", default="", help=N_("who is paid (default: one that counts)")),
            Option("--channel", metavar="NAME", default="", help=N_("how it is paid")),
            Option("--at", metavar="MOMENT", default="", help=N_("when (default: now)")),
        ),
        ("bongsu campaign quote spring-2027 w:kim 52000",),
    ),
)
