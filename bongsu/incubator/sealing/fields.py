"""Fields whose content is sealed when BONGSU_RECORDS_KEY is set. The columns are those of TextField and JSONField.

A content is bound to table, field and row by what names the row for good: SEALED_BY of the model. It is opened when it is
first read, so a list that does not show it needs no key. An empty content is stored as it is; only emptiness can be
asked of the database, and `update` takes nothing but emptiness: it does not know the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from bongsu.incubator.sealing.keys import MARK, PLAIN, Key, is_sealed, open_sealed, seal

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
    _TextField = models.TextField[str, str]
else:
    _Field, _TextField = models.Field, models.TextField
_LOOKUPS = ("exact", "isnull")


class Stored(NamedTuple):
    """A content as it is in its column."""

    value: Any


class SealedAttribute(DeferredAttribute):
    """Opens the content of a row when it is read."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        """Returns the content. Raises Misconfigured without its key, Damaged for what was altered."""
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Stored):
            value = instance.__dict__[self.field.attname] = self.field.open(instance, value.value)  # type: ignore[attr-defined]
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Sets the content; what comes from the database is opened later."""
        instance.__dict__[self.field.attname] = value


class _Sealed(_Field):
    """What both fields do; how a content becomes bytes, and how it stands in its column, is theirs."""

    descriptor_class = SealedAttribute
    plain: ClassVar[str]  # the class of Django with the same column
    empty: ClassVar[tuple[Any, ...]]
    read: Callable[..., Any]
    to_bytes: Callable[[Any], bytes]
    from_bytes: Callable[[bytes], Any]
    write_plain: Callable[[Any], Any]
    read_plain: Callable[[Any], Any]

    def deconstruct(self) -> Any:
        """Returns the field of Django that has the same column: sealing changes no table."""
        name, _, args, options = super().deconstruct()
        return name, f"django.db.models.{self.plain}", args, options

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Returns the stored content, which the attribute opens."""
        return Stored(self.read(value, expression, connection))

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Seals the content for its row."""
        content = super().pre_save(model_instance, add)
        return content if content in self.empty else Stored(self.seal(model_instance, content))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Returns what is written. Raises RuntimeError for a content that no row has sealed: a defect of the code."""
        if isinstance(value, Stored):
            return super().get_db_prep_value(value.value, connection, prepared)
        if value not in self.empty:
            raise RuntimeError(
                f"{self.model.__name__}.{self.name} is sealed: save the row, and ask the database for no content"
            )
        return super().get_db_prep_value(value, connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        """Returns a lookup for emptiness. Raises RuntimeError for others."""
        if lookup_name not in _LOOKUPS:
            raise RuntimeError(f"{self.model.__name__}.{self.name} is sealed: the database cannot look into it")
        return models.Field.get_lookup(self, lookup_name)

    def seal(self, instance: Any, content: Any) -> Any:
        """Returns a content as its column has it: sealed if there is a key."""
        if not keys():
            return self.write_plain(content)
        return seal(keys(), self.to_bytes(content), self.belongs_to(instance))

    def open(self, instance: Any, stored: Any) -> Any:
        """Returns the content of a column."""
        if isinstance(stored, str) and is_sealed(stored):
            where = f"{self.model.__name__} {self.name}"
            return self.from_bytes(open_sealed(keys(), stored, self.belongs_to(instance), where))
        return self.read_plain(stored)

    def belongs_to(self, instance: Any) -> bytes:
        """Returns the table, the field and what names the row."""
        names: tuple[str, ...] = self.model.SEALED_BY  # type: ignore[attr-defined]
        row = [_write_name(getattr(instance, name)) for name in names]
        return json.dumps([self.model._meta.db_table, self.name, *row]).encode()


def keys() -> tuple[Key, ...]:
    """Returns the keys that are set; the first seals."""
    found: tuple[Key, ...] = settings.BONGSU_RECORDS_KEY
    return found


def _write_name(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


class SealedTextField(_Sealed, _TextField):
    """A text that is sealed."""

    plain = "TextField"
    empty = ("", None)

    def read(self, value: Any, expression: Any, connection: Any) -> Any:
        """Returns the text of the column."""
        return value

    def to_bytes(self, content: str) -> bytes:
        """Returns the bytes that are sealed."""
        return content.encode()

    def from_bytes(self, content: bytes) -> str:
        """Returns the content of these bytes."""
        return content.decode()

    def write_plain(self, content: str) -> str:
        """Returns the content as its column has it without a key."""
        return f"{PLAIN}{content}" if content.startswith(MARK) else content

    def read_plain(self, stored: str | None) -> str | None:
        """Returns the content of a column that is not sealed."""
        return stored.removeprefix(PLAIN) if stored else stored


class SealedJSONField(_Sealed, models.JSONField):
    """An object or a list of JSON that is sealed: its column has a JSON string then, which is neither."""

    plain = "JSONField"
    empty = ({}, [], None)

    def read(self, value: Any, expression: Any, connection: Any) -> Any:
        """Returns the value of the column."""
        return models.JSONField.from_db_value(self, value, expression, connection)

    def to_bytes(self, content: Any) -> bytes:
        """Returns the bytes that are sealed."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    def from_bytes(self, content: bytes) -> Any:
        """Returns the content of these bytes."""
        return json.loads(content)

    def write_plain(self, content: Any) -> Any:
        """Returns the content as its column has it without a key."""
        return content

    def read_plain(self, stored: Any) -> Any:
        """Returns the content of a column that is not sealed."""
        return stored
