"""What every table of call.toml has in common."""

from __future__ import annotations

import msgspec


class Struct(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, dict=True):
    """A table of the file; a field that it does not know is refused."""
