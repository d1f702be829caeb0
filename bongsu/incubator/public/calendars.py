"""The times of calls as a calendar (RFC 5545): when rounds open and close, and when results come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration, vText

from bongsu import __version__
from bongsu.core.errors import N_
from bongsu.incubator.calls.deadlines import Deadline
from bongsu.incubator.public.published import PublishedCall
from bongsu.incubator.texts import Translate, pick_text

_SUMMARIES = {
    "opens": N_("Opens for applications: {call}"),
    "closes": N_("Applications close: {call}"),
    "results": N_("Results: {call}"),
}
_REFRESH = timedelta(hours=12)


def write_calendar(
    calls: Iterable[PublishedCall], name: str, find_page: Callable[[str], str], translate: Translate, language: str
) -> bytes:
    """Returns the calendar of some calls, in a language; `find_page` gives the address of a call's page."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Bongsu//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)  # what programs read that do not know NAME (RFC 7986)
    calendar.add("refresh-interval", vDuration(_REFRESH), parameters={"value": "DURATION"})
    for one in calls:
        for event in _list_events(one, find_page(one.call.name), translate, language):
            calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _list_events(one: PublishedCall, page: str, translate: Translate, language: str) -> Iterator[Event]:
    call, title = one.files.call, pick_text(one.files.call.title, language)
    for round_, times in zip(call.round, call.rounds, strict=True):
        named = f"{title}, {pick_text(round_.title, language)}" if round_.title else title
        for kind, time in (("opens", times.opens), ("closes", times.closes), ("results", times.results)):
            if time is not None:
                event = _make_event(one, time, time.ends if kind == "closes" else None)
                event.add("uid", f"{times.key}-{kind}@{one.id}")
                event.add(
                    "summary", vText(translate(_SUMMARIES[kind]).format(call=named)), parameters={"language": language}
                )
                event.add("description", vText(pick_text(call.summary, language)), parameters={"language": language})
                event.add("url", page)
                yield event


def _make_event(one: PublishedCall, time: Deadline, ends: datetime | None) -> Event:
    """Returns an event that is cancelled if the call ended before it. Its number grows with every edition, and at the end."""
    event = Event()
    event.add("dtstart", time.starts)
    if ends:
        event.add("dtend", ends)
    event.add("dtstamp", one.ended or one.edition.made)
    event.add("last-modified", one.ended or one.edition.made)
    event.add("sequence", one.edition.number + bool(one.ended))
    event.add("status", "CANCELLED" if one.ended and one.ended < time.starts else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event
