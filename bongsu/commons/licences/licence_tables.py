"""The tables for verdicts on licences: aliases, lists of open licences, phrases, and the reasons as sentences."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import NamedTuple

from bongsu.core.errors import N_
from bongsu.store.tables.definitions import read_rows
from bongsu.store.tables.licences import licence_key

COMMONS_TABLES = files("bongsu.commons") / "tables"

# Reasons for verdicts; the tables refer to the keys.
LICENCE_REASONS = {
    "osi": N_("approved by the Open Source Initiative"),
    "fsf": N_("free by the Free Software Foundation’s list"),
    "open-definition": N_("conforms to the Open Definition"),
    "open-data": N_("an open data licence"),
    "model-licence": N_("a model licence without restrictions of use"),
    "public-domain": N_("in the public domain"),
    "non-commercial": N_("forbids commercial use"),
    "no-derivatives": N_("forbids derivatives"),
    "use-restricted": N_("restricts who may use it or for what"),
    "proprietary": N_("proprietary"),
    "no-reuse": N_("lets people read but not reuse"),
    "on-no-list": N_("known, but not on a list of open licences"),
    "named-other": N_("the source says only “other”"),
    "undeclared": N_("no licence is declared"),
    "unknown": N_("not on any list of licences"),
}


class OpenLicence(NamedTuple):
    """Licences on a list of open ones: a pattern of SPDX ids, what they are written for, and a key of REASONS."""

    pattern: re.Pattern[str]
    types: frozenset[str]
    why: str


class LicencePhrase(NamedTuple):
    """A phrase that decides a verdict: pattern, LicenseRef, verdict, and a key of REASONS."""

    pattern: re.Pattern[str]
    reference: str
    verdict: str
    why: str


LICENCE_ALIASES = {licence_key(row["alias"]): row["spdx"] for row in read_rows(COMMONS_TABLES / "licence_aliases.csv")}
OPEN_LICENCES = tuple(
    OpenLicence(re.compile(row["pattern"]), frozenset(row["types"].split()), row["reason"])
    for row in read_rows(COMMONS_TABLES / "licences_open.csv")
)
LICENCE_PHRASES = tuple(
    LicencePhrase(re.compile(row["pattern"], re.IGNORECASE), row["reference"], row["verdict"], row["reason"])
    for row in read_rows(COMMONS_TABLES / "licence_phrases.csv")
)
