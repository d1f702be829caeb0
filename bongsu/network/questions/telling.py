"""Tells the custodians of a holding by mail that a question of another node waits; one mail until they have decided."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, override

from bongsu.network.models import ReceivedQuestion
from bongsu.network.peers import name_peer, own_url
from bongsu.network.questions.states import WAITING
from bongsu.people import outbox
from bongsu.people.access import active_grants
from bongsu.people.models import Grant
from bongsu.store.node import Node


def tell_custodians(node: Node, row: ReceivedQuestion) -> None:
    """Writes to the custodians that a question waits, unless another one of the same peer about the holding waits already."""
    others = ReceivedQuestion.objects.filter(peer=row.peer, holding=row.holding, state=WAITING).exclude(pk=row.pk)
    if others.exists():
        return
    scope = Q(scope_kind="node") | Q(scope_kind="holding", scope_id=row.holding)
    grants = Grant.objects.filter(active_grants(), scope, role="custodian").select_related("person")
    for address, language in sorted({(one.person.email, one.person.language) for one in grants if one.person.email}):
        with override(language or "en"):
            title = name_peer(row.peer.name, language, row.peer_id)
            subject = gettext("A question about {holding} waits for your decision").format(holding=row.holding)
            body = gettext(
                "The node {name} asks a question about {holding} of {node}. It lapses on {day} if nobody decides. You see the "
                "question, and the answer as it would leave, at\n\n{address}"
            ).format(
                name=title,
                holding=row.holding,
                node=node.name_in(language),
                day=row.lapses.date(),
                address=f"{own_url()}{reverse('desk-received-question', args=(row.pk,))}",
            )
            outbox.put_mail(address, subject, body, language or "en")
