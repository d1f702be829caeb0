"""Details of findings are sealed in English and shown in the reader's language."""

from __future__ import annotations

import pytest

from bongsu.store.releases.checks import translate_detail
from tests.house.texts import translated


@pytest.mark.parametrize(
    ("detail", "french"),
    [
        ("0 outside 0 to 100", "0 hors de 0 à 100"),
        ("0 outside 0 to inf", "0 au-dessous de 0"),
        ("2 outside -inf to 1e+06; KOR 2024: 2e+06", "2 au-dessus de 1e+06; KOR 2024: 2e+06"),
        ("1 outside 0 to 100; KOR 2024: 101", "1 hors de 0 à 100; KOR 2024: 101"),
        ("3 sums, 0 wrong", "3 sommes, 0 fausses"),
        ("REF_AREA: 5 codes, 1 lost: KOR", "REF_AREA : 5 codes, 1 perdus : KOR"),
        ("of another check: {x}", "of another check: {x}"),
    ],
)
def test_details_are_translated_when_they_are_shown(detail: str, french: str) -> None:
    assert translate_detail(detail, lambda text: translated("fr")[text]) == french
