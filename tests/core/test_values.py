"""The dataclasses of core, store and desk are frozen."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

COLLECTS = {"bongsu.store.own_flows.data_file.DataFile"}  # grows while a file is read


@pytest.mark.parametrize("room", ["core", "store", "desk"])
def test_dataclasses_are_frozen(room: str) -> None:
    package = importlib.import_module(f"bongsu.{room}")
    changeable = set()
    for found in pkgutil.walk_packages(package.__path__, f"bongsu.{room}."):
        for name, value in vars(importlib.import_module(found.name)).items():
            is_own = isinstance(value, type) and value.__module__ == found.name and not name.startswith("_")
            if is_own and dataclasses.is_dataclass(value):
                try:
                    setattr(object.__new__(value), dataclasses.fields(value)[0].name, None)
                except dataclasses.FrozenInstanceError:
                    continue
                changeable.add(f"{found.name}.{name}")
    assert changeable <= COLLECTS
