"""Sends reports to a node: POST /energy/intake/bongsu with the organisation's token.

A report is first written to disk, then sent, and deleted when the node has confirmed it. If the node does not respond, the
next run and `bongsu meter --flush` try again. Posting a report twice changes nothing at the node, so a lost response does no
harm. The token comes from BONGSU_TOKEN or a file, is sent only to the report's node (no redirects; no plain HTTP except to
this machine or with BONGSU_ALLOW_HTTP=1), and is never written to disk or to a log.
"""

from __future__ import annotations

import json
import os
import ssl
import stat
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from bongsu.core.errors import N_, BadInput, BongsuError, CheckFailed, Misconfigured, Refused, Unreachable
from bongsu.energy.meter import outbox
from bongsu.energy.meter.meter_report import MeterReport
from bongsu.energy.meter.report_json import dump_report

INTAKE_PATH = "/energy/intake/bongsu"
_TIMEOUT_S = 5.0
_FLUSH_LIMIT_S = 15.0  # for the whole outbox: a job must not wait for its node
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# HTTP statuses for invalid content: sending the same report again cannot succeed. All other failures are tried again.
_FINAL_STATUSES = (400, 409, 413, 415, 422)


@dataclass(frozen=True)
class FlushResult:
    """The result of a flush: how many reports were sent, were refused permanently, and still wait; and the errors."""

    sent: int = 0
    refused: int = 0
    waiting: int = 0
    reasons: tuple[BongsuError, ...] = field(default=())


def node_address(text: str) -> str:
    """A node's address without a trailing slash. Raises BadInput if it is invalid, has a password, or is not HTTPS."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise BadInput(N_("“{address}” is not a valid node address such as https://node.example.org."), address=text)
    if parts.username is not None or parts.password is not None:
        raise BadInput(N_("A node's address must not hold a name or password; the token comes from BONGSU_TOKEN."))
    if parts.scheme == "http" and host not in _LOOPBACK and os.environ.get("BONGSU_ALLOW_HTTP") != "1":
        raise BadInput(
            N_("{address} is not encrypted: the token could be read in transit."),
            fix=N_("Use https://, or set BONGSU_ALLOW_HTTP=1 if the network is trusted."),
            address=text,
        )
    return text.rstrip("/")


def read_token() -> str:
    """Reads the token: BONGSU_TOKEN, else the file named by BONGSU_TOKEN_FILE, else ~/.config/bongsu/token.

    Raises Misconfigured if there is no token, if other users can read the file, or if the token has invalid characters.
    """
    found = os.environ.get("BONGSU_TOKEN", "").strip()
    if found:
        return _check_token(found, "BONGSU_TOKEN")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = Path(os.environ.get("BONGSU_TOKEN_FILE") or config / "bongsu" / "token")
    try:
        mode = path.stat().st_mode
        found = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found, mode = "", 0
    if not found:
        raise Misconfigured(
            N_("No token is configured."),
            fix=N_("Set BONGSU_TOKEN, or write the token into {path}."),
            path=str(path),
        )
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        fix = N_("chmod 600 {path}")
        raise Misconfigured(N_("Other users can read the token file."), where=str(path), fix=fix, path=str(path))
    return _check_token(found, str(path))


def _check_token(found: str, where: str) -> str:
    if not found.isascii() or not found.isprintable() or " " in found:
        raise Misconfigured(N_("The token contains characters that are not allowed."), where=where)
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirects: a redirect would send the token to another server."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def post_report(node: str, report: dict[str, object], secret: str) -> None:
    """Posts one report. Raises Unreachable (try again), Refused (try another token), CheckFailed (do not send it again)."""
    body = json.dumps(report, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}", "User-Agent": "bongsu-meter"}
    request = urllib.request.Request(node + INTAKE_PATH, body, headers, method="POST")  # noqa: S310  http(s) only
    proxies = urllib.request.ProxyHandler({} if urlsplit(node).hostname in _LOOPBACK else None)
    try:
        with urllib.request.build_opener(_NoRedirect, proxies).open(request, timeout=_TIMEOUT_S) as answer:
            answer.read(4096)
    except urllib.error.HTTPError as error:
        said = _read_error_message(error)
        if error.code in _FINAL_STATUSES:
            raise CheckFailed(
                N_("{node} refuses the report ({status}): {said}"), node=node, status=error.code, said=said
            ) from None
        if error.code in (401, 403):
            raise Refused(N_("{node} does not accept the token ({status})."), node=node, status=error.code) from None
        raise Unreachable(
            N_("{node} responded with status {status}: {said}"), node=node, status=error.code, said=said
        ) from None
    except (OSError, HTTPException, ssl.SSLError) as error:
        why = str(getattr(error, "reason", error)) or type(error).__name__
        raise Unreachable(N_("{node} does not answer: {why}"), node=node, why=why) from None


def _read_error_message(error: urllib.error.HTTPError) -> str:
    try:
        text = error.read(2000).decode("utf-8", "replace")
    except (OSError, HTTPException):
        return ""
    try:
        shape = json.loads(text)
        text = str(shape["error"]["message"])
    except (ValueError, KeyError, TypeError):  # not this project's error shape
        pass
    return " ".join(text.split())[:300]


def queue_and_flush(report: MeterReport, node: str) -> FlushResult:
    """Writes the report to the outbox, then tries to send all reports that wait for `node`. Never raises: a job must not fail
    because of its report. If writing fails, the report is sent directly; `reasons` has that error and any sending error."""
    try:
        outbox.queue_report(dump_report(report), node)
    except OSError as problem:
        kept = Misconfigured(
            N_("The report could not be saved: {reason}."),
            where=str(outbox.outbox_folder()),
            reason=problem.strerror or problem,
        )
        try:
            post_report(node, dump_report(report), read_token())
        except BongsuError as error:
            return FlushResult(0, 0, 0, (kept, error))
        return FlushResult(1, 0, 0, (kept,))
    return flush_outbox(node)


def flush_outbox(node: str | None = None) -> FlushResult:
    """Tries to send every report that waits for `node`. Without `node`, sends all reports, with the same token for each node.

    Does not raise for a node or token error: the reports stay in the outbox, and `reasons` has the errors.
    """
    sent = refused = left = 0
    reasons: list[BongsuError] = []
    failed_nodes: set[str] = set()
    began = time.monotonic()
    reports = [waiting for waiting in outbox.waiting_reports() if node in (None, waiting.node)]
    for waiting in reports:
        if waiting.node in failed_nodes or time.monotonic() - began > _FLUSH_LIMIT_S:
            left += 1
            continue
        try:
            post_report(node_address(waiting.node), waiting.report, read_token())
        except CheckFailed as error:
            outbox.set_report_aside(waiting, str(error))
            refused += 1
            reasons.append(error)
        except (Unreachable, Refused, Misconfigured, BadInput) as error:
            failed_nodes.add(waiting.node)
            left += 1
            reasons.append(error)
        else:
            outbox.remove_report(waiting)
            sent += 1
    return FlushResult(sent, refused, left, tuple({str(error): error for error in reasons}.values()))
