"""`bongsu credits`: units, accounts and rates of the ledger; moves amounts, and shows what is in it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from bongsu.cli.commands import Argument, Arguments, Command, Option
from bongsu.cli.credits_audit import AUDIT_ACTIONS
from bongsu.cli.credits_takings import TAKINGS_ACTION
from bongsu.cli.language import get_language, translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal, format_table
from bongsu.core.errors import N_, NotUnderstood

if TYPE_CHECKING:
    from datetime import datetime

    from bongsu.credits import models
    from bongsu.credits.units import Unit


def _unit_of(account: models.Account) -> Unit:
    from bongsu.credits.unit_table import known_units

    return known_units()[account.unit_id]


def _send(terminal: Terminal, document: dict[str, Any]) -> int:
    """Posts one command as the node's own, and prints its outcome; the exit status is 0 if it was done."""
    from bongsu.credits.ledger.commands import read_commands
    from bongsu.credits.ledger.moves import Issuer
    from bongsu.credits.outcomes import describe_outcome
    from bongsu.credits.posting import post

    (outcome,) = post(Issuer("", command_actor().name, trusted=True), read_commands({"commands": [document]}))
    described = describe_outcome(outcome, translate, get_language())
    lines = [translate(N_("{outcome}: {id}")).format(**described)]
    lines += [described[part] for part in ("message", "fix") if described.get(part)]
    terminal.result(described, "\n".join(lines))
    return 0 if outcome.is_done else 65


def run_unit(args: Arguments, terminal: Terminal) -> int:
    """Begins to count a unit, or lists the units."""
    open_records(args)
    from bongsu.credits import accounts, models
    from bongsu.credits.unit_table import known_units

    if args.code:
        accounts.open_unit(command_actor(), args.code)
    counted = set(models.Unit.objects.values_list("code", flat=True))
    rows = [
        {"unit": unit.code, "kind": unit.kind, "steps": unit.steps, "counted": unit.code in counted}
        for unit in known_units().values()
    ]
    yes_no = {True: translate(N_("yes")), False: translate(N_("no"))}
    cells = [(row["unit"], row["kind"], str(row["steps"]), yes_no[bool(row["counted"])]) for row in rows]
    terminal.result(rows, format_table((N_("unit"), N_("kind"), N_("steps"), N_("counted")), cells))
    return 0


def run_open(args: Arguments, terminal: Terminal) -> int:
    """Opens an account."""
    open_records(args)
    from bongsu.credits.accounts import open_account
    from bongsu.credits.unit_table import known_units
    from bongsu.credits.units import parse_amount

    kind, _, id = args.holder.partition(" ")
    least: int | None = 0
    if args.limit == "none":
        least = None
    elif args.limit and args.unit in known_units():
        least = -parse_amount(args.limit, known_units()[args.unit])
    account = open_account(
        command_actor(),
        args.account,
        args.unit,
        holder=(kind, id),
        purpose=args.purpose,
        keeper=args.keeper,
        least=least,
        lots=args.lots,
    )
    terminal.result({"account": account.pk, "unit": account.unit_id}, account.pk)
    return 0


def run_post(args: Arguments, terminal: Terminal) -> int:
    """Moves an amount."""
    open_records(args)
    lot = {"from": args.start, "until": args.until, "origin": args.origin}
    document = _movement("transfer", args) | {name: value for name, value in lot.items() if value}
    return _send(terminal, document | ({"effective": args.effective} if args.effective else {}))


def run_hold(args: Arguments, terminal: Terminal) -> int:
    """Reserves an amount."""
    open_records(args)
    return _send(terminal, _movement("hold", args) | {"until": args.until})


def _movement(do: str, args: Arguments) -> dict[str, Any]:
    from bongsu.credits.accounts import find_account
    from bongsu.credits.units import parse_amount

    account = find_account(args.debit)
    return {
        "do": do,
        "id": args.id or str(uuid.uuid4()),
        "debit": args.debit,
        "credit": args.credit,
        "amount": str(parse_amount(args.amount, _unit_of(account))),
        "unit": account.unit_id,
        "memo": args.memo,
    }


def run_settle(args: Arguments, terminal: Terminal) -> int:
    """Moves what a hold reserves."""
    return _end("settle", args, terminal)


def run_void(args: Arguments, terminal: Terminal) -> int:
    """Releases what a hold reserves."""
    return _end("void", args, terminal)


def run_reverse(args: Arguments, terminal: Terminal) -> int:
    """Moves all or a part of a transfer back."""
    return _end("reverse", args, terminal)


def _end(do: str, args: Arguments, terminal: Terminal) -> int:
    open_records(args)
    from bongsu.credits import models
    from bongsu.credits.units import parse_amount

    document = {"do": do, "id": args.id or str(uuid.uuid4()), "of": args.of}
    if getattr(args, "amount", ""):
        row = models.Transfer.objects.select_related("debit").filter(organisation="", id=args.of).first()
        if row is None:
            raise NotUnderstood(N_("The command has made no transfer “{id}”."), id=args.of)
        document["amount"] = str(parse_amount(args.amount, _unit_of(row.debit)))
    if getattr(args, "why", ""):
        document["why"] = args.why
    return _send(terminal, document)


