"""Commands, groups of actions, arguments and options: click parses; help texts and errors are written here.

A verb's module lists its parameters and actions as tables; texts in them are English and are translated when they are shown.
click's own sentences are never shown: its errors become errors of the tree in core/errors.py, and help is written by
`format_help`, in columns that are right for Korean too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

from bongsu.cli.language import load_languages, translate
from bongsu.cli.terminal import Terminal, format_definitions, wrap_text
from bongsu.core.errors import N_, BongsuError, NotUnderstood, unknown_name

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Groups of options in a help text.
SELECTION = N_("selection")
INPUT = N_("input")
METHOD = N_("method")
OUTPUT = N_("output")
OPTIONS = N_("options")
COMMON = N_("common options")

OPTIONS_HINT = N_("“{command} -h” lists its options.")


class Arguments(SimpleNamespace):
    """The values of a command's arguments and options, by name, with `json` and `node`."""


Run = Callable[[Arguments, Terminal], int]
HelpText = str | Callable[[], str]  # a marked text, or a function that returns a translated one


def read_whole_number(text: str | int) -> int:
    """Converts the text of an option. Raises NotUnderstood."""
    try:
        return int(text)
    except ValueError:
        raise NotUnderstood(N_("“{text}” is not a whole number."), text=text) from None


def read_number(text: str | float) -> float:
    """Converts the text of an option. Raises NotUnderstood."""
    try:
        return float(text)
    except ValueError:
        raise NotUnderstood(N_("“{text}” is not a number."), text=text) from None


def read_path(text: str | Path) -> Path:
    """Converts the name of a file; the shell completes names of files."""
    return Path(text)


def read_file_name(text: str) -> str:
    """Keeps the name of a file as text, for what may be an address or "-" too; the shell completes names of files."""
    return text


def _complete_file(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(start, type="file")]


def _settings(choices: Sequence[str], settings: dict[str, Any]) -> dict[str, Any]:
    """Adds to click's settings: completion of files; and a check, a metavar and completion of `choices`."""
    if settings.get("type") in (read_path, read_file_name):
        settings = {"shell_complete": _complete_file, **settings}
    if not choices:
        return settings

    def read_choice(text: str) -> str:
        if text not in choices:
            raise unknown_name(N_("choice"), text, choices)
        return text

    def complete_choice(context: click.Context, parameter: click.Parameter, start: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(start)]

    return {"type": read_choice, "metavar": "|".join(choices), "shell_complete": complete_choice, **settings}


class Option(click.Option):
    """An option: its names, a help text, the group under which help lists it, and click's settings."""

    def __init__(
        self, *names: str, help: HelpText, group: str = OPTIONS, choices: Sequence[str] = (), **settings: Any
    ) -> None:
        super().__init__(names, **_settings(choices, settings))
        self.text = help
        self.group = group

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Converts the value; an error names the option."""
        return _convert(super().type_cast_value, self, ctx, value)


class Argument(click.Argument):
    """A positional argument: its name, a help text, and click's settings."""

    group = N_("arguments")

    def __init__(self, name: str, *, help: HelpText, choices: Sequence[str] = (), **settings: Any) -> None:
        super().__init__([name], **_settings(choices, settings))
        self.text = help

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Converts the value; an error names the argument."""
        return _convert(super().type_cast_value, self, ctx, value)


def _convert(
    convert: Callable[[click.Context, Any], Any], parameter: click.Parameter, ctx: click.Context, value: Any
) -> Any:
    try:
        return convert(ctx, value)
    except BongsuError as error:
        error.where = error.where or parameter_name(parameter)
        error.fix = error.fix or OPTIONS_HINT
        error.values.setdefault("command", ctx.command_path)
        raise


def parameter_name(parameter: click.Parameter) -> str:
    """Returns the name by which a person writes a parameter: “--where”, or DATAFLOW."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.metavar or str(parameter.name).upper()


