"""Correspondences between classifications of occupations, as tables with weights. Losses of chained tables add up.

A weight is written as a fraction (1/3). No source publishes how persons split between targets, so a code with three targets
gives each a third. This is an assumption, not a finding. Codes are text everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from bongsu.core.codes import Correspondence, Link
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.store.tables.definitions import DEFINITIONS, read_rows

ISCO08 = "CL_ISCO08"


@lru_cache(maxsize=1)
def load_correspondences() -> Mapping[str, Correspondence]:
    """Reads every correspondence by id: definitions/correspondences.csv and definitions/correspondences/."""
    found = {}
    for row in read_rows(DEFINITIONS / "correspondences.csv"):
        links = tuple(
            Link(link["source_code"], link["target_code"], float(Fraction(link["weight"])))
            for link in read_rows(DEFINITIONS / "correspondences" / f"{row['id']}.csv")
        )
        found[row["id"]] = Correspondence(row["id"], row["source_list"], row["target_list"], links, row["source"])
    return MappingProxyType(found)


@lru_cache(maxsize=8)
def find_correspondence(code_list: str) -> Correspondence:
    """Returns the correspondence from a code list (CL_SOC2018, ...) to ISCO-08 unit groups. Raises UnknownName."""
    tables = load_correspondences()
    ways = {
        "CL_SOC2010": lambda: tables["SOC2010_ISCO08"],
        "CL_SOC2018": lambda: chain_correspondences(tables["SOC2018_SOC2010"], tables["SOC2010_ISCO08"]),
        "CL_ISCO88": lambda: tables["ISCO88_ISCO08"],
    }
    if code_list not in ways:
        raise unknown_name(N_("correspondence to ISCO-08 from"), code_list, ways)
    return ways[code_list]()


def chain_correspondences(first: Correspondence, second: Correspondence) -> Correspondence:
    """Chains `first` and `second`. A share lost by either is lost; the weights of one source sum to at most 1.

    Raises BadInput if `second` does not begin with the code list in which `first` ends.
    """
    if first.target_list != second.source_list:
        raise BadInput(
            N_("{first} ends in {target}, and {second} begins with {source}: they cannot be chained."),
            first=first.id,
            target=first.target_list,
            second=second.id,
            source=second.source_list,
        )
    weights: dict[tuple[str, str], float] = {}
    for link in first.links:
        for onward in second.links_of(link.target):
            key = (link.source, onward.target)
            weights[key] = weights.get(key, 0.0) + link.weight * onward.weight
    links = tuple(Link(source, target, min(1.0, weight)) for (source, target), weight in weights.items())
    return Correspondence(
        f"{first.id}+{second.id}", first.source_list, second.target_list, links, f"{first.origin}; {second.origin}"
    )
