"""Functions that need no node: coding job titles, and assessing the openness of a document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from numbers import Real
from typing import TYPE_CHECKING

from bongsu.core.arguments import check_type
from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    from bongsu.commons.openness.assessment import Assessment
    from bongsu.work.occupations.coder import Coding


def code_titles(titles: str | Iterable[str], *, top: int = 3, least: float | None = None) -> list[Coding]:
    """Codes job titles in Korean, English or French to ISCO-08. Returns `top` candidates for each, with a confidence (0 to 1).

    A title whose best candidate has a confidence below `least` has the code "". Raises TypeError, and BadInput if `top` is
    below 1 or `least` is not between 0 and 1.
    """
    from bongsu.work.occupations.coder import MIN_CONFIDENCE, load_coder

    check_type("titles", titles, str, Iterable)
    titles = [titles] if isinstance(titles, str) else list(titles)
    for title in titles:
        check_type("a title", title, str)
    check_type("top", top, int)
    check_type("least", least, Real, type(None))
    if top < 1:
        raise BadInput(N_("“{name}” must be at least {limit}, not {value}."), name="top", limit=1, value=top)
    if least is not None and not 0 <= least <= 1:
        raise BadInput(N_("“{name}” must be between 0 and 1, not {value}."), name="least", value=least)
    return load_coder().code_titles(titles, top=top, least=MIN_CONFIDENCE if least is None else least)


def assess_openness(document: object, framework: str, *, as_of: str = "") -> Assessment:
    """Assesses a parsed document by `framework`: mof, osai, dpg, osaid or current-ai.

    `as_of` is the day (YYYY-MM-DD) whose version of the framework applies; today if empty. Raises TypeError, UnknownName
    or BadInput.
    """
    check_type("framework", framework, str)
    check_type("as_of", as_of, str)
    from bongsu.commons.openness.frameworks import assess_document

    return assess_document(document, framework, as_of=as_of or datetime.now(UTC).date().isoformat())
