"""Reads fields of parsed TOML or JSON and checks their types. Unknown fields are refused; every error names its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bongsu.core.errors import N_, BadInput, unknown_name

_NONE = object()


class Fields:
    """The fields of one table. `where` is the file, or the path of the table in its document; errors show it."""

    def __init__(self, data: Any, where: str = "") -> None:
        """Raises BadInput if `data` is not a table."""
        if not isinstance(data, Mapping):
            raise BadInput(N_("A table of fields is expected here."), where=where)
        self._data = data
        self._where = where
        self._read: set[str] = set()

    def place(self, name: str) -> str:
        """Returns the path of the field `name`, for error messages."""
        return f"{self._where}: {name}" if self._where else name

    def wrong(self, field: str, message: str, /, **values: Any) -> BadInput:
        """Returns a BadInput that names `field`."""
        return BadInput(message, where=self.place(field), **values)

    def raw(self, name: str, default: Any = _NONE) -> Any:
        """Returns the field unchecked. Raises BadInput if it is missing and has no default."""
        self._read.add(name)
        if name not in self._data:
            if default is _NONE:
                raise self.wrong(name, N_("The field “{name}” is missing."), name=name)
            return default
        return self._data[name]

    def text(self, name: str, default: Any = _NONE) -> str:
        """Returns a text. An empty text is allowed only if it is the default."""
        value = self.raw(name, default)
        if not isinstance(value, str) or (not value and default != ""):
            raise self.wrong(name, N_("“{name}” must be a text."), name=name)
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Returns true or false."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, N_("“{name}” must be true or false."), name=name)
        return value

    def number(self, name: str, default: Any = _NONE) -> float | None:
        """Returns a finite number, or the default."""
        value = self.raw(name, default)
        if value is default:
            return None if default is None else float(default)
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or value != value
            or abs(value) == float("inf")
        ):
            raise self.wrong(name, N_("“{name}” must be a number."), name=name)
        return float(value)

    def whole(self, name: str, default: int) -> int:
        """Returns a non-negative integer."""
        (value,) = self._whole([self.raw(name, default)], name)
        return value

    def whole_numbers(self, name: str) -> tuple[int, ...]:
        """Returns a list of non-negative integers; an empty one if the field is missing."""
        value = self.raw(name, [])
        return self._whole(value if isinstance(value, list) else [None], name)

    def _whole(self, values: list[Any], name: str) -> tuple[int, ...]:
        if not all(isinstance(v, int) and not isinstance(v, bool) and v >= 0 for v in values):
            raise self.wrong(name, N_("“{name}” must contain non-negative integers only."), name=name)
        return tuple(values)

    def texts(self, name: str) -> tuple[str, ...]:
        """Returns a list of texts (one text counts as a list); an empty one if the field is missing."""
        value = self.raw(name, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(name, N_("“{name}” must be a list of texts."), name=name)
        return tuple(value)

    def table(self, name: str) -> Mapping[str, Any]:
        """Returns a table; an empty one if the field is missing."""
        value = self.raw(name, {})
        if not isinstance(value, Mapping):
            raise self.wrong(name, N_("“{name}” must be a table."), name=name)
        return value

    def named(self, name: str) -> dict[str, Fields]:
        """Returns a table of tables, by name."""
        return {key: Fields(value, self.place(f"{name}.{key}")) for key, value in self.table(name).items()}

    def rows(self, name: str) -> list[Fields]:
        """Returns a list of tables. A text is short for a table with the single field “concept”."""
        value = self.raw(name, [])
        if not isinstance(value, list):
            raise self.wrong(name, N_("“{name}” must be a list."), name=name)
        return [
            Fields({"concept": each} if isinstance(each, str) else each, self.place(f"{name}[{number}]"))
            for number, each in enumerate(value)
        ]

    def nothing_else(self) -> None:
        """Raises UnknownName for a field that was not read."""
        for name in self._data:
            if name not in self._read:
                raise unknown_name(N_("field"), str(name), self._read, where=self._where)
