"""The command `bongsu`: a table of verbs, one module each. A verb has no logic of its own: it calls another package
and prints the result.

This file and `bongsu meter` are imported by training jobs, so nothing heavy is imported until a verb that needs it runs.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from bongsu.cli.language import translate
from bongsu.cli.parser import Parser
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_, BongsuError, PartMissing, unknown_name


class Verb(NamedTuple):
    """A verb: its name, the module that runs it, its help text, and whether it needs `bongsu[node]`."""

    name: str
    module: str
    help: str
    needs_node: bool = True


VERBS = (
    Verb("init", "bongsu.cli.init", N_("Create a node in a folder.")),
    Verb("take", "bongsu.cli.take", N_("Take raw figures into the node as snapshots.")),
    Verb("build", "bongsu.cli.build", N_("Build, check and seal releases from the snapshots.")),
    Verb("serve", "bongsu.cli.serve", N_("Serve the node's pages and data over HTTP.")),
    Verb("token", "bongsu.cli.token", N_("Make, list and revoke the tokens with which organisations send reports.")),
    Verb("show", "bongsu.cli.show", N_("Print observations of a dataflow.")),
    Verb("withdraw", "bongsu.cli.withdraw", N_("Mark a release as withdrawn, with the reason.")),
    Verb("journal", "bongsu.cli.journal", N_("Print the node's journal, or verify its chain.")),
    Verb("meter", "bongsu.cli.meter", N_("Run a command and report the energy that it used."), needs_node=False),
    Verb("estimate", "bongsu.cli.estimate", N_("Estimate the energy of training, inference, images or video.")),
    Verb("scenario", "bongsu.cli.scenario", N_("Project data-centre electricity to 2035 under levers of your own.")),
    Verb("form", "bongsu.cli.form", N_("Fill in a form or draw an energy label from a file.")),
    Verb("work", "bongsu.cli.work", N_("Exposure of occupations, codes for job titles, and the event study.")),
    Verb("commons", "bongsu.cli.commons", N_("Assess openness; keep, search and harvest the catalogue.")),
    Verb("hold", "bongsu.cli.hold", N_("Keep microdata as holdings: add, list and drop them; no row is ever shown.")),
    Verb("desk", "bongsu.cli.desk", N_("Ask about microdata; the answer protects the people in them.")),
    Verb("publish", "bongsu.cli.publish", N_("Write reports, bulk files, or the whole node as static files.")),
    Verb("doctor", "bongsu.cli.doctor", N_("Describe the node and this machine, and report what is wrong.")),
)


def parser() -> argparse.ArgumentParser:
    """Returns the parser with every verb and its help text; `build_verb_parser` adds the options of the chosen verb."""
    top = Parser(
        prog="bongsu",
        description=translate(
            N_("Observatories of AI's energy, of AI and work, and of public-interest AI, in one node.")
        ),
    )
    top.add_argument(
        "--version", action="version", version=_version(), help=translate("show program's version number and exit")
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", title=translate(N_("verbs")))
    for verb in VERBS:
        verbs.add_parser(verb.name, help=translate(verb.help), add_help=False)
    return top


def build_verb_parser(verb: Verb) -> argparse.ArgumentParser:
    """Returns the parser of one verb's arguments."""
    options = Parser(prog=f"bongsu {verb.name}", description=translate(verb.help))
    options.add_argument("--json", action="store_true", help=translate(N_("print results as JSON, for machines")))
    if verb.needs_node:
        options.add_argument(
            "--node",
            metavar="DIR",
            default=os.environ.get("BONGSU_NODE", "node"),
            help=translate(N_("the node's folder (default: $BONGSU_NODE, else ./node)")),
        )
    importlib.import_module(verb.module).add_arguments(options)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb and returns the exit status: 0 for success, else the status of the error (docs/reference/errors.md)."""
    words = list(sys.argv[1:] if argv is None else argv)
    own = words[: words.index("--")] if "--" in words else words  # another command follows "--"
    terminal = Terminal(json="--json" in own)
    chosen = next((verb for verb in VERBS if words and words[0] == verb.name), None)
    try:
        if chosen is None:
            if words and not words[0].startswith("-"):
                error = unknown_name(N_("verb"), words[0], [verb.name for verb in VERBS])
                error.fix = error.fix or N_("“bongsu -h” lists the verbs.")
                raise error
            top = parser()
            top.parse_args(words)
            top.print_help()
            return 64
        if chosen.needs_node and importlib.util.find_spec("duckdb") is None:
            raise PartMissing(
                N_("“bongsu {verb}” needs the node's packages, which are not installed."),
                fix=N_('Install them: pip install "bongsu[node]".'),
                verb=chosen.name,
            )
        args = build_verb_parser(chosen).parse_args(words[1:])
        status: int = importlib.import_module(chosen.module).run(args, terminal)
        return status
    except BongsuError as error:
        terminal.error(error)
        return error.exit_status
    except KeyboardInterrupt:
        terminal.say(translate(N_("Stopped.")))
        return 130
    except BrokenPipeError:  # the reader closed the pipe, as `head` does: not an error
        sys.stderr.close()
        return 141


def _version() -> str:
    from importlib.metadata import version

    return f"bongsu {version('bongsu')}"
