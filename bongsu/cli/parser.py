"""The parser of every verb: argparse with translated texts and one-sentence errors.

argparse translates its own texts with the function `_` of its module; this module replaces it by `translate`.
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
    """An ArgumentParser that raises NotUnderstood instead of printing the usage and exiting."""

    def error(self, message: str) -> NoReturn:
        raise NotUnderstood(
            N_("“{command}” was not understood: {reason}."),
            fix=N_("“{command} -h” lists its options."),
            command=self.prog,
            reason=message,
        )


def add_action(verbs: Any, name: str, text: str) -> argparse.ArgumentParser:
    """Adds an action to `verbs` (the result of add_subparsers) with its help text and the options common to all verbs."""
    made: argparse.ArgumentParser = verbs.add_parser(name, help=translate(text), description=translate(text))
    accept_common_options(made)
    return made


def accept_common_options(action: argparse.ArgumentParser) -> None:
    """Accepts --json and --node after the action too. The action's help does not list them, since the verb's help does."""
    action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    action.add_argument("--node", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
