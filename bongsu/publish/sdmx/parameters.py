"""Strict parsing of a query string: unknown, repeated and invalid parameters are refused.

`+` is not decoded as a space, raw or percent-encoded, because SDMX joins conditions with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.publish.sdmx.filters import Filter, parse_component, parse_filter
from bongsu.store.disk.clock import parse_moment

MAX_ADDRESS_BYTES = 16_384  # maximum length of an address


class Parameters:
    """The parameters of one request. Each is taken once; `refuse_unused` raises BadInput if one was not taken."""

    def __init__(self, query_string: str) -> None:
        self._values: dict[str, str] = {}
        for pair in filter(None, query_string.split("&")):
            raw_name, _, raw = pair.partition("=")
            name = _unquote(raw_name)
            if name in self._values:
                raise BadInput(N_("The parameter is given more than once."), where=name[:80])
            self._values[name] = _unquote(raw)

    def text(self, name: str, default: str = "") -> str:
        """Takes a text; returns the default if it is absent or empty."""
        return self._values.pop(name, "") or default

    def texts(self, name: str, default: str) -> tuple[str, ...]:
        """Takes a list of texts separated by commas."""
        return tuple(value for value in self.text(name, default).split(",") if value)

    def one_of(self, name: str, choices: Iterable[str]) -> str:
        """Takes one of the choices; the first is the default."""
        allowed = tuple(choices)
        value = self.text(name, allowed[0])
        if value not in allowed:
            raise BadInput(
                N_("“{value}” is not a valid choice. Valid choices: {choices}."),
                where=name,
                value=value[:80],
                choices=", ".join(allowed),
            )
        return value

    def flag(self, name: str) -> bool:
        """Takes “true” or “false” (the default)."""
        return self.one_of(name, ("false", "true", "False", "True")).lower() == "true"

    def count(self, name: str, least: int = 1) -> int | None:
        """Takes a whole number of at least `least`; returns None if it is absent."""
        value = self.text(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 18 and int(value) >= least):
            raise BadInput(
                N_("“{value}” is not a whole number of at least {least}."), where=name, value=value[:80], least=least
            )
        return int(value)

    def moment(self, name: str) -> str:
        """Takes a timestamp; returns it in the store's text form (UTC), or "" if it is absent."""
        value = self.text(name)
        try:
            return parse_moment(value) if value else ""
        except BadInput as wrong:
            wrong.where = name
            raise

    def filters(self) -> tuple[Filter, ...]:
        """Takes every parameter c[COMPONENT]."""
        named = {name: component for name in self._values if (component := parse_component(name))}
        return tuple(parse_filter(component, self._values.pop(name)) for name, component in named.items())

    def refuse_unused(self, allowed: Iterable[str]) -> None:
        """Raises BadInput for a parameter that was not taken."""
        for name in self._values:
            near = unknown_name("parameter", name[:80], allowed)
            raise BadInput(near.message, where=near.where, fix=near.fix, **near.values)


def _unquote(raw: str) -> str:
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise BadInput(N_("The address is not UTF-8."), where=raw[:80]) from None


def split_path(path: str, names: Mapping[str, str]) -> dict[str, str]:
    """Splits a path into parts by name, with defaults for those left out at the end. Raises BadInput for too many parts."""
    parts = path.strip("/").split("/") if path.strip("/") else []
    if len(parts) > len(names):
        raise BadInput(
            N_("The address has {count} parts; it can have {most}: {names}."),
            count=len(parts),
            most=len(names),
            names="/".join(names),
        )
    return {**names, **{name: part for name, part in zip(names, parts, strict=False) if part}}