def run_balance(args: Arguments, terminal: Terminal) -> int:
    """Shows what is in an account, now or at a moment."""
    open_records(args)
    from bongsu.credits import balances
    from bongsu.credits.accounts import find_account
    from bongsu.credits.outcomes import describe_balance
    from bongsu.credits.units import format_amount

    account = find_account(args.account)
    unit = _unit_of(account)
    if args.as_of:
        posted = balances.read_balance_at(account, read_moment(args.as_of), args.by)
        document = {"account": account.pk, "as_of": args.as_of, "by": args.by, "posted": str(posted)}
        terminal.result(document, format_amount(posted, unit))
        return 0
    balance = balances.read_balance(account)
    rows = [(translate(N_("in the account")), format_amount(balance.posted, unit), "")]
    rows += [(translate(N_("held")), format_amount(balance.held, unit), "")] if balance.held else []
    rows += [
        (lot.origin, format_amount(lot.remaining, unit), lot.until.isoformat() if lot.until else "")
        for lot in balance.lots
    ]
    terminal.result(describe_balance(balance), format_table((N_("what"), N_("amount"), N_("until")), rows))
    return 0


def run_history(args: Arguments, terminal: Terminal) -> int:
    """Lists the transfers of an account."""
    open_records(args)
    from bongsu.credits.accounts import find_account
    from bongsu.credits.balances import list_transfers
    from bongsu.credits.outcomes import describe_transfer
    from bongsu.credits.units import format_amount

    account = find_account(args.account)
    found = list_transfers(account, args.after)
    rows = [
        (
            str(row.number),
            row.at.isoformat(timespec="seconds"),
            row.kind,
            row.debit_id,
            row.credit_id,
            format_amount(row.amount, _unit_of(account)),
        )
        for row in found
    ]
    names = (N_("number"), N_("recorded"), N_("kind"), N_("debit"), N_("credit"), N_("amount"))
    terminal.result([describe_transfer(row) for row in found], format_table(names, rows))
    return 0


def run_freeze(args: Arguments, terminal: Terminal) -> int:
    """Freezes an account, opens it again, or closes it."""
    open_records(args)
    from bongsu.credits import accounts

    if args.close:
        accounts.close_account(command_actor(), args.account, args.why)
    else:
        accounts.set_frozen(command_actor(), args.account, not args.open, args.why)
    account = accounts.find_account(args.account)
    terminal.result({"account": account.pk, "state": account.state}, f"{account.pk}: {account.state}")
    return 0


def run_rate(args: Arguments, terminal: Terminal) -> int:
    """Sets the rate between two units from a day on."""
    open_records(args)
    from datetime import date

    from bongsu.credits.accounts import set_rate

    numerator, _, denominator = args.rate.partition("/")
    try:
        rate, day = (int(numerator), int(denominator or 1)), date.fromisoformat(args.day)
    except ValueError:
        raise NotUnderstood(N_("Write the rate as 1/4, and the day as 2027-03-05.")) from None
    row = set_rate(command_actor(), args.source, args.target, rate, day, args.reference)
    terminal.result(
        {"source": args.source, "target": args.target, "rate": args.rate}, f"{row.numerator}/{row.denominator}"
    )
    return 0


def run_close_period(args: Arguments, terminal: Terminal) -> int:
    """Closes the time before a moment."""
    open_records(args)
    from bongsu.credits.accounts import close_period

    close_period(command_actor(), args.unit, read_moment(args.until), args.why)
    terminal.result({"unit": args.unit, "until": args.until}, args.until)
    return 0


def read_moment(text: str) -> datetime:
    """Returns the moment of a text; without a zone it is this machine's. Raises NotUnderstood."""
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NotUnderstood(
            N_("“{text}” is not a moment."), fix=N_("Write it as 2027-03-06T12:00:00Z."), text=text
        ) from None
    return moment if moment.tzinfo else moment.astimezone()


