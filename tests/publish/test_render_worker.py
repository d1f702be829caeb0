"""The render worker: a separate process that renders charts, ends with its parent, and does not block the server."""

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


def test_it_renders_the_same_picture_as_in_process(one: RenderWorker) -> None:
    assert one.render(SPECIFICATION, "svg") == render_worker.render_picture(SPECIFICATION, "svg")
    assert one.render(SPECIFICATION, "png").startswith(b"\x89PNG")


def test_it_restarts_after_the_process_died(one: RenderWorker) -> None:
    one.render(SPECIFICATION, "svg")
    assert one._process is not None
    one._process.kill()
    one._process.wait()
    assert one.render(SPECIFICATION, "svg").startswith(b"<svg")


def test_an_invalid_specification_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    own = RenderWorker()
    with pytest.raises(BongsuError, match="could not be rendered"):
        own.render({"mark": 7}, "svg")
    assert own.render(SPECIFICATION, "svg").startswith(b"<svg")
    own.stop()
    assert "Traceback" in capfd.readouterr().err  # the operator's log says why


def test_other_threads_run_while_it_renders(one: RenderWorker) -> None:
    one.render(SPECIFICATION, "svg")
    large = {**SPECIFICATION, "data": {"values": [{"a": f"{n:04}", "b": n % 97} for n in range(3000)]}}
    drawing = threading.Thread(target=one.render, args=(large, "svg"))
    drawing.start()
    turns = 0
    while drawing.is_alive():
        time.sleep(0.001)
        turns += 1
    assert turns > 5  # rendering in this process would have blocked the thread


def test_a_full_queue_raises_busy() -> None:
    full = RenderWorker()
    for _ in range(render_worker._MAX_WAITING):
        full._waiting.acquire()
    with pytest.raises(Busy, match="rendering 32 charts"):
        full.render(SPECIFICATION, "svg")


def test_it_ends_with_its_parent_process() -> None:
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
        if " Z " in Path(f"/proc/{child}/stat").read_text():  # a zombie: ended, but not yet waited for
            return
        time.sleep(0.05)
    raise AssertionError("the painter lives on")
