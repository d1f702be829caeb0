"""Tests of the error classes, their codes, and the names that errors suggest."""

import pytest

from bongsu.core.errors import BongsuError, Final, TryAgain, list_error_classes, unknown_name


def test_every_error_class_says_whether_to_try_again() -> None:
    for kind in list_error_classes():
        if kind is not BongsuError:
            assert issubclass(kind, TryAgain) != issubclass(kind, Final), kind


def test_error_codes_are_unique_and_machine_readable() -> None:
    codes = [kind.code for kind in list_error_classes()]
    assert len(set(codes)) == len(codes)
    assert all(kind.__doc__ for kind in list_error_classes())
    assert all(0 < kind.exit_status < 128 for kind in list_error_classes())


def test_scripts_and_clients_rely_on_these_numbers() -> None:
    assert {kind.code: (kind.exit_status, kind.http_status) for kind in list_error_classes()} == {
        "error": (1, 500),
        "try-again": (75, 503),
        "busy": (75, 503),
        "unreachable": (69, 503),
        "final": (1, 500),
        "bad-input": (65, 400),
        "not-understood": (64, 400),
        "unknown-name": (64, 404),
        "unit-mismatch": (65, 400),
        "boundary-mismatch": (65, 400),
        "missing": (66, 404),
        "damaged": (74, 500),
        "check-failed": (70, 422),
        "withdrawn-before": (70, 422),
        "refused": (77, 403),
        "misconfigured": (78, 500),
        "part-missing": (78, 500),
    }


def test_unknown_name_suggests_near_names_and_lists_only_a_few() -> None:
    assert "GRID_INTENSITY" in str(unknown_name("dataflow", "grid_intensty", ["GRID_INTENSITY", "OTHER"]))
    assert "Known: USA, WORLD." in str(
        unknown_name("area", "KOR", ["USA", "WORLD"])
    )  # no near name: all names are listed
    assert "Known: A, B." in str(unknown_name("dataflow", "zzz", ["A", "B"]))
    twelve = [f"CODE{number:02}" for number in range(12)]
    assert f"Known: {', '.join(twelve)}." in str(unknown_name("code", "zzz", twelve))
    assert "Known" not in str(unknown_name("code", "zzz", [*twelve, "CODE12"]))  # too many to list
    assert "Known" not in str(unknown_name("code", "zzz", [f"C{n}" for n in range(1000)]))


def test_at_most_three_near_names_are_suggested() -> None:
    error = unknown_name("code", "CODE1", [f"CODE1{letter}" for letter in "ABCDE"])
    assert len(str(error.values["near"]).split(", ")) == 3


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("kr", "KOR"),
        ("ka", ""),
        ("kro", "KOR"),
        ("kor", "KOR"),
        ("kwh", "kWh, GWh, MWh"),  # but for capitals it is the name itself
        ("fro", "FRA, FRX"),
        ("zzz", ""),
        ("lien", "line"),
        ("mode", "model"),
        ("moon", ""),
        ("sorry", ""),
        ("enrgy", "energy"),
        ("datset", "dataset"),
        ("kenyan", "Kenya"),
        ("credit", ""),  # audit: 6 / 11
        ("grid_intensty", "GRID_INTENSITY"),
        ("exposure_indices", "EXPOSURE_INDEX"),
    ],
)
def test_the_nearest_names_of_short_texts_are_near(written: str, near: str) -> None:
    many = [f"number {number}" for number in range(20)]  # too many to be listed
    names = [
        "KOR",
        "FRA",
        "FRX",
        "line",
        "model",
        "energy",
        "dataset",
        "Kenya",
        "audit",
        "GRID_INTENSITY",
        "EXPOSURE_INDEX",
        "GWh",
        "MWh",
        "PWh",
        "kWh",
    ]
    assert unknown_name("name", written, [*names, *many]).values["near"] == near
