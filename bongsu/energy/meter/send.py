"""Sends reports to a node: POST /energy/intake/bongsu with the organisation's token.

A report is first put on the disk, then sent, and taken off when the node has answered that it has it; a node that does not
answer is tried again by the next run and by `bongsu meter --flush`. A repeated post changes nothing at the node, so a lost
answer costs nothing. The token comes from BONGSU_TOKEN or a file, goes to the node it is meant for only (no redirects, no
plain HTTP except to this machine), and is never written anywhere.
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
_FLUSH_LIMIT_S = 15.0  # for all of an outbox: a job must not wait for its node
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# What will never be taken, whoever asks again: wrong content. Everything else may be put right at the node or here.
_FINAL_STATUSES = (400, 409, 413, 415, 422)


@dataclass(frozen=True)
class FlushResult:
    """What became of the reports that waited: how many were sent, refused for good, and still wait; and why."""

    sent: int = 0
    refused: int = 0
    waiting: int = 0
    reasons: tuple[BongsuError, ...] = field(default=())


def node_address(text: str) -> str:
    """A node's address without a slash at its end. Raises BadInput for one that is none or would carry a secret in clear."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise BadInput(N_("“{address}” is no address of a node, such as https://node.example.org."), address=text)
    if parts.username is not None or parts.password is not None:
        raise BadInput(N_("A node's address must not hold a name or password; the token comes from BONGSU_TOKEN."))
    if parts.scheme == "http" and host not in _LOOPBACK and os.environ.get("BONGSU_ALLOW_HTTP") != "1":
        raise BadInput(
            N_("{address} is not encrypted: the token could be read on the way."),
            fix=N_("Use https://, or set BONGSU_ALLOW_HTTP=1 where the network itself is trusted."),
            address=text,
        )
    return text.rstrip("/")


def read_token() -> str:
    """The token: BONGSU_TOKEN, else the file that BONGSU_TOKEN_FILE names, else ~/.config/bongsu/token.

    Raises Misconfigured where there is none, or where others may read the file.
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
            N_("There is no token to send with."),
            fix=N_("Set BONGSU_TOKEN, or write the token into {path}."),
            path=str(path),
        )
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        fix = N_("chmod 600 {path}")
        raise Misconfigured(N_("Others may read the token."), where=str(path), fix=fix, path=str(path))
    return _check_token(found, str(path))


def _check_token(found: str, where: str) -> str:
    if not found.isascii() or not found.isprintable() or " " in found:
        raise Misconfigured(N_("The token holds characters that no token has."), where=where)
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to somebody else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def post_report(node: str, report: dict[str, object], secret: str) -> None:
    """Posts one report. Raises Unreachable (try again), Refused (try again with another token), CheckFailed (never again)."""
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
        raise Unreachable(N_("{node} answers {status}: {said}"), node=node, status=error.code, said=said) from None
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
    """Keeps the report on the disk for `node`, then tries to send all that wait for it. Never raises: a job must not fail for
    its report. Where the disk refuses, the report is sent all the same, and `reasons` says so if that fails too."""
    try:
        outbox.queue_report(dump_report(report), node)
    except OSError as problem:
        kept = Misconfigured(
            N_("The report could not be kept: {reason}."),
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
    """Tries to send every report that waits for `node`, or for any node: the token then goes to each of them.

    Never raises for a node or a token: the reports wait on, and `reasons` says why.
    """
    sent = refused = left = 0
    reasons: list[BongsuError] = []
    silent: set[str] = set()
    began = time.monotonic()
    letters = [letter for letter in outbox.waiting_reports() if node in (None, letter.node)]
    for letter in letters:
        if letter.node in silent or time.monotonic() - began > _FLUSH_LIMIT_S:
            left += 1
            continue
        try:
            post_report(node_address(letter.node), letter.report, read_token())
        except CheckFailed as error:
            outbox.set_report_aside(letter, str(error))
            refused += 1
            reasons.append(error)
        except (Unreachable, Refused, Misconfigured, BadInput) as error:
            silent.add(letter.node)
            left += 1
            reasons.append(error)
        else:
            outbox.remove_report(letter)
            sent += 1
    return FlushResult(sent, refused, left, tuple({str(error): error for error in reasons}.values()))
