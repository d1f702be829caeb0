"""Reads the fields of parsed TOML or JSON strictly: each has its type, none is left over, and errors name the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name

_NONE = object()


class Fields:
    """The fields of one table; `where` is the file or the path of fields that leads here."""

    def __init__(self, data: Any, where: str = "") -> None:
        """Raises BadInput where `data` is no table."""
        if not isinstance(data, Mapping):
            raise BadInput(N_("A table of fields is wanted here."), where=where)
        self._data = data
        self._where = where
        self._read: set[str] = set()

    def place(self, name: str) -> str:
        """Where the field `name` stands."""
        return f"{self._where}: {name}" if self._where else name

    def wrong(self, field: str, message: str, /, **values: Any) -> BadInput:
        """The error for `field`."""
        return BadInput(message, where=self.place(field), **values)

    def raw(self, name: str, default: Any = _NONE) -> Any:
        """The field as it is. Raises BadInput where it is missing and has no default."""
        self._read.add(name)
        if name not in self._data:
            if default is _NONE:
                raise self.wrong(name, N_("The field “{name}” is missing."), name=name)
            return default
        return self._data[name]

    def text(self, name: str, default: Any = _NONE) -> str:
        """A text; not empty unless that is the default."""
        value = self.raw(name, default)
        if not isinstance(value, str) or (not value and default != ""):
            raise self.wrong(name, N_("“{name}” is a text."), name=name)
        return value

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, N_("“{name}” is true or false."), name=name)
        return value

    def number(self, name: str, default: Any = _NONE) -> float | None:
        """A finite number, or the default."""
        value = self.raw(name, default)
        if value is default:
            return None if default is None else float(default)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or value != value
            or abs(value) == float("inf")
        ):
            raise self.wrong(name, N_("“{name}” is a number."), name=name)
        return float(value)

    def whole(self, name: str, default: int) -> int:
        """A whole number, not negative."""
        (value,) = self._whole([self.raw(name, default)], name)
        return value

    def whole_numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers, not negative; empty where the field is missing."""
        value = self.raw(name, [])
        return self._whole(value if isinstance(value, list) else [None], name)

    def _whole(self, values: list[Any], name: str) -> tuple[int, ...]:
        if not all(isinstance(v, int) and not isinstance(v, bool) and v >= 0 for v in values):
            raise self.wrong(name, N_("“{name}” holds whole numbers, none negative."), name=name)
        return tuple(values)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts (or one text); empty where the field is missing."""
        value = self.raw(name, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(name, N_("“{name}” is a list of texts."), name=name)
        return tuple(value)

    def table(self, name: str) -> Mapping[str, Any]:
        """A table; empty where the field is missing."""
        value = self.raw(name, {})
        if not isinstance(value, Mapping):
            raise self.wrong(name, N_("“{name}” is a table."), name=name)
        return value

    def named(self, name: str) -> dict[str, Fields]:
        """A table of tables, by name."""
        return {key: Fields(value, self.place(f"{name}.{key}")) for key, value in self.table(name).items()}

    def rows(self, name: str) -> list[Fields]:
        """A list of tables; a text stands for a table with the one field “concept”."""
        value = self.raw(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, N_("“{name}” is a list."), name=name)
        return [
            Fields({"concept": each} if isinstance(each, str) else each, self.place(f"{name}[{number}]"))
            for number, each in enumerate(value)
        ]

    def nothing_else(self) -> None:
        """Raises UnknownName for a field that nobody read."""
        for name in self._data:
            if name not in self._read:
                raise unknown_name(N_("field"), str(name), self._read, where=self._where)
