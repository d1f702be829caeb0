"""Refusals that HTTP has a status of its own for."""

from bongsu.core.errors import BadInput, Refused


class MessageTooLarge(BadInput):
    """A message longer than is taken."""

    code = "too-large"
    http_status = 413


class UnsupportedType(BadInput):
    """A content type or an encoding that is not read."""

    code = "wrong-type"
    http_status = 415


class NoToken(Refused):
    """A request that needs an organisation's token and came without one."""

    code = "no-token"
    http_status = 401
