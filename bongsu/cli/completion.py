"""`bongsu completion bash|zsh|fish`, and what the shell completes beside names of verbs and options.

    eval "$(bongsu completion bash)"           in ~/.bashrc; zsh likewise
    bongsu completion fish > ~/.config/fish/completions/bongsu.fish

Dataflows and codes come from the node that the command line names. A shell waits for the answer at every press of the key, so
nothing is computed here, and a node that cannot be read completes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bongsu.cli.commands import Argument, Arguments, node_folder
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_, BongsuError

if TYPE_CHECKING:
    from bongsu.core.structure import Structure
    from bongsu.store.node import Node

SHELLS = ("bash", "zsh", "fish")


VARIABLE = "_BONGSU_COMPLETE"  # set by a script of `bongsu completion` when the shell asks for completions


def run(args: Arguments, terminal: Terminal) -> int:
    """Prints the script of a shell."""
    from click.shell_completion import get_completion_class

    from bongsu.cli import Bongsu

    shell = get_completion_class(args.shell)
    assert shell is not None, args.shell
    script = shell(Bongsu(), {}, "bongsu", VARIABLE).source()
    terminal.result({"shell": args.shell, "script": script}, script)
    return 0


def answer_shell(root: click.Group, instruction: str) -> int:
    """Prints completions of the words in the shell's variables; `instruction` is “bash_complete” or alike."""
    from click.shell_completion import BashComplete, CompletionItem, add_completion_class, shell_complete

    class Bash(BashComplete):
        """bash splits words at "=" and replaces the last part alone; this joins them for click, and returns that part."""

        def get_completion_args(self) -> tuple[list[str], str]:
            before, last = super().get_completion_args()
            words = join_assignments([*before, last])
            return words[:-1], words[-1]

        def format_completion(self, item: CompletionItem) -> str:
            _, last = self.get_completion_args()
            value = str(item.value).rpartition("=")[2] if "=" in last else item.value
            return f"{item.type},{value}"

    add_completion_class(Bash)
    try:
        return shell_complete(root, {}, "bongsu", VARIABLE, instruction)
    except BongsuError:  # a verb whose packages are not installed: nothing to complete, and nothing to say
        return 1


def join_assignments(words: Sequence[str]) -> list[str]:
    """Joins "NAME", "=", "VALUE" to one word."""
    joined: list[str] = []
    for word in words:
        if joined and (word == "=" or joined[-1].endswith("=")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def complete_programmes(ctx: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Returns the names of programmes that begin with `start`."""
    from bongsu.store.tables.programmes import read_programmes

    return _beginning(read_programmes(), start)


def complete_recipes(ctx: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Returns the dataflows that a programme can build and that begin with `start`."""
    from bongsu.store.own_flows.node_programmes import find_programmes

    try:
        programmes = find_programmes(_open_node(ctx))
    except BongsuError:
        return []
    return _beginning((recipe.flow for programme in programmes for recipe in programme.recipes), start.upper())


def complete_own_flows(ctx: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Returns the own dataflows in the node's folder flows/ that begin with `start`."""
    from bongsu.store.own_flows.flow_folders import list_flow_ids

    try:
        return _beginning(list_flow_ids(_open_node(ctx)), start.upper())
    except BongsuError:
        return []


def complete_dataflows(ctx: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Returns the node's dataflows that begin with `start`."""
    try:
        return _beginning(_open_node(ctx).releases.dataflows(), start.upper())
    except BongsuError:
        return []


def complete_condition(ctx: click.Context, parameter: click.Parameter, start: str) -> list[str]:
    """Returns conditions of the dataflow on the command line: its dimensions, or the codes of the one that `start` names."""
    # An option without its value ends click's parsing, and the words before it are in `args`.
    flow = ctx.params.get("dataflow") or next(iter(ctx.args), None)
    if not flow:
        return []
    try:
        node = _open_node(ctx)
        structure = node.releases.structure(node.releases.current(str(flow).upper()))
        return list(_conditions(structure, start))
    except BongsuError:
        return []


def _conditions(structure: Structure, start: str) -> Iterator[str]:
    name, sign, codes = start.partition("=")
    if not sign:
        yield from (f"{key}=" for key in _beginning(structure.dataflow.keys, start.upper()))
        return
    code_list = structure.code_list(structure.dataflow.dimension(name).code_list)
    given, comma, last = codes.rpartition(",")
    for code in code_list or ():
        if code.id.startswith(last.upper()):
            yield f"{name}={given}{comma}{code.id}"


def _open_node(ctx: click.Context) -> Node:
    from bongsu.store.node import Node

    return Node(Path(node_folder(ctx)))


def _beginning(names: Iterable[str], start: str) -> list[str]:
    return [name for name in names if name.startswith(start)]


EXAMPLES = (
    'eval "$(bongsu completion bash)"',
    "bongsu completion zsh > ~/.bongsu-completion.zsh",
    "bongsu completion fish > ~/.config/fish/completions/bongsu.fish",
)
PARAMETERS = (Argument("shell", choices=SHELLS, help=N_("the shell")),)