_ACCOUNT = Argument("account", metavar="ACCOUNT", help=N_("the id of the account"))
_DEBIT = Argument("debit", metavar="FROM", help=N_("the account that the amount leaves"))
_CREDIT = Argument("credit", metavar="TO", help=N_("the account that gets it"))
_AMOUNT = Argument("amount", metavar="AMOUNT", help=N_("the amount, such as 1200 or 12.34"))
_PART = Option("--amount", metavar="AMOUNT", default="", help=N_("a part of it (default: all that is left)"))
_ID = Option("--id", metavar="UUID", default="", help=N_("the command’s own id: it is done once (default: a new one)"))
_MEMO = Option("--memo", metavar="TEXT", default="", help=N_("a note"))
_WHY = Option("--why", metavar="TEXT", default="", help=N_("the reason"))
_OF = Argument("of", metavar="UUID", help=N_("the id of the command that it refers to"))
_UUID = "7f0e1a52-6f0a-4f7e-9c61-0c6d1b8f6a10"
ACTIONS = (
    Command(
        "unit",
        N_("count a unit, with its own accounts; without CODE, list all units"),
        run_unit,
        (Argument("code", metavar="CODE", required=False, help=N_("the unit, such as KRW")),),
        ("bongsu credits unit", "bongsu credits unit KRW"),
    ),
    Command(
        "open",
        N_("open an account"),
        run_open,
        (
            _ACCOUNT,
            Argument("unit", metavar="UNIT", help=N_("what it counts")),
            Option(
                "--holder", metavar="KIND NAME", default="organisation", help=N_("whose it is, such as “project 42”")
            ),
            Option(
                "--keeper", metavar="ORGANISATION", default="", help=N_("the organisation whose tokens may debit it")
            ),
            Option("--purpose", metavar="TEXT", default="", help=N_("what it is for")),
            Option("--limit", metavar="AMOUNT", default="", help=N_("how far below 0 it may go, or “none”")),
            Option("--lots", is_flag=True, help=N_("keep origin and end of every amount")),
        ),
        ("bongsu credits open w:kim KRW --keeper town --lots",),
    ),
    Command(
        "post",
        N_("move an amount between two accounts"),
        run_post,
        (
            _DEBIT,
            _CREDIT,
            _AMOUNT,
            _ID,
            _MEMO,
            Option(
                "--origin", metavar="ORIGIN", default="", help=N_("own, bonus, paid-back, grant or usage-correction")
            ),
            Option("--start", metavar="MOMENT", default="", help=N_("when it can be spent from")),
            Option("--until", metavar="MOMENT", default="", help=N_("when it expires")),
            Option("--effective", metavar="MOMENT", default="", help=N_("when it takes effect, if earlier")),
        ),
        ("bongsu credits post issue:KRW w:kim 50000 --origin own",),
    ),
    Command(
        "hold",
        N_("reserve an amount until a moment"),
        run_hold,
        (
            _DEBIT,
            _CREDIT,
            _AMOUNT,
            Option("--until", metavar="MOMENT", required=True, help=N_("when it ends by itself")),
            _ID,
            _MEMO,
        ),
        ("bongsu credits hold p:42 c:centre 500 --until 2027-04-01T00:00:00Z",),
    ),
    Command(
        "settle", N_("move what a hold reserves"), run_settle, (_OF, _PART, _ID), (f"bongsu credits settle {_UUID}",)
    ),
    Command("void", N_("release what a hold reserves"), run_void, (_OF, _ID), (f"bongsu credits void {_UUID}",)),
    Command(
        "reverse",
        N_("move all or a part of a transfer back"),
        run_reverse,
        (_OF, _PART, _WHY, _ID),
        (f"bongsu credits reverse {_UUID} --why refund",),
    ),
    Command(
        "balance",
        N_("show what is in an account, now or at a moment"),
        run_balance,
        (
            _ACCOUNT,
            Option("--as-of", metavar="MOMENT", default="", help=N_("the moment")),
            Option("--by", metavar="at|effective", default="at", help=N_("by when it was recorded, or took effect")),
        ),
        ("bongsu credits balance w:kim",),
    ),
    Command(
        "history",
        N_("list the transfers of an account"),
        run_history,
        (_ACCOUNT, Option("--after", metavar="NUMBER", type=int, default=0, help=N_("only those with higher numbers"))),
        ("bongsu credits history w:kim",),
    ),
    Command(
        "freeze",
        N_("freeze an account, open it again, or close it"),
        run_freeze,
        (
            _ACCOUNT,
            Option("--open", is_flag=True, help=N_("open it again")),
            Option("--close", is_flag=True, help=N_("close it; it must be empty")),
            _WHY,
        ),
        ('bongsu credits freeze w:kim --why "lost card"',),
    ),
    Command(
        "rate",
        N_("set the rate between two units"),
        run_rate,
        (
            Argument("source", metavar="FROM", help=N_("the unit that is given")),
            Argument("target", metavar="TO", help=N_("the unit that is received")),
            Argument("rate", metavar="RATE", help=N_("steps received for steps given, such as 1/4")),
            Option("--day", metavar="DATE", required=True, help=N_("from which day on")),
            Option("--reference", metavar="TEXT", required=True, help=N_("who says so")),
        ),
        ('bongsu credits rate GPUH-A100 GPUH-H100 1/4 --day 2027-03-05 --reference "price list 2027"',),
    ),
    Command(
        "close-period",
        N_("close the time before a moment: nothing takes effect in it any more"),
        run_close_period,
        (
            Argument("unit", metavar="UNIT", help=N_("the unit")),
            Argument("until", metavar="MOMENT", help=N_("the moment")),
            _WHY,
        ),
        ("bongsu credits close-period KRW 2027-04-01T00:00:00+09:00",),
    ),
    TAKINGS_ACTION,
    *AUDIT_ACTIONS,
)
