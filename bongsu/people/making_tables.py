"""A step of a migration that makes several tables at once.

Django renders the models that belong together anew after each operation, which made a new node wait for seconds. Here they are
rendered once, with all their fields, indexes and constraints, and each table is made as it is in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation


class MakeTables(Operation):
    """Does what these operations do, one after the other. They create models, and add to the models that they create."""

    reversible = False

    def __init__(self, operations: Sequence[CreateModel | AddField | AddIndex | AddConstraint]) -> None:
        self.operations = operations
        self._new = [one for one in operations if isinstance(one, CreateModel)]
        names = {one.name_lower for one in self._new}
        assert all(isinstance(one, CreateModel) or one.model_name_lower in names for one in operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Adds the models. Those that were rendered are forgotten, or each operation would render them anew."""
        vars(state).pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Makes the tables; what the other operations add is part of them already."""
        for operation in self._new:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Returns a line for `migrate --plan`."""
        return f"Make the tables {', '.join(one.name for one in self._new)}"
