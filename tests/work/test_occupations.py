"""Code lists of occupations and their correspondences: complete, in three languages, codes kept as text, loss stated."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.codes import Correspondence, Link
from bongsu.core.errors import BadInput, UnknownName
from bongsu.store.tables.definitions import DEFINITIONS, code_lists, read_rows
from bongsu.work.occupations.correspondences import chain_correspondences, find_correspondence, load_correspondences

ISCO = code_lists()["CL_ISCO08"]


def test_isco08_has_all_codes() -> None:
    assert Counter(len(code.id) for code in ISCO) == {1: 10, 2: 43, 3: 130, 4: 436}
    assert all(code.parent == (code.id[:-1] or None) for code in ISCO)


def test_isco08_titles_equal_published_file(data: Path) -> None:
    with (data / "work" / "isco08_titles_multilang.csv").open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            name = ISCO.get(row["code"]).name
            assert name.en == row["title_en"].replace("'", "’").strip()
            assert name.to("fr") == row["title_fr"].replace("'", "’").strip()


def test_korean_titles_state_origin_and_differ_between_siblings() -> None:
    for row in read_rows(DEFINITIONS / "codes" / "CL_ISCO08.csv"):
        assert "project's translation" in row["source"] or "KSCO-7" in row["source"]
        assert any("가" <= character <= "힣" for character in row["ko"]), row["code"]
    for level in (1, 2, 3, 4):
        names = Counter(code.name.to("ko") for code in ISCO if len(code.id) == level)
        assert max(names.values()) == 1, [name for name, count in names.items() if count > 1]


def test_csv_and_parquet_keep_leading_zeros() -> None:
    """The armed forces are 0110, 0210, 0310; read as numbers they would become 110, 210, 310."""
    text = (DEFINITIONS / "codes" / "CL_ISCO08.csv").read_bytes()
    armed = {"0", "01", "011", "0110", "02", "021", "0210", "03", "031", "0310"}
    assert {row["code"] for row in csv.DictReader(io.StringIO(text.decode())) if row["code"].startswith("0")} == armed
    assert {code.id for code in ISCO if code.id.startswith("0")} == armed
    assert "0110" in ISCO
    assert "110" not in ISCO
    table = pyarrow.table({"OCCUPATION": [code.id for code in ISCO]})
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    assert armed <= set(pyarrow.parquet.read_table(io.BytesIO(sink.getvalue())).column(0).to_pylist())


@pytest.mark.parametrize("id_", sorted(load_correspondences()))
def test_correspondence_targets_are_known_codes(id_: str) -> None:
    found = load_correspondences()[id_]
    known = code_lists()
    assert all(link.target in known[found.target_list] for link in found.links)
    if found.source_list in known:
        assert all(link.source in known[found.source_list] for link in found.links)


def test_every_detailed_soc_occupation_has_isco08_code() -> None:
    for name in ("CL_SOC2010", "CL_SOC2018"):
        detailed = [code.id for code in code_lists()[name] if not code.id.endswith("0")]
        table = find_correspondence(name)
        lost = [code for code in detailed if table.loss_of(code) > 1e-12]
        assert lost == [], name


def test_splits_link_to_minor_group_over_its_unit_groups() -> None:
    """BLS sends 19-2099 (Physical Scientists, All Other) to minor group 211, which has four unit groups."""
    links = {link.target: link.weight for link in find_correspondence("CL_SOC2010").links_of("19-2099")}
    assert links == {"2111": 0.25, "2112": 0.25, "2113": 0.25, "2114": 0.25}


def test_error_names_unknown_code_list() -> None:
    with pytest.raises(UnknownName, match="CL_SOC20"):
        find_correspondence("CL_SOC2000")


def test_refuses_to_chain_tables_without_common_code_list() -> None:
    with pytest.raises(BadInput, match="cannot be chained"):
        chain_correspondences(load_correspondences()["SOC2010_ISCO08"], load_correspondences()["SOC2018_SOC2010"])


_weights = st.dictionaries(
    st.sampled_from("abcd"), st.dictionaries(st.sampled_from("wxyz"), st.floats(0.01, 0.25), min_size=1), min_size=1
)


@given(first=_weights, second=_weights, amounts=st.dictionaries(st.sampled_from("abcde"), st.floats(0, 1e9)))
def test_converted_and_lost_amounts_sum_to_input(
    first: dict[str, dict[str, float]], second: dict[str, dict[str, float]], amounts: dict[str, float]
) -> None:
    rename = dict(zip("wxyz", "abcd", strict=True))
    one = Correspondence(
        "1", "A", "B", tuple(Link(s, rename[t], w) for s, targets in first.items() for t, w in targets.items())
    )
    two = Correspondence(
        "2", "B", "C", tuple(Link(s, t, w) for s, targets in second.items() for t, w in targets.items())
    )
    out, lost = chain_correspondences(one, two).convert_amounts(amounts)
    assert math.isclose(math.fsum(out.values()) + lost, math.fsum(amounts.values()), rel_tol=1e-9, abs_tol=1e-6)
    step, lost_first = one.convert_amounts(amounts)
    _, lost_second = two.convert_amounts(step)
    assert math.isclose(lost, lost_first + lost_second, rel_tol=1e-9, abs_tol=1e-3)
