"""The errors that only nodes get from each other. Why a signature was refused is for this node's log, not for the sender."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bongsu.core.errors import N_, BongsuError, Refused
from bongsu.core.report import Report


class Misbehaved(Refused):
    """A peer did what no honest node does. `kind` names it and `parts` are the files that show it."""

    code = "misbehaved"

    def __init__(self, message: str, kind: str, parts: Mapping[str, bytes], **values: str | int) -> None:
        """Keeps the evidence beside the text."""
        super().__init__(message)
        self.values.update(values)
        self.kind, self.parts = kind, parts


class WrongSignature(Refused):
    """The signature of a message is missing, malformed, wrong, too old, from the future, or was used before."""

    code = "wrong-signature"
    http_status = 401

    def __init__(self, reason: str = "") -> None:
        """Keeps `reason` for the log of this node: whoever sent the message is not told which part was wrong."""
        super().__init__(N_("The signature of this message is not accepted."))
        self.for_our_log = reason


class UnknownPeer(Refused):
    """The key that signed is of no peer."""

    code = "unknown-peer"


class NotTrusted(Refused):
    """The peer is known, but not trusted with this."""

    code = "not-trusted"


class Conflict(Refused):
    """The id was used for another body."""

    code = "conflict"
    http_status = 409


class WrongProtocol(Refused):
    """The two nodes have no major version of the protocol in common."""

    code = "protocol"
    http_status = 426


class TooMany(Refused):
    """The sender has sent too many of these; `message` says when it may go on."""

    code = "over-budget"
    http_status = 429


def to_record(error: BongsuError) -> dict[str, Any]:
    """Returns an error as a record keeps it, without what PostgreSQL does not keep: a peer’s answer may contain anything."""
    text = json.dumps(Report.of_error(error).to_json(), ensure_ascii=False).replace("\\u0000", "")
    stored: dict[str, Any] = json.loads(text.encode("utf-8", "replace"))
    return stored
