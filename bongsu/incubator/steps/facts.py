"""The facts that guards ask for: one function for each row of guards.csv but the decisions, which step.py knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from bongsu.incubator.applications.finding import read_files
from bongsu.incubator.applications.rounds import is_open_for
from bongsu.incubator.applications.screening import are_done, have_failed, is_overruling_signed
from bongsu.incubator.applications.versions import newest_version
from bongsu.incubator.awards.agreement import is_signed
from bongsu.incubator.awards.delivering import are_milestones_done
from bongsu.incubator.awards.making import find_award
from bongsu.incubator.models import Application
from bongsu.incubator.panel.scoring import count_counting_reviews
from bongsu.incubator.panel.votes import count_votes
from bongsu.incubator.panel.waiting import is_place_free

Fact = Callable[[Application, datetime], bool]


def _is_last_stage(application: Application, now: datetime) -> bool:
    return application.stage >= read_files(application).form.stages


def _has_reviewers(application: Application, now: datetime) -> bool:
    assigned = application.assignments.filter(state__in=("open", "submitted")).count()
    return bool(assigned >= read_files(application).call.reviews.least)


def _has_reviews(application: Application, now: datetime) -> bool:
    call = read_files(application).call
    return count_counting_reviews(application, call) >= call.reviews.least


def _is_closed(application: Application, now: datetime) -> bool:
    return now >= application.round.ends and not is_open_for(application, now)


def _is_agreed(application: Application, now: datetime) -> bool:
    award = find_award(application)
    return award is not None and is_signed(award)


def _has_milestones(application: Application, now: datetime) -> bool:
    award = find_award(application)
    return award is not None and are_milestones_done(award)


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "round.open": is_open_for,
        "round.closed": _is_closed,
        "version.complete": lambda application, now: newest_version(application) is not None,
        "checks.done": lambda application, now: are_done(application),
        "checks.failed": lambda application, now: have_failed(application),
        "overrule.signed": lambda application, now: is_overruling_signed(application),
        "reviewers.enough": _has_reviewers,
        "reviews.enough": _has_reviews,
        "discussion.asked": lambda application, now: application.comments.exists(),
        "quorum.met": lambda application, now: count_votes(application).has_quorum,
        "place.free": lambda application, now: is_place_free(application),
        "stage.last": _is_last_stage,
        "agreement.signed": _is_agreed,
        "milestones.done": _has_milestones,
        "term.passed": lambda application, now: application.due is not None and application.due <= now,
    }
)


class Facts(Mapping[str, bool]):
    """The facts of an application now, each found out when it is asked for; `known` has those that are given."""

    def __init__(self, application: Application, now: datetime, known: Mapping[str, bool]) -> None:
        self._application, self._now, self._known = application, now, dict(known)

    def __getitem__(self, name: str) -> bool:
        """Returns whether a fact holds. Raises KeyError for one that is not known."""
        if name not in self._known:
            self._known[name] = FACTS[name](self._application, self._now)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        """Yields the names of the facts."""
        return iter({*FACTS, *self._known})

    def __len__(self) -> int:
        """Counts the facts."""
        return len({*FACTS, *self._known})
