"""Settings are rows: every one has a default that is read without complaint, and a wrong value stops the start."""

from __future__ import annotations

import pytest

from bongsu.core.errors import Misconfigured
from bongsu.web.settings import SETTINGS, read_settings


def test_defaults_are_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in SETTINGS:
        monkeypatch.delenv(row.name, raising=False)
    values = read_settings()
    assert values["BONGSU_PORT"] == 8000
    assert values["BONGSU_DEBUG"] is False
    assert len({row.name for row in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BONGSU_PORT", "0"),
        ("BONGSU_PORT", "http"),
        ("BONGSU_WORKERS", "-1"),
        ("BONGSU_HTTPS", "maybe"),
        ("BONGSU_DEFAULT_LANGUAGE", "de"),
        ("BONGSU_DATABASE", "mysql://root:hunter2@localhost/x"),
    ],
)
def test_a_wrong_value_is_named_and_not_echoed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=name) as wrong:
        read_settings()
    assert "hunter2" not in str(wrong.value)
