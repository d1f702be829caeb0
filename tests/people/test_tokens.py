"""Tokens of organisations: which secrets are accepted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bongsu.core.errors import BadInput, Missing
from bongsu.people.models import Token
from bongsu.people.organisations import ensure_organisation, set_active
from bongsu.people.tokens import WrongToken, find_token, issue_token, revoke_token
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db


def is_accepted(secret: str) -> bool:
    try:
        return find_token(secret).organisation.name == "kaist"
    except WrongToken:
        return False


def test_a_token_is_accepted_until_it_is_revoked_or_its_organisation_ends() -> None:
    kaist = ensure_organisation(COMMAND, "kaist")
    (one, secret), (_, other) = issue_token(COMMAND, kaist), issue_token(COMMAND, kaist, "cluster", 30)
    assert is_accepted(secret)
    assert is_accepted(other)
    assert not is_accepted("bongsu_unknown")
    assert not is_accepted("")
    revoke_token(COMMAND, one.hint)
    assert not is_accepted(secret)
    set_active(COMMAND, kaist, False)
    assert not is_accepted(other)


def test_a_token_ends_at_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    token, secret = issue_token(COMMAND, ensure_organisation(COMMAND, "kaist"), days=30)
    assert token.expires
    for moment, accepted in ((-1, True), (0, False), (1, False)):
        now = token.expires + timedelta(microseconds=moment)
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda now=now: now)
            assert is_accepted(secret) is accepted


def test_a_token_is_revoked_by_the_beginning_that_names_it_alone() -> None:
    kaist = ensure_organisation(COMMAND, "kaist")
    for _ in range(2):
        issue_token(COMMAND, kaist)
    with pytest.raises(BadInput, match="Several tokens"):
        revoke_token(COMMAND, "bongsu_")
    for hint in ("", "bongsu_none"):
        with pytest.raises(Missing, match="No active token"):
            revoke_token(COMMAND, hint)
    assert Token.objects.filter(revoked=None).count() == 2
