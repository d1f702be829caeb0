"""The painter: a process that draws, dies with who started it, and never keeps the server from answering."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bongsu.core.errors import BongsuError, Busy
from bongsu.publish.charts import render_worker
from bongsu.publish.charts.render_worker import RenderWorker

SPECIFICATION = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"values": [{"a": "가", "b": 3}, {"a": "나", "b": 5}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}


@pytest.fixture(scope="module")
def one() -> Iterator[RenderWorker]:
    started = RenderWorker()
    yield started
    started.stop()


def test_it_draws_what_we_would_draw(one: RenderWorker) -> None:
    assert one.render(SPECIFICATION, "svg") == render_worker.render_picture(SPECIFICATION, "svg")
    assert one.render(SPECIFICATION, "png").startswith(b"\x89PNG")


def test_after_a_death_the_next_picture_is_drawn(one: RenderWorker) -> None:
    one.render(SPECIFICATION, "svg")
    assert one._process is not None
    one._process.kill()
    one._process.wait()
    assert one.render(SPECIFICATION, "svg").startswith(b"<svg")


def test_what_cannot_be_drawn_is_an_error_and_not_a_silence(capfd: pytest.CaptureFixture[str]) -> None:
    own = RenderWorker()
    with pytest.raises(BongsuError, match="could not be rendered"):
        own.render({"mark": 7}, "svg")
    assert own.render(SPECIFICATION, "svg").startswith(b"<svg")
    own.stop()
    assert "Traceback" in capfd.readouterr().err  # the operator's log says why


def test_the_interpreter_is_free_while_it_draws(one: RenderWorker) -> None:
    one.render(SPECIFICATION, "svg")
    large = {**SPECIFICATION, "data": {"values": [{"a": f"{n:04}", "b": n % 97} for n in range(3000)]}}
    drawing = threading.Thread(target=one.draw, args=(large, "svg"))
    drawing.start()
    turns = 0
    while drawing.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns > 5  # drawn in this process, it would have had one turn


def test_who_comes_when_too_many_wait_is_told_to_come_back() -> None:
    full = RenderWorker()
    for _ in range(render_worker._MAX_WAITING):
        full._waiting.acquire()
    with pytest.raises(Busy, match="rendering 32 charts"):
        full.render(SPECIFICATION, "svg")


def test_it_does_not_outlive_who_started_it() -> None:
    program = (
        "import sys, time; from bongsu.publish.charts.render_worker import RenderWorker; p = RenderWorker()\n"
        f"p.render({SPECIFICATION!r}, 'svg'); print(p._process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(1200):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if " Z " in Path(f"/proc/{child}/stat").read_text():  # ended, and nobody has asked how yet
            return
        time.sleep(0.05)
    raise AssertionError("the painter lives on")
