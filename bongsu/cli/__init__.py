"""The command `bongsu`: a table of verbs, one module each. A verb has no logic of its own: it calls another package
and prints the result.

A verb's module has EXAMPLES, PARAMETERS and `run`; or ACTIONS. It is imported when its verb runs, since `bongsu meter` starts
with every training job and must load nothing else.
"""

from __future__ import annotations

import atexit
import errno
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from bongsu import __version__
from bongsu.cli.commands import (
    ActionGroup,
    Command,
    Option,
    default_node_folder,
    explain_usage_error,
    format_command_help,
    help_option,
)
from bongsu.cli.language import load_languages, translate
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, PartMissing, unknown_name

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Verb(NamedTuple):
    """A verb: its name, the module that runs it, its help text, and whether it needs `bongsu[node]`."""

    name: str
    module: str
    help: str
    needs_node: bool = True


VERBS = (
    Verb("init", "bongsu.cli.init", N_("Create a node in a folder.")),
    Verb("take", "bongsu.cli.take", N_("Take raw figures into the node as snapshots.")),
    Verb("source", "bongsu.cli.source", N_("List, ask and add the sources from which raw figures come.")),
    Verb("build", "bongsu.cli.build", N_("Build, check and seal releases from the snapshots.")),
    Verb(
        "flow", "bongsu.cli.flow", N_("Make, check, take and build a dataflow of your own, from a table, without code.")
    ),
    Verb("language", "bongsu.cli.languages", N_("Add a language: make, check and compile its translations.")),
    Verb("serve", "bongsu.cli.serve", N_("Serve the node's pages and data over HTTP.")),
    Verb("tend", "bongsu.cli.tend", N_("Do the node's duties when they are due: mail, clean-up, backups, checks.")),
    Verb("site", "bongsu.cli.site", N_("Show and set the institution's name, country, logo, colours and texts.")),
    Verb("job", "bongsu.cli.job", N_("Start, list and stop long actions that “bongsu tend” carries out.")),
    Verb("schedule", "bongsu.cli.schedule", N_("Start takes, harvests and builds regularly.")),
    Verb("user", "bongsu.cli.user", N_("Add people, grant roles, and end accounts.")),
    Verb("subscription", "bongsu.cli.subscription", N_("Tell people and programs what happens to releases.")),
    Verb("token", "bongsu.cli.token", N_("Make, list and revoke the tokens with which organisations send reports.")),
    Verb("credits", "bongsu.cli.credits", N_("Keep the ledger of money, compute hours and points.")),
    Verb("campaign", "bongsu.cli.campaign", N_("Check and try the rules of payback campaigns; print examples.")),
    Verb("organisation", "bongsu.cli.organisation", N_("Add organisations, their domains, and end memberships.")),
    Verb("audit", "bongsu.cli.audit", N_("Print the audit of people and roles, or verify its chain.")),
    Verb("records", "bongsu.cli.sealed_records", N_("Encrypt the confidential records of applications.")),
    Verb("mail", "bongsu.cli.mail", N_("Read the mail outbox, and send a message again.")),
    Verb("call", "bongsu.cli.call", N_("Write and check the files of a call for applications; verify receipts.")),
    Verb("keys", "bongsu.cli.keys", N_("Show, renew and replace the keys that sign for the node.")),
    Verb("peer", "bongsu.cli.peer", N_("Introduce other nodes, say what they are trusted with, fetch their releases.")),
    Verb("ask", "bongsu.cli.ask", N_("Ask other nodes a question about their microdata, and decide about theirs.")),
    Verb("show", "bongsu.cli.show", N_("Print observations of a dataflow.")),
    Verb("diff", "bongsu.cli.diff", N_("Compare two releases of a dataflow, the largest changes first.")),
    Verb("check", "bongsu.cli.check", N_("Check that the figures of all releases obey the laws of their kind.")),
    Verb("withdraw", "bongsu.cli.withdraw", N_("Mark a release as withdrawn, with the reason.")),
    Verb("correct", "bongsu.cli.correct", N_("Correct values in the next release, with reason and source.")),
    Verb("journal", "bongsu.cli.journal", N_("Print the node's journal, or verify its chain.")),
    Verb("meter", "bongsu.cli.meter", N_("Run a command and report the energy that it used."), needs_node=False),
    Verb("estimate", "bongsu.cli.estimate", N_("Estimate the energy of training, inference, images or video.")),
    Verb("scenario", "bongsu.cli.scenario", N_("Project data-centre electricity to 2035 under levers of your own.")),
    Verb("form", "bongsu.cli.form", N_("Fill in a form or draw an energy label from a file.")),
    Verb("work", "bongsu.cli.work", N_("Exposure of occupations, codes for job titles, and the event study.")),
    Verb("commons", "bongsu.cli.commons", N_("Assess openness; keep, search and harvest the catalogue.")),
    Verb(
        "harvest", "bongsu.cli.harvest", N_("Sources of the catalogue: harvest them, and decide about what was lost.")
    ),
    Verb("hold", "bongsu.cli.hold", N_("Keep microdata as holdings: add, list and drop them; no row is ever shown.")),
    Verb("desk", "bongsu.cli.desk", N_("Ask about microdata; the answer protects the people in them.")),
    Verb("publish", "bongsu.cli.publish", N_("Write reports, bulk files, or the whole node as static files.")),
    Verb("doctor", "bongsu.cli.doctor", N_("Describe the node and this machine, and report what is wrong.")),
    Verb(
        "completion",
        "bongsu.cli.completion",
        N_("Print the script with which a shell completes this command."),
        needs_node=False,
    ),
)