def _print_help(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        print(ctx.get_help())
        ctx.exit()


def _common_options(needs_node: bool) -> Iterator[Option]:
    yield Option("--json", is_flag=True, group=COMMON, help=N_("print results as JSON, for machines"))
    if needs_node:
        yield Option(
            "--node",
            metavar="DIR",
            type=read_file_name,
            group=COMMON,
            help=N_("the node's folder (default: $BONGSU_NODE, else ./node)"),
        )
    yield help_option()


def help_option() -> Option:
    """Returns the option -h, --help."""
    return Option(
        "-h",
        "--help",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_help,
        group=COMMON,
        help=N_("show this help message and exit"),
    )


def _list_contexts(ctx: click.Context | None) -> Iterator[click.Context]:
    while ctx is not None:
        yield ctx
        ctx = ctx.parent


def node_folder(ctx: click.Context) -> str:
    """Returns the node's folder: --node after the action or before it, else $BONGSU_NODE, else ./node."""
    return _named_node(ctx) or default_node_folder()


def default_node_folder() -> str:
    """Returns the node's folder where the command line names none: $BONGSU_NODE, else ./node."""
    return os.environ.get("BONGSU_NODE", "node")


def _named_node(ctx: click.Context) -> str | None:
    return next(filter(None, (context.params.get("node") for context in _list_contexts(ctx))), None)


class Command(click.Command):
    """A verb or an action: its parameters, the function that runs it, and examples for its help."""

    def __init__(
        self,
        name: str,
        text: str,
        run: Run,
        parameters: Sequence[click.Parameter] = (),
        examples: Sequence[str] = (),
        *,
        needs_node: bool = True,
        runs_words: bool = False,
    ) -> None:
        """`runs_words`: everything from the first positional argument on belongs to another command."""
        super().__init__(
            name,
            params=[*parameters, *_common_options(needs_node)],
            add_help_option=False,
            context_settings={"allow_interspersed_args": not runs_words, "allow_extra_args": True},
        )
        self.text = text
        self.run = run
        self.needs_node = needs_node
        self.examples = tuple(examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the words. Raises NotUnderstood or UnknownName; never ignores a word."""
        if any(parameter.name == "where" for parameter in self.params):
            args = spread_conditions(args)
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            raise explain_usage_error(error, ctx) from None
        if rest and not ctx.resilient_parsing:
            raise _not_understood(ctx, N_("“{command}” takes no further argument “{word}”."), word=rest[0])
        return rest

    def invoke(self, ctx: click.Context) -> int:
        """Runs the command and returns its exit status. --json and --node can precede or follow an action."""
        arguments = Arguments(**ctx.params)
        arguments.json = any(context.params.get("json") for context in _list_contexts(ctx))
        arguments.node = node_folder(ctx)
        if named := _named_node(ctx):  # the languages of the other node were loaded before the words were parsed
            load_languages(Path(named))
        return self.run(arguments, Terminal(json=arguments.json))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes usage, text, parameters by group, and examples."""
        formatter.write(format_command_help(ctx, self.text, self.params, self.examples))

    def get_short_help_str(self, limit: int = 45) -> str:
        """Returns the text that completion shows beside the command's name."""
        return translate(self.text)


class ActionGroup(click.Group):
    """A verb with actions: `bongsu commons search`."""

    def __init__(self, name: str, text: str, actions: Sequence[Command], *, needs_node: bool = True) -> None:
        super().__init__(
            name,
            commands={str(action.name): action for action in actions},
            params=list(_common_options(needs_node)),
            add_help_option=False,
            no_args_is_help=False,
        )
        self.text = text

    @property
    def examples(self) -> tuple[str, ...]:
        """The first example of every action."""
        return tuple(action.examples[0] for action in self.commands.values() if isinstance(action, Command))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the options before the action. Raises NotUnderstood or UnknownName."""
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            raise explain_usage_error(error, ctx) from None
        if not args and not ctx.resilient_parsing:
            raise _not_understood(ctx, N_("“{command}” needs an action: {known}."), known=", ".join(self.commands))
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the action. Raises NotUnderstood if there is none."""
        try:
            return super().invoke(ctx)
        except click.UsageError:  # options alone
            raise _not_understood(
                ctx, N_("“{command}” needs an action: {known}."), known=", ".join(self.commands)
            ) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the action. Raises UnknownName with the nearest ones."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            raise unknown_name(N_("action"), args[0], self.commands, where=ctx.command_path)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes usage, text, actions, common options, and examples."""
        rows = [(name, action.get_short_help_str()) for name, action in self.commands.items()]
        formatter.write(format_command_help(ctx, self.text, self.params, self.examples, {N_("actions"): rows}))

    def get_short_help_str(self, limit: int = 45) -> str:
        """Returns the text that completion shows beside the verb's name."""
        return translate(self.text)


def spread_conditions(words: Sequence[str]) -> list[str]:
    """Writes “--where A=1 B=2” as “--where A=1 --where B=2”: --where takes every condition that follows it."""
    from bongsu.core.where import starts_condition  # here, since `bongsu meter` does without

    spread: list[str] = []
    taking = False
    for at, word in enumerate(words):
        if word == "--":
            return [*spread, *words[at:]]
        first = spread[-1:] == ["--where"]
        if taking and not first and starts_condition(word):
            spread.append("--where")
        taking = word == "--where" or word.startswith("--where=") or (taking and (first or starts_condition(word)))
        spread.append(word)
    return spread


def _not_understood(ctx: click.Context, message: str, **values: str) -> NotUnderstood:
    return NotUnderstood(message, fix=OPTIONS_HINT, command=ctx.command_path, **values)


def explain_usage_error(error: click.UsageError, ctx: click.Context) -> BongsuError:
    """Converts a usage error of click to a BongsuError with a translatable text."""
    known = {name: parameter for parameter in ctx.command.get_params(ctx) for name in parameter.opts}
    match error:
        case click.NoSuchOption():
            names = [name for name in known if name.startswith("--")]
            unknown = unknown_name(N_("option"), error.option_name, names, where=ctx.command_path)
            unknown.fix = unknown.fix or OPTIONS_HINT
            unknown.values["command"] = ctx.command_path
            return unknown
        case click.MissingParameter(param=click.Parameter() as parameter):
            name = parameter_name(parameter)
            return _not_understood(ctx, N_("“{command}” needs {parameter}."), parameter=name)
        case click.BadOptionUsage():
            option = known.get(error.option_name)
            flag = isinstance(option, click.Option) and option.is_flag
            message = N_("{parameter} takes no value.") if flag else N_("{parameter} needs a value.")
            return _not_understood(ctx, message, parameter=error.option_name)
    return _not_understood(ctx, N_("“{command}” was not understood: {reason}."), reason=error.message)


def format_command_help(
    ctx: click.Context,
    text: str,
    parameters: Sequence[click.Parameter],
    examples: Sequence[str],
    lists: dict[str, list[tuple[str, str]]] | None = None,
) -> str:
    """Returns a help text: usage, text, `lists` of (name, text), parameters by group, and examples."""
    sections: dict[str, list[tuple[str, str]]] = dict(lists or {})
    for parameter in parameters:
        if isinstance(parameter, Option | Argument):
            sections.setdefault(parameter.group, []).append(
                (parameter_signature(parameter), describe_parameter(parameter))
            )
    if COMMON in sections:  # last, whatever the order of the table
        sections[COMMON] = sections.pop(COMMON)
    words = [ctx.command_path, f"[{translate(OPTIONS)}]", *_positional(ctx)]
    parts = [translate(N_("usage: ")) + " ".join(words), wrap_text(translate(text))]
    bodies = {title: format_definitions(rows) for title, rows in sections.items()}
    if examples:
        bodies[N_("examples")] = "\n".join(f"  {example}" for example in examples)
    heading = translate(N_("{title}:"))
    parts += [f"{heading.format(title=translate(title))}\n{body}" for title, body in bodies.items()]
    return "\n\n".join(parts)


def describe_parameter(parameter: Option | Argument) -> str:
    """Returns the help of a parameter in the language of the terminal."""
    return translate(parameter.text) if isinstance(parameter.text, str) else parameter.text()


def parameter_signature(parameter: Option | Argument) -> str:
    """Returns the names of a parameter with its value, as help lists it."""
    if isinstance(parameter, Argument):
        return parameter_name(parameter)
    names = ", ".join(parameter.opts)
    if parameter.is_flag:
        return names
    value = parameter.metavar or "VALUE"
    return (
        f"{names} [{value}]" if isinstance(parameter.flag_value, str) else f"{names} {value}"
    )  # a value may be omitted


def _positional(ctx: click.Context) -> Iterator[str]:
    """Yields the positional part of a usage line; a group has one action and its arguments."""
    if isinstance(ctx.command, click.Group):
        yield translate(N_("ACTION")) + " ..." if ctx.parent is not None else translate(N_("VERB")) + " ..."
    for parameter in ctx.command.params:
        if isinstance(parameter, Option) and parameter.required:
            yield f"{parameter_name(parameter)} {parameter.metavar or 'VALUE'}"
        if isinstance(parameter, Argument):
            name = parameter_name(parameter) + ("..." if parameter.nargs == -1 else "")
            yield name if parameter.required else f"[{name}]"
