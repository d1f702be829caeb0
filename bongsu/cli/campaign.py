"""`bongsu campaign`: checks and explains the file of a payback campaign, tries it on payments, and prints examples.

What it does on a node's ledger is in campaign_records.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.cli import campaign_records
from bongsu.cli.commands import Argument, Arguments, Command, Option, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table, wrap_text
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.credits.rules.document import Campaign
    from bongsu.credits.trials.trial import Trial


def _read_campaign(path: Path) -> Campaign:
    from bongsu.credits.rules.document import parse_campaign
    from bongsu.credits.unit_table import known_units

    return parse_campaign(_read_text(path), known_units(), str(path))


def _read_text(path: Path) -> str:
    from bongsu.core.text_files import decode_text

    return decode_text(path.read_bytes(), str(path))


def run_check(args: Arguments, terminal: Terminal) -> int:
    """Explains the rules of a file and prints what contradicts itself; the status is 65 if something does."""
    from bongsu.credits.rules.check import check_campaign
    from bongsu.credits.rules.words import describe_finding, explain_campaign

    campaign = _read_campaign(args.file)
    language = get_language()
    explanation = explain_campaign(campaign, translate, language)
    findings = [
        {
            "level": finding.level,
            "field": finding.field,
            "message": describe_finding(finding, campaign.unit, translate, language),
        }
        for finding in check_campaign(campaign)
    ]
    levels = {"error": translate(N_("error")), "warning": translate(N_("warning"))}
    verdict = translate(N_("Nothing contradicts itself."))
    if findings:
        rows = [(levels[finding["level"]], finding["field"], finding["message"]) for finding in findings]
        verdict = format_table((N_("level"), N_("field"), N_("what is wrong")), rows)
    text = "\n".join(wrap_text(line) for line in explanation)
    holds = not any(finding["level"] == "error" for finding in findings)
    terminal.result(
        {"campaign": campaign.id, "holds": holds, "explanation": explanation, "findings": findings},
        f"{text}\n\n{verdict}",
    )
    return 0 if holds else BadInput.exit_status


def run_try(args: Arguments, terminal: Terminal) -> int:
    """Prints what each payment of a file would get and why not more, and what is left at the end."""
    from bongsu.credits.trials.payments_file import read_lists, read_payments
    from bongsu.credits.trials.trial import try_campaign
    from bongsu.credits.trials.trial_texts import describe_trial, write_csv

    campaign = _read_campaign(args.file)
    lists = read_lists(_read_text(args.lists), campaign, str(args.lists)) if args.lists else {}
    rows = read_payments(_read_text(args.payments), campaign, str(args.payments), has_lists=bool(args.lists))
    trial = try_campaign(campaign, rows, lists, str(args.payments))
    document = describe_trial(campaign, trial, translate, get_language())
    text = write_csv(document) if args.csv else _format_trial(campaign, trial, document)
    terminal.result(document, text.rstrip("\n"))
    return 0


def _format_trial(campaign: Campaign, trial: Trial, document: dict[str, Any]) -> str:
    from bongsu.credits.rules.amounts import write_amount
    from bongsu.credits.rules.words import WINDOWS

    def write(steps: int | None) -> str:
        return "" if steps is None else write_amount(steps, campaign.unit, get_language())

    payments = [
        (
            *(one["line"], one["at"], one["wallet"], one["group"], one["merchant"]),
            *(write(int(one["amount"])), write(int(one["payback"])), " ".join(one["reasons"])),
        )
        for one in document["payments"]
    ]
    groups = [
        (one.group or "–", one.payments, write(one.amount), write(one.payback), write(one.left)) for one in trial.groups
    ]
    caps = [(f"{write(cap.amount)} {translate(WINDOWS[cap.window])}", count) for cap, count in trial.caps]
    budget = [(write(campaign.budget), write(trial.used), write(trial.left), trial.short, write(trial.owed))]
    tables = [
        format_table(
            (
                *(N_("line"), N_("time"), N_("wallet"), N_("group"), N_("merchant")),
                *(N_("amount"), N_("comes back"), N_("why")),
            ),
            payments,
        ),
        format_table((N_("group"), N_("payments"), N_("amount"), N_("comes back"), N_("left of its budget")), groups),
        format_table((N_("cap of a person"), N_("payments that it limited")), caps) if caps else "",
        format_table(
            (N_("budget"), N_("used"), N_("left"), N_("payments that it limited"), N_("owed after refunds")), budget
        ),
    ]
    if campaign.back.kind == "increase":
        tables.append(translate(N_("An increase is computed after the month’s end: here is what counts for it.")))
    return "\n\n".join(table for table in tables if table)


def run_example(args: Arguments, terminal: Terminal) -> int:
    """Prints the file of an example, or lists the examples."""
    from bongsu.credits.rules.examples import list_examples, read_example, read_example_text
    from bongsu.credits.rules.words import pick_text

    if args.name:
        text = read_example_text(args.name)
        terminal.result({"example": args.name, "file": text}, text.rstrip("\n"))
        return 0
    rows = [(name, pick_text(read_example(name).title, get_language())) for name in list_examples()]
    terminal.result(
        [{"example": name, "title": title} for name, title in rows], format_table((N_("example"), N_("title")), rows)
    )
    return 0


_FILE = Argument("file", metavar="FILE", type=read_path, help=N_("the campaign’s file"))
ACTIONS = (
    Command(
        "check",
        N_("explain the rules of a campaign’s file, and name what contradicts itself"),
        run_check,
        (_FILE,),
        ("bongsu campaign check spring.toml",),
    ),
    Command(
        "try",
        N_("show what each payment of a file would get, and why not more"),
        run_try,
        (
            _FILE,
            Argument("payments", metavar="PAYMENTS", type=read_path, help=N_("the payments, a CSV file")),
            Option(
                "--lists",
                metavar="FILE",
                type=read_path,
                help=N_("the accounts of the campaign’s lists, a CSV file with the columns list and account"),
            ),
            Option("--csv", is_flag=True, help=N_("print the payments as CSV, for a spreadsheet")),
        ),
        ("bongsu campaign try spring.toml payments.csv --lists lists.csv",),
    ),
    Command(
        "example",
        N_("print the file of an example; without NAME, list the examples"),
        run_example,
        (Argument("name", metavar="NAME", required=False, help=N_("the example, such as gyeonggi-2025")),),
        ("bongsu campaign example", "bongsu campaign example gyeonggi-2025 > spring.toml"),
    ),
    *campaign_records.ACTIONS,
)
