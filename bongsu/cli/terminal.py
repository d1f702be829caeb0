"""Output on the terminal: sentences, progress, and results as text or as JSON.

Results go to standard output and everything else to standard error, so that output can be piped while a person still
sees the progress. Left out: colours, and characters that a screen reader would spell out.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bongsu.cli.language import translate, translate_error
from bongsu.core.errors import N_, BongsuError
from bongsu.core.letters import count_columns

if TYPE_CHECKING:
    from bongsu.web.long_actions.progress import Stage


@dataclass(frozen=True)
class Terminal:
    """The terminal. `json`: whether results and errors are printed as JSON."""

    json: bool = False

    def say(self, text: str) -> None:
        """Prints a sentence to standard error."""
        print(text, file=sys.stderr, flush=True)

    def result(self, data: object, text: str) -> None:
        """Prints the result: `data` as JSON with --json, else `text`."""
        print(json.dumps(data, ensure_ascii=False, indent=2, default=str) if self.json else text, flush=True)

    def error(self, error: BongsuError) -> None:
        """Prints what is wrong, where, and what to do to standard error; with --json as one JSON object."""
        text = translate_error(error)
        if self.json:
            print(json.dumps(text.to_json(), ensure_ascii=False), file=sys.stderr)
        else:
            print(f"bongsu: {text.message}" + (f"\n        {text.fix}" if text.fix else ""), file=sys.stderr)

    @contextmanager
    def stage(self, title: str, total: int, **values: object) -> Iterator[Stage]:
        """Shows a progress bar: redrawn in place on a terminal, else one line at the end."""
        title = translate(title).format(**values)
        live = sys.stderr.isatty() and not self.json
        started = time.monotonic()
        done = 0

        def draw() -> None:
            filled = 24 * done // total if total else 24
            print(
                f"\r{_pad(title, 34)} [{'█' * filled}{'·' * (24 - filled)}] {done}/{total}",
                end="",
                file=sys.stderr,
                flush=True,
            )

        def advance(steps: int = 1) -> None:
            nonlocal done
            done += steps
            if live:
                draw()

        if live:
            draw()
        try:
            yield advance
        except BaseException:
            if live:
                print(file=sys.stderr)
            raise
        seconds = time.monotonic() - started
        if live:
            print(f"  {seconds:.1f} s", file=sys.stderr)
        elif not self.json:
            self.say(f"{_pad(title, 34)} {done}/{total}  {seconds:.1f} s")

    def note(self, text: str, **values: object) -> None:
        """Prints nothing: the result has what a long action notes."""


def format_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Formats `rows` as aligned text columns: numbers on the right, wide (Korean) characters counted as two columns."""
    cells = [[translate(name) for name in header], *([_cell(value) for value in row] for row in rows)]
    widths = [max(count_columns(row[column]) for row in cells) for column in range(len(header))]
    right = [bool(rows) and all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(header))]
    lines = [
        "  ".join(
            _pad(cell, width, to_right) for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def format_definitions(rows: Sequence[tuple[str, str]], indent: int = 2, column: int = 24) -> str:
    """Formats (name, text) rows as two columns; a name wider than its column has its text below it."""
    lines = []
    for name, text in rows:
        body = wrap_text(text, indent=indent + column).splitlines() or [""]
        head = " " * indent + name
        if count_columns(name) < column - 1:
            lines += [_pad(head, indent + column) + body[0].lstrip(), *body[1:]]
        else:
            lines += [head, *body]
    return "\n".join(line.rstrip() for line in lines)


def wrap_text(text: str, width: int = 100, indent: int = 0) -> str:
    """Breaks a text at spaces into lines of at most `width` columns, each indented."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if count_columns(longer) > width - indent and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(" " * indent + line for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _pad(text: str, width: int, right: bool = False) -> str:
    space = " " * max(0, width - count_columns(text))
    return space + text if right else text + space


NOTHING_TO_SHOW = N_("Nothing to show.")
