"""The shipped tables equal what the maintainer's command computes from the publishers' files."""

from __future__ import annotations

from pathlib import Path

from tools.carry_work_tables import TABLES, read_sheet, write_tables


def test_tables_equal_converted_source_files(data: Path, whole: bool, tmp_path: Path) -> None:
    made = {path.relative_to(tmp_path) for path in write_tables(data / "work", tmp_path)}
    for name in made:
        if whole:
            assert (TABLES / name).read_bytes() == (tmp_path / name).read_bytes(), name
        elif name.suffix == ".csv":  # the study is of a register that is not in the excerpts
            ours, theirs = (
                folder.joinpath(name).read_text(encoding="utf-8").splitlines() for folder in (TABLES, tmp_path)
            )
            assert len(theirs) > 2, name
            assert set(theirs) <= set(ours), name
    # The project's own: Korean titles, what coder_evaluation.py finds out about the coder, and the routes.
    own = {Path("titles/ko.csv"), Path("coder_calibration.csv"), Path("routes.csv")}
    shipped = {path.relative_to(TABLES) for path in TABLES.rglob("*.*")}
    assert shipped - own == made


def test_worksheet_is_read_by_column_names(data: Path, whole: bool) -> None:
    rows = list(read_sheet(data / "work" / "felten_aioe" / "AIOE_DataAppendix.xlsx", "Appendix A"))
    assert len(rows) == (774 if whole else 5)
    assert rows[0] == {"SOC Code": "11-1011", "Occupation Title": "Chief Executives", "AIOE": "1.334246"}
