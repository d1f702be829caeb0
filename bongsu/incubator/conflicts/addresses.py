"""E-mail addresses, domains, ORCIDs, DOIs and names in the form in which they are compared.

An address that is not one is folded to an empty text, which matches nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from publicsuffixlist import PublicSuffixList

from bongsu.store.tables.definitions import read_rows

_FOLDER = files("bongsu.incubator") / "tables"
_ALUMNI = frozenset({"alum", "alumni", "alumnos", "alumnus"})  # alum.mit.edu, alumni.ethz.ch


@dataclass(frozen=True, slots=True)
class Webmail:
    """A provider of mail for anybody: the domain that stands for all of its own, and whether it ignores dots."""

    same_as: str
    ignores_dots: bool


@lru_cache(maxsize=1)
def known_webmail() -> Mapping[str, Webmail]:
    """Returns the providers by domain (tables/webmail.csv)."""
    return MappingProxyType(
        {
            row["domain"]: Webmail(row["same_as"] or row["domain"], row["ignores_dots"] == "yes")
            for row in read_rows(_FOLDER / "webmail.csv")
        }
    )


@lru_cache(maxsize=1)
def known_alumni() -> frozenset[str]:
    """Returns the domains of addresses for former students and members (tables/alumni.csv)."""
    return frozenset(row["domain"] for row in read_rows(_FOLDER / "alumni.csv"))


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _clean(text: str) -> str:
    """Returns a text without blanks, invisible characters and control characters, in compatible form and small letters."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "").lower()
    text = unicodedata.normalize("NFKC", text)
    return "".join(
        one for one in text if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf")
    ).casefold()


def fold_host(host: str) -> str:
    """Returns a domain in small letters and punycode: “서울대.한국” as xn--…; empty if it is not a domain."""
    cleaned = _clean(host).strip(".")
    try:
        folded = cleaned.encode("idna").decode("ascii") if cleaned else ""
    except UnicodeError:
        return ""
    return folded if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", folded) else ""


@lru_cache(maxsize=100_000)
def fold_address(address: str) -> str:
    """Returns an address as it is compared: KIM+x@GMAIL.com as kim@gmail.com. `+tag` and dots are cut for webmail only."""
    local, _, host = _clean(address).strip("<>").rpartition("@")
    host = fold_host(host)
    if not local or not host:
        return ""
    provider = known_webmail().get(host)
    if provider:
        host = provider.same_as
        local = local.split("+")[0] or local
        local = local.replace(".", "") if provider.ignores_dots else local
    return f"{local}@{host}" if local else ""


def is_shared_host(host: str) -> bool:
    """Whether people of different organisations have addresses at a folded host: webmail, former students, members."""
    labels = host.split(".")
    ends = {".".join(labels[start:]) for start in range(len(labels))}
    before = host.removesuffix(_find_registrable(host)).split(".")
    return not (ends.isdisjoint(known_webmail()) and ends.isdisjoint(known_alumni()) and _ALUMNI.isdisjoint(before))


@lru_cache(maxsize=100_000)
def find_domain(host: str) -> str:
    """Returns the registrable domain of a folded host by the Public Suffix List; empty for webmail and alumni.

    cs.snu.ac.kr and snu.ac.kr have the same; hust.edu.cn and hust.edu.vn have not.
    """
    return "" if not host or is_shared_host(host) else _find_registrable(host)


def _find_registrable(host: str) -> str:
    return _suffixes().privatesuffix(host) or host  # a public suffix that is itself a host stands for itself


def fold_orcid(orcid: str) -> str:
    """Returns the sixteen characters of an ORCID, however it is written; empty if it is not one."""
    found = re.fullmatch(r"(?:https?://(?:www\.)?orcid\.org/)?([0-9]{15}[0-9x])/?", _clean(orcid).replace("-", ""))
    return found.group(1) if found else ""


def fold_doi(doi: str) -> str:
    """Returns a DOI in small letters without its resolver; empty if it is not one."""
    found = re.fullmatch(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.[0-9]{4,9}/.+)", _clean(doi))
    return found.group(1) if found else ""


@lru_cache(maxsize=100_000)
def fold_name(name: str) -> str:
    """Returns a name without accents and punctuation, its words in order: “KIM, Min-su” as “kim min su”."""
    if not name.isascii():
        text = unicodedata.normalize("NFKD", name)
        kept = "".join(one for one in text if unicodedata.category(one) not in ("Mn", "Cf", "Cc"))
        name = unicodedata.normalize("NFKC", kept)
    return " ".join(sorted(re.findall(r"\w+", name.casefold())))
