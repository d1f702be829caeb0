"""The news of calls, for the feed: each opening, each edition since with what it says of itself, each ending."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from bongsu.core.atom import AtomEntry
from bongsu.core.errors import N_
from bongsu.incubator.models import Edition
from bongsu.incubator.opening import list_public_editions, read_edition
from bongsu.incubator.public.published import PublishedCall, make_id, write_moment
from bongsu.incubator.texts import Translate, pick_text

MOST_NEWS = 50
_TITLES = {
    "opened": N_("Opened: {call}"),
    "extended": N_("Extended: {call}"),
    "changed": N_("Changed: {call}"),
    "ended": N_("Ended: {call}"),
}


class _News(NamedTuple):
    at: datetime
    part: str
    call: PublishedCall
    before: Edition | None = None
    after: Edition | None = None


def list_news(
    calls: Collection[PublishedCall], node: str, find_page: Callable[[str], str], translate: Translate, language: str
) -> list[AtomEntry]:
    """Returns the newest news of calls, newest first; `find_page` gives the address of a call's page."""
    editions = list_public_editions([one.call for one in calls])
    news: list[_News] = []
    for one in calls:
        news.append(_News(one.opened, "opened", one))
        news += [
            _News(after.made, f"edition {after.number}", one, before, after)
            for before, after in pairwise(editions[one.call.pk])
        ]
        if one.ended:
            news.append(_News(one.ended, "ended", one))
    news.sort(key=lambda item: (item.at, item.call.call.name, item.part), reverse=True)
    entries = []
    for item in news[:MOST_NEWS]:
        kind, text = _describe(item, language)
        name = item.call.call.name
        title = translate(_TITLES[kind]).format(call=pick_text(item.call.files.call.title, language))
        links = (("alternate", "text/html", find_page(name)),)
        authors = tuple((pick_text(one.title, language), one.url) for one in item.call.files.call.institution)
        entries.append(
            AtomEntry(make_id(node, name, item.part).urn, title, text, write_moment(item.at), links, authors)
        )
    return entries


def _describe(item: _News, language: str) -> tuple[str, str]:
    """Returns the kind of the news and its text: the reasons of extensions, why the edition was made, or the summary."""
    if item.before is None or item.after is None:
        return item.part, pick_text(item.call.files.call.summary, language)
    known = {one.key: len(one.extension) for one in read_edition(item.before).call.round}
    reasons = [
        pick_text(extension.reason, language)
        for one in read_edition(item.after).call.round
        for extension in one.extension[known.get(one.key, 0) :]
    ]
    return ("extended", " ".join(reasons)) if reasons else ("changed", item.after.why)
