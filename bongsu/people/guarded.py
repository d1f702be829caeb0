"""Records that change only inside an action: writing one outside of `actions.act` raises, so that no change escapes the audit.

Django's `save`, `delete`, `update` and the bulk methods are covered; raw SQL is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from django.db import models

_unlocked: ContextVar[bool] = ContextVar("unlocked", default=False)


@contextmanager
def unlock() -> Iterator[None]:
    """Permits changes of guarded records in this context. Only actions.py and migrations of data use it."""
    token = _unlocked.set(True)
    try:
        yield
    finally:
        _unlocked.reset(token)


def require_action(model: type[models.Model]) -> None:
    """Raises RuntimeError outside of an action: the defect is in the code, not in the request."""
    if not _unlocked.get():
        raise RuntimeError(f"{model.__name__} is guarded: change it inside bongsu.people.actions.act")


class GuardedQuerySet(models.QuerySet[Any]):
    """A query set whose writing methods demand an action."""

    def update(self, **values: Any) -> int:
        """Updates the rows, inside an action only."""
        require_action(self.model)
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Deletes the rows, inside an action only."""
        require_action(self.model)
        return super().delete()

    def bulk_create(self, *args: Any, **options: Any) -> list[Any]:
        """Creates the rows, inside an action only."""
        require_action(self.model)
        return super().bulk_create(*args, **options)


class Guarded(models.Model):
    """The base of guarded records."""

    # Fields that may be saved alone outside of an action.
    UNGUARDED: ClassVar[frozenset[str]] = frozenset()

    objects = GuardedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Writes the row, inside an action only."""
        fields = options.get("update_fields")
        if not fields or not self.UNGUARDED.issuperset(fields):
            require_action(type(self))
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Deletes the row, inside an action only."""
        require_action(type(self))
        return super().delete(*args, **options)

    @classmethod
    def locked(cls, **conditions: Any) -> Self:
        """Returns the one row that meets the conditions, locked until the transaction ends. Raises DoesNotExist."""
        row: Self = cls.objects.select_for_update().get(**conditions)
        return row
