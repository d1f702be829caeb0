"""Tests of code lists and correspondences: invalid lists are refused, and lost amounts are reported."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.codes import Code, CodeList, Correspondence, Link
from bongsu.core.errors import BadInput, UnknownName
from bongsu.core.text import Text


def text(name: str) -> Text:
    return Text(name)


def listed(*codes: tuple[str, str | None]) -> CodeList:
    return CodeList("CL_TEST", "1.0", text("test"), tuple(Code(id_, text(id_), parent) for id_, parent in codes))


def test_codes_are_text() -> None:
    codes = listed(("0110", None), ("110", None))
    assert codes.get("0110").id == "0110"
    assert "0110" in codes
    assert len(codes) == 2


def test_an_unknown_code_suggests_near_codes() -> None:
    with pytest.raises(UnknownName, match="0110"):
        listed(("0110", None)).get("0111")


@pytest.mark.parametrize(
    "codes",
    [[("a", None), ("a", None)], [("a", "b")], [("a", "b"), ("b", "a")], [("a", "a")]],
    ids=["twice", "orphan", "circle", "own parent"],
)
def test_an_invalid_code_list_is_refused(codes: list[tuple[str, str | None]]) -> None:
    with pytest.raises(BadInput):
        listed(*codes)


def test_select_keeps_the_ancestors() -> None:
    codes = listed(("2", None), ("25", "2"), ("251", "25"), ("3", None))
    assert [code.id for code in codes.select({"251"})] == ["2", "25", "251"]


CHAIN = [("0", None), *((str(n), str(n - 1)) for n in range(1, 20_000))]


def test_a_long_chain_of_parents_is_read_in_any_order() -> None:
    # Walking from every code to the top would take 200 million steps.
    assert len(listed(*CHAIN)) == len(listed(*reversed(CHAIN))) == 20_000
    assert len(listed(*CHAIN).select({"19999"})) == 20_000


def test_a_circle_at_the_top_of_a_long_chain_is_named() -> None:
    with pytest.raises(BadInput, match="below"):
        listed(("0", "19999"), *CHAIN[1:])
    with pytest.raises(BadInput, match="the parent “x” of “0”"):
        listed(("0", "x"), *CHAIN[1:])


def test_codes_listed_twice_are_counted_once_and_named_in_part() -> None:
    many = [(str(n % 15_000), None) for n in range(30_000)]
    with pytest.raises(BadInput) as refused:
        listed(*many)
    assert len(str(refused.value)) < 200
    with pytest.raises(BadInput, match="listed twice"):
        listed(*many[:15_001])


weights = st.lists(st.floats(min_value=0.01, max_value=1), min_size=1, max_size=5)


@given(st.dictionaries(st.text("0123456789", min_size=4, max_size=4), weights, min_size=1), st.data())
def test_converted_and_lost_amounts_sum_to_the_given_amounts(raw: dict[str, list[float]], data: st.DataObject) -> None:
    links = tuple(
        Link(source, f"T{n}", share / max(1.0, math.fsum(shares)))
        for source, shares in raw.items()
        for n, share in enumerate(shares)
    )
    correspondence = Correspondence("C", "A", "B", links)
    amounts = {source: data.draw(st.floats(min_value=0, max_value=1e6)) for source in [*raw, "unknown"]}
    out, lost = correspondence.convert_amounts(amounts)
    assert math.fsum(out.values()) + lost == pytest.approx(math.fsum(amounts.values()), rel=1e-9, abs=1e-6)
    assert lost >= amounts["unknown"] * (1 - 1e-12)


def test_means_match_a_manual_calculation() -> None:
    # 0.5 of A (score 0.2) and all of B (score 0.8) go to X: (0.5 x 0.2 + 1 x 0.8) / 1.5 = 0.6
    correspondence = Correspondence("C", "A", "B", (Link("A", "X", 0.5), Link("A", "Y", 0.5), Link("B", "X", 1.0)))
    assert correspondence.convert_scores({"A": 0.2, "B": 0.8}) == pytest.approx({"X": 0.6, "Y": 0.2})
    assert correspondence.loss_of("A") == 0
    assert correspondence.loss_of("C") == 1


@pytest.mark.parametrize(
    "links",
    [
        (Link("A", "X", 0),),
        (Link("A", "X", 1.5),),
        (Link("A", "X", 0.7), Link("A", "Y", 0.7)),
        (Link("A", "X", 0.4), Link("A", "X", 0.4)),
    ],
)
def test_invalid_weights_are_refused(links: tuple[Link, ...]) -> None:
    with pytest.raises(BadInput):
        Correspondence("C", "A", "B", links)


def test_weights_may_pass_one_by_their_rounding() -> None:
    Correspondence("C", "A", "B", (Link("A", "X", 1), Link("A", "Y", 1e-9)))
    with pytest.raises(BadInput):
        Correspondence("C", "A", "B", (Link("A", "X", 1), Link("A", "Y", 2e-9)))


def test_a_text_has_three_languages() -> None:
    with pytest.raises(BadInput, match="ko"):
        Text.of({"en": "a", "fr": "b"})
    assert text("x").to("de") == "x"
