"""`bongsu records`: whether the confidential records of applications are encrypted, and encrypts those that are not."""

from __future__ import annotations

from bongsu.cli.commands import Arguments, Command
from bongsu.cli.language import translate
from bongsu.cli.records import command_actor, open_records
from bongsu.cli.terminal import Terminal
from bongsu.core.errors import N_


def run_state(args: Arguments, terminal: Terminal) -> int:
    """Prints how many rows and files the first key has not encrypted."""
    node = open_records(args)
    from bongsu.incubator.sealing.rows import read_state

    state = read_state(node)
    text = (
        N_("Encryption is on. Not encrypted with the first key: {rows} records, {files} files.")
        if state.is_on
        else N_("Encryption is off: BONGSU_RECORDS_KEY is not set. There are {rows} records and {files} files.")
    )
    lines = [translate(text).format(rows=state.rows, files=state.files)]
    if state.without_key:
        lines.append(translate(N_("Encrypted with a key that is not set: {count}.")).format(count=state.without_key))
    terminal.result(state._asdict(), "\n".join(lines))
    return 1 if state.without_key else 0


def run_encrypt(args: Arguments, terminal: Terminal) -> int:
    """Encrypts with the first key everything that it has not encrypted yet; what was cut short goes on."""
    node = open_records(args)
    from bongsu.incubator.sealing.rows import seal_rows

    def show(done: int, all_: int) -> None:
        if done % 1000 == 0:
            terminal.say(translate(N_("{done} of {all}")).format(done=done, all=all_))

    count = seal_rows(command_actor(), node, show)
    terminal.result({"encrypted": count}, translate(N_("Records and files encrypted: {count}.")).format(count=count))
    return 0


ACTIONS = (
    Command(
        "state", N_("whether records are encrypted, and how many are not"), run_state, (), ("bongsu records state",)
    ),
    Command(
        "encrypt",
        N_("encrypt with the first key what it has not encrypted yet"),
        run_encrypt,
        (),
        ("bongsu records encrypt",),
    ),
)
