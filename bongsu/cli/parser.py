"""The parser of every verb: argparse, in the reader's language, that says what does not fit in one sentence.

argparse takes its own words from a function of its module, `_`, made to be another's translation: here it is ours.
"""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from bongsu.cli.language import translate
from bongsu.core.errors import N_, NotUnderstood

WORDS = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("not allowed with argument %s"),
    N_("one of the arguments %s is required"),
    N_("ignored explicit argument %r"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
)
vars(argparse)["_"] = translate


class Parser(argparse.ArgumentParser):
    """Says what does not fit in one sentence, as every other error."""

    def error(self, message: str) -> NoReturn:
        raise NotUnderstood(
            N_("“{command}” was not understood: {reason}."),
            fix=N_("“{command} -h” says what it takes."),
            command=self.prog,
            reason=message,
        )


def add_action(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    """An action of a verb (`verbs`: what add_subparsers gave), with its line of help and the options of every verb."""
    made: argparse.ArgumentParser = verbs.add_parser(name, help=translate(text), description=translate(text))
    accept_common_options(made)
    return made


def accept_common_options(action: argparse.ArgumentParser) -> None:
    """--json and --node may stand before or behind the action's word; its help names them once, at the verb."""
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    action.add_argument("--node", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
