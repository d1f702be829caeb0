"""Actions and kinds of objects have words in every language: a person sees no codes."""

from __future__ import annotations

import pytest

from bongsu.core.languages import LANGUAGES
from bongsu.people.access import access_rows, roles
from bongsu.people.words import name_action, name_kind, name_scope


@pytest.mark.parametrize("language", LANGUAGES)
def test_actions_and_kinds_have_words(language: str) -> None:
    assert [row.action for row in access_rows() if name_action(row.action, language) == row.action] == []
    kinds = {row.kind for row in access_rows()} | {kind for role in roles().values() for kind in role.scopes}
    assert [kind for kind in kinds if language == "ko" and name_kind(kind, language) == kind] == []


def test_what_no_table_has_keeps_its_code() -> None:
    assert name_action("unknown.action", "en") == "unknown.action"
    assert name_kind("thing", "ko") == "thing"
    assert (name_scope("node", "", "en"), name_scope("organisation", "kaist", "en")) == (
        "the whole node",
        "organisation kaist",
    )
