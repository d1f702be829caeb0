"""Tells subscribers what happened to releases: one mail with all that is new, or one JSON message to a webhook.

News are announced up to some seconds ago, so that none of the same second is missed. A webhook that does not answer is tried
again; it gets all that happened since.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override

from bongsu.core.errors import N_, BongsuError
from bongsu.core.report import Report
from bongsu.network.client import check_url
from bongsu.people.models import Subscription
from bongsu.people.outbox import put_mail
from bongsu.people.subscriptions import list_due, mark_failed, mark_told
from bongsu.publish.catalogue.news import News, list_news
from bongsu.store.fetching.fetcher import Fetcher
from bongsu.store.node import Node
from bongsu.web.site_address import node_address

_SETTLED = timedelta(seconds=5)
_MOST = 50  # pieces of news in one message; the feed has the others
_LARGEST, _SECONDS = 1 << 16, 30.0  # of what a webhook answers, which nobody reads
_END = N_("You get this because you subscribed. End it on your account’s page: {address}")


def announce_news(node: Node, now: datetime) -> Report:
    """Tells every subscriber the news since the last time. Returns how many were told."""
    until = f"{now - _SETTLED:%Y-%m-%dT%H:%M:%SZ}"
    told = sum(_tell(node, one, until, now) for one in list_due(now))
    return Report(N_("Subscribers told: {count}."), {"count": told}) if told else Report()


def _tell(node: Node, subscription: Subscription, until: str, now: datetime) -> bool:
    if subscription.dataflow and not node.releases.all(subscription.dataflow):
        return False
    news = [one for one in list_news(node, subscription.dataflow) if subscription.told < one.at <= until][:_MOST]
    if not news:
        return False
    if subscription.person is None:
        return _call_webhook(node, subscription, news, until, now)
    with transaction.atomic():
        if not mark_told(subscription, until):
            return False
        subject, text = _write_mail(node, news, subscription.language)
        put_mail(str(subscription.person.email), subject, text, subscription.language)
    return True


def _write_mail(node: Node, news: list[News], language: str) -> tuple[str, str]:
    parts = [f"{one.title(node, language)}\n{one.text(node, language)}\n{_address(one, language)}" for one in news]
    with override(language):
        end = gettext(_END).format(address=f"{node_address()}/{language}/account/subscriptions/")
    return f"{node.name_in(language)}: {news[0].title(node, language)}", "\n\n".join([*parts, "-- \n" + end])


def _address(news: News, language: str) -> str:
    return f"{node_address()}/{language}/releases/{news.release.dataflow}/{news.release.number}/"


def _call_webhook(node: Node, subscription: Subscription, news: list[News], until: str, now: datetime) -> bool:
    language = subscription.language
    shape = {
        "node": node.identity.id,
        "name": node.name_in(language),
        "language": language,
        "news": [
            {
                "kind": one.kind,
                "dataflow": one.release.dataflow,
                "release": one.release.number,
                "at": one.at,
                "title": one.title(node, language),
                "text": one.text(node, language),
                "address": _address(one, language),
            }
            for one in news
        ],
    }
    body = json.dumps(shape, ensure_ascii=False).encode()
    fetcher = Fetcher(settings.BONGSU_NETWORK_PRIVATE, largest=_LARGEST, seconds=_SECONDS)
    try:
        fetcher.post(check_url(subscription.webhook), body, "application/json")
    except BongsuError:  # unreachable, refused, or an address that no longer may be called
        mark_failed(subscription, now)
        return False
    return mark_told(subscription, until)
