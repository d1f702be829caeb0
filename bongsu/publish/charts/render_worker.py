"""Renders charts in a separate process, so that the server's threads stay responsive: vl-convert holds the GIL
while it renders.

    {"form": "svg", "specification": {...}}\\n    ->    length in 8 bytes, then the picture; 0 if it could not be rendered

`python -m bongsu.publish.charts.render_worker` ends when its input ends, so it never outlives the process that started it.
It renders one picture at a time. If the queue is full, `render` raises Busy (503).
"""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any, BinaryIO

from bongsu.core.errors import N_, BongsuError, Busy
from bongsu.publish.charts import chart_theme
from bongsu.publish.formats import typesetting

_MAX_WAITING = 32
_LENGTH = 8  # bytes


def render_picture(specification: dict[str, Any], form: str) -> bytes:
    """Renders a Vega-Lite specification in this process as svg (light and dark) or png."""
    if form == "png":
        return typesetting.svg_to_png(typesetting.specification_to_svg(specification, typesetting.FONT_NAME))
    return chart_theme.add_dark_style(typesetting.specification_to_svg(specification)).encode()


class RenderWorker:
    """Renders charts in a separate process, which is started for the first picture."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(_MAX_WAITING)

    def render(self, specification: dict[str, Any], form: str) -> bytes:
        """Renders a specification as svg or png. Raises Busy if the queue is full, PartMissing if the fonts are missing."""
        typesetting.find_font_folder()
        if not self._waiting.acquire(blocking=False):
            raise Busy(
                N_("This node is already rendering {most} charts."),
                fix=N_("Try again in a moment."),
                most=_MAX_WAITING,
            )
        try:
            with self._turn:
                return self._request_picture(json.dumps({"form": form, "specification": specification}).encode())
        finally:
            self._waiting.release()

    def _request_picture(self, line: bytes) -> bytes:
        process = self._ensure_process()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            length = int.from_bytes(_read_exactly(process.stdout, _LENGTH))
            picture = _read_exactly(process.stdout, length)
        except (OSError, EOFError):  # the process has ended; the next picture starts another
            self.stop()
            picture = b""
        if not picture:
            raise BongsuError(N_("The chart could not be rendered."))
        return picture

    def _ensure_process(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            command = [sys.executable, "-m", __name__]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
            atexit.register(self.stop)
        return self._process

    def stop(self) -> None:
        """Stops the process; the next picture starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    if stream is not None:
                        stream.close()
            process.wait()


def _read_exactly(stream: Any, count: int) -> bytes:
    data: bytes = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data


def serve_requests(requests: BinaryIO, answers: BinaryIO) -> None:
    """Renders each request line until the input ends."""
    for line in requests:
        asked = json.loads(line)
        try:
            picture = render_picture(asked["specification"], asked["form"])
        except Exception:  # noqa: BLE001 (whatever is wrong with one picture, the next one is drawn; the log says why)
            traceback.print_exc()
            picture = b""
        answers.write(len(picture).to_bytes(_LENGTH) + picture)
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C stops the server, which then closes this process's input
    serve_requests(sys.stdin.buffer, sys.stdout.buffer)