class Bongsu(click.Group):
    """The command itself: finds a verb in the table and imports its module."""

    examples = ("bongsu init", "bongsu show GRID_INTENSITY --where REF_AREA=KOR,FRA", "bongsu meter -- python train.py")

    def __init__(self) -> None:
        version = Option(
            "--version",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help=N_("show program's version number and exit"),
        )
        super().__init__("bongsu", params=[version, help_option()], add_help_option=False, no_args_is_help=False)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of the verbs, in the order of the table."""
        return [verb.name for verb in VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> Command | ActionGroup | None:
        """Returns the command of a verb. Raises PartMissing if it needs packages that are not installed."""
        verb = next((verb for verb in VERBS if verb.name == cmd_name), None)
        if verb is None:
            return None
        if verb.needs_node and importlib.util.find_spec("duckdb") is None:
            raise PartMissing(
                N_("“bongsu {verb}” needs the node's packages, which are not installed."),
                fix=N_('Install them: pip install "bongsu[node]".'),
                verb=verb.name,
            )
        return load_command(verb)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the options before the verb. Raises UnknownName."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise explain_usage_error(error, ctx) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the verb. Raises UnknownName with the nearest ones."""
        names = self.list_commands(ctx)
        if args[0] not in names and not ctx.resilient_parsing:
            error = unknown_name(N_("verb"), args[0], names)
            error.fix = error.fix or N_("“bongsu -h” lists the verbs.")
            raise error
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Returns the verbs that begin with `incomplete`, without importing their modules."""
        from click.shell_completion import CompletionItem

        verbs = [verb for verb in VERBS if verb.name.startswith(incomplete)]
        options = super().shell_complete(ctx, incomplete) if incomplete.startswith("-") else []
        return [*(CompletionItem(verb.name, help=translate(verb.help)) for verb in verbs), *options]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes usage, text, verbs, options, and examples."""
        text = N_("Observatories of AI's energy, of AI and work, and of public-interest AI, in one node.")
        verbs = {N_("verbs"): [(verb.name, translate(verb.help)) for verb in VERBS]}
        formatter.write(format_command_help(ctx, text, self.params, self.examples, verbs))


def load_command(verb: Verb) -> Command | ActionGroup:
    """Imports the module of a verb and returns its command."""
    module: Any = importlib.import_module(verb.module)
    if hasattr(module, "ACTIONS"):
        return ActionGroup(verb.name, verb.help, module.ACTIONS, needs_node=verb.needs_node)
    return Command(
        verb.name,
        verb.help,
        module.run,
        module.PARAMETERS,
        module.EXAMPLES,
        needs_node=verb.needs_node,
        runs_words=getattr(module, "RUNS_WORDS", False),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns the exit status: 0 for success, else the status of the error (docs/reference/errors.md)."""
    words = list(sys.argv[1:] if argv is None else argv)
    own = words[: words.index("--")] if "--" in words else words  # another command follows "--"
    terminal = Terminal(json="--json" in own)
    atexit.register(gc.freeze)  # some compiled libraries crash when what is left of them is collected at the very end
    root = Bongsu()
    try:
        load_languages(Path(default_node_folder()))
        if "_BONGSU_COMPLETE" in os.environ:
            from bongsu.cli.completion import VARIABLE, answer_shell

            return answer_shell(root, os.environ[VARIABLE])
        with root.make_context("bongsu", words) as ctx:
            if not words:
                print(ctx.get_help())
                return 64
            status: int = root.invoke(ctx)
            return status
    except click.exceptions.Exit as done:  # after --help and --version
        raise SystemExit(done.exit_code) from None
    except BongsuError as error:
        terminal.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        terminal.say(translate(N_("Stopped.")))
        return 130
    except BrokenPipeError:  # the reader closed the pipe, as `head` does: not an error
        sys.stderr.close()
        return 141
    except OSError as error:
        wrong = _describe_file_error(error)
        if wrong is None:
            raise
        terminal.error(wrong)
        return wrong.exit_status


def _describe_file_error(error: OSError) -> BongsuError | None:
    """Returns the error of a file or of a full disk; None for what is not about files."""
    if error.filename is None:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
        return BadInput(N_("The file cannot be written: {reason}."), reason=error.strerror) if full else None
    if isinstance(error, FileNotFoundError):
        return Missing(N_("There is no file “{path}”."), path=error.filename)
    return BadInput(N_("“{file}” cannot be opened: {reason}."), file=error.filename, reason=error.strerror)


def _print_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        print(f"bongsu {__version__}")
        ctx.exit()
