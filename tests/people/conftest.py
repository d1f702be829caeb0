"""A small cast of people, a browser without JavaScript, and the node that they visit.

The database is SQLite, or PostgreSQL if BONGSU_DATABASE names one: test_postgres.py runs this folder there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.test import Client

from bongsu.people.access import NOBODY, Actor
from bongsu.people.granting import grant_role
from bongsu.people.models import Mail, Person
from bongsu.people.persons import ensure_person
from bongsu.store.node import Node
from bongsu.web import middleware
from tests.web.signed_in_browser import chromium

__all__ = ["chromium"]
COMMAND = Actor.of_command("tester")


@contextmanager
def failing_commits() -> Iterator[None]:
    """Makes every commit fail, as if the database went away. For tests whose transactions are real."""

    def fail() -> None:
        raise OperationalError("the database went away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "commit", fail)
        with pytest.raises(OperationalError):
            yield


@pytest.fixture(scope="session", autouse=True)
def tables() -> None:
    """The tables that the migrations make are those of the models: a field that was changed has its migration."""
    loader = MigrationLoader(None)
    missing = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(loader.graph)
    assert not [app.label for app in apps.get_app_configs() if app.name.startswith("bongsu.") and app.label in missing]


@pytest.fixture(autouse=True)
def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """Serves an empty node; attempts are counted anew in every test."""
    if not request.node.get_closest_marker("django_db"):
        yield
        return
    node = Node.create(request.getfixturevalue("tmp_path") / "node", name="Test node", agency="TEST")
    for module in ("middleware", "context", "views", "account.views", "account.adapters"):
        monkeypatch.setattr(f"bongsu.web.{module}.open_node", lambda: node)
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    assert middleware.open_node() is node
    yield


@pytest.fixture
def person(db: None) -> Callable[..., Person]:
    """Makes a person of the cast with the roles that are named, such as "operator" or "editor dataflow GRID_INTENSITY"."""

    def make(name: str, *roles: str) -> Person:
        made = ensure_person(NOBODY, f"{name}@stat.example", name)
        for role in roles:
            word, _, scope = role.partition(" ")
            kind, _, id_ = (scope or "node").partition(" ")
            grant_role(COMMAND, made, word, (kind, id_))
        return made

    return make


@pytest.fixture
def operator(person: Callable[..., Person]) -> Person:
    return person("operator", "operator")


class Visitor(Client):
    """A browser without JavaScript that reads mail."""

    def __init__(self, **options: Any) -> None:
        super().__init__(headers={"accept": "text/html"}, **options)

    def read_link(self, address: str) -> str:
        """Returns the path of the link in the newest message to an address."""
        text = Mail.objects.filter(to=address).latest("pk").text
        found = re.search(r"https?://[^/\s]+(/\S+)", text)
        assert found, text
        return found[1]

    def sign_in(self, person: Person) -> Visitor:
        """Signs in by a link, as the person does."""
        assert person.email
        self.post("/en/account/link/", {"link-email": person.email})
        answer = self.post(self.read_link(person.email))
        assert answer.status_code == 302, answer.content
        return self


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()
