"""Reads the text of a PDF in a process of its own, within limits of time and memory: a PDF may be made to use up both.

`python -m bongsu.incubator.applications.pdf_text` reads a PDF from its standard input and writes the text. A picture has none.
"""

from __future__ import annotations

import io
import logging
import subprocess
import sys

SECONDS = 60
MEMORY = 2 << 30  # bytes of address space
MOST = 5_000_000  # characters


def read_pdf_text(data: bytes) -> str:
    """Returns the text of a PDF; empty if it cannot be read within the limits."""
    command = [sys.executable, "-m", "bongsu.incubator.applications.pdf_text"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603 - our own module
    except subprocess.SubprocessError:
        return ""
    return done.stdout.decode("utf-8", "replace")


def main() -> None:
    """Writes the text of the PDF that is read."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    import pypdf

    logging.disable()  # pypdf reports every oddity of a file
    left = MOST
    for page in pypdf.PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages:
        text = page.extract_text()[:left]
        left -= len(text)
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        if left <= 0:
            break


if __name__ == "__main__":
    main()
