"""`bongsu campaign`: checks the file of a payback campaign and explains its rules; lists and prints the examples.

What it does on a node's ledger is in campaign_records.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bongsu.cli import campaign_records
from bongsu.cli.commands import Argument, Arguments, Command, read_path
from bongsu.cli.language import get_language, translate
from bongsu.cli.terminal import Terminal, format_table, wrap_text
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.credits.rules.document import Campaign


def _read_campaign(path: Path) -> Campaign:
    from bongsu.core.text_files import decode_text
    from bongsu.credits.rules.document import parse_campaign
    from bongsu.credits.unit_table import known_units

    return parse_campaign(decode_text(path.read_bytes(), str(path)), known_units(), str(path))


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
        "example",
        N_("print the file of an example; without NAME, list the examples"),
        run_example,
        (Argument("name", metavar="NAME", required=False, help=N_("the example, such as gyeonggi-2025")),),
        ("bongsu campaign example", "bongsu campaign example gyeonggi-2025 > spring.toml"),
    ),
    *campaign_records.ACTIONS,
)
