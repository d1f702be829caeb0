"""Intake errors with their own HTTP status: 413, 415 and 401."""

from bongsu.core.errors import BadInput, Refused


class MessageTooLarge(BadInput):
    """The message is longer than the limit."""

    code = "too-large"
    http_status = 413


class UnsupportedType(BadInput):
    """The content type or the content encoding is not supported."""

    code = "wrong-type"
    http_status = 415


class NoToken(Refused):
    """The request needs an organisation's token and has none."""

    code = "no-token"
    http_status = 401
