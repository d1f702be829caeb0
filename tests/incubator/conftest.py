"""The cast, the visitor and the node of the tests of people, for the tests of calls."""

from __future__ import annotations

from tests.people.conftest import (
    chromium,
    operator,
    person,
    site,
    visitor,
)

__all__ = ["chromium", "operator", "person", "site", "visitor"]
