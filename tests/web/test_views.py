"""Pages of errors, and the bundle of scripts."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.translation import override

from bongsu.core.errors import BadInput, BongsuError, Damaged
from bongsu.web import vega_bundle, views
from bongsu.web.middleware import ErrorMiddleware


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (OperationalError("connection to 10.0.0.1 refused"), 503, "database does not answer"),
        (ValueError("secret"), 500, "went wrong"),
    ],
)
def test_a_database_that_is_away_is_503_and_a_defect_500(
    error: Exception, status: int, said: str, node: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("middleware", "context", "views"):
        monkeypatch.setattr(f"bongsu.web.{module}.open_node", lambda: node)
    request = RequestFactory().get("/en/", headers={"accept": "application/json"})
    try:
        raise error
    except type(error):
        with override("en"):  # another test may have left its language
            answer = views.server_error(request)
    text = answer.content.decode()
    assert (answer.status_code, said in text, str(error) in text) == (status, True, False)


def test_the_bundle_and_its_packed_copy_are_one_script_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vega_bundle.write_bundle(tmp_path)
    script = (tmp_path / vega_bundle.BUNDLE).read_bytes()
    assert b"vegaEmbed" in script
    assert gzip.decompress((tmp_path / f"{vega_bundle.BUNDLE}.gz").read_bytes()) == script
    monkeypatch.setattr(subprocess, "run", None)
    vega_bundle.write_bundle(tmp_path)


def test_one_proxy_is_believed_if_there_is_one() -> None:
    code = "from bongsu.web import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)"
    for proxy, count in (("yes", 1), ("no", 0)):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "BONGSU_PROXY": proxy},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [str(count)]


def test_the_log_has_errors_of_the_node_and_not_those_of_readers(
    node: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module in ("middleware", "context", "views"):
        monkeypatch.setattr(f"bongsu.web.{module}.open_node", lambda: node)
    caught = ErrorMiddleware(lambda request: HttpResponse())
    request = RequestFactory().get("/en/", headers={"accept": "application/json"})
    for error in (Damaged("The audit was altered."), BadInput("“x” is not a number."), BongsuError("It broke.")):
        caught.process_exception(request, error)
    assert [record.message.partition(": ")[2] for record in caplog.records] == ["The audit was altered.", "It broke."]
