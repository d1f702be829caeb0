"""The cast, the visitor and the node of the tests of people, for the tests of calls."""

from __future__ import annotations

from tests.people.conftest import (
    chromium,
    django_db_modify_db_settings,
    operator,
    person,
    site,
    visitor,
)

__all__ = ["chromium", "django_db_modify_db_settings", "operator", "person", "site", "visitor"]
