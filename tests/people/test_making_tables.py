"""Tables that are made at once are those that the operations make one after the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations, models
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.state import ProjectState

from bongsu.people.making_tables import MakeTables

KEY = ("id", models.BigAutoField(primary_key=True))
OPERATIONS = [
    migrations.CreateModel("Tree", [KEY, ("name", models.CharField(max_length=20)), ("height", models.IntegerField())]),
    migrations.CreateModel("Leaf", [KEY, ("tree", models.ForeignKey("garden.tree", models.CASCADE, related_name="leaves"))]),
    migrations.AddField("Tree", "newest", models.ForeignKey("garden.leaf", models.SET_NULL, null=True, related_name="+")),
    migrations.AddIndex("Tree", models.Index(fields=["name", "height"], name="garden_by_height")),
    migrations.AddConstraint("Leaf", models.UniqueConstraint(fields=("tree",), name="garden_one_leaf")),
    migrations.AddConstraint("Tree", models.CheckConstraint(condition=models.Q(height__gt=0), name="garden_grown")),
]  # fmt: skip
RENDER = migrations.CreateModel("Gardener", [KEY])  # before, as in a migration that is not the first


def make(*operations: Any) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """Runs the operations on an empty database. Returns what it contains by name, and the models of the state."""
    from django.db import connections

    settings = {**connections.create_connection("default").settings_dict, "NAME": ":memory:"}
    database = DatabaseWrapper({**settings, "ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}, "default")
    state = ProjectState()
    migration = migrations.Migration("one", "garden")
    migration.operations = [RENDER, *operations]
    assert state.apps is not None  # rendered, as Django does before it migrates
    with database.schema_editor(atomic=False) as editor:
        state = migration.apply(state, editor)
    with database.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master ORDER BY name")
        found = cursor.fetchall()
    database.close()
    return found, {name: model.clone() for (_, name), model in state.models.items()}


@pytest.mark.django_db  # opens a database, in memory
def test_the_tables_are_the_same() -> None:
    (apart, models_apart), (together, models_together) = make(*OPERATIONS), make(MakeTables(OPERATIONS))
    assert {name for name, _ in together} >= {"garden_tree", "garden_leaf", "garden_by_height"}
    assert sorted(_columns(sql) for _, sql in together) == sorted(_columns(sql) for _, sql in apart)
    assert models_together == models_apart


def _columns(sql: str | None) -> list[str]:
    """The parts of a statement, in any order: a table that is made anew has its constraints elsewhere."""
    return sorted((sql or "").replace("(", ",").replace(")", ",").replace(" ", ",").split(","))


def test_a_change_of_another_table_is_not_among_them() -> None:
    with pytest.raises(AssertionError):
        MakeTables([migrations.AddField("Gardener", "name", models.CharField(max_length=20, null=True))])
