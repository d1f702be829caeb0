"""The addresses of the room's pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.network import network_page, peer_pages
from bongsu.network.questions import asking_pages, deciding_pages

_PEER = "desk/peers/<slug:id>/"
_RECEIVED = "desk/questions/<int:id>/"
_ASKED = "desk/asked/<slug:id>/"
urlpatterns = [
    path("network/", network_page.show_network, name="network"),
    path("desk/peers/", peer_pages.list_peers, name="desk-peers"),
    path("desk/peers/add/", peer_pages.add, name="desk-peer-add"),
    path(_PEER, peer_pages.show_peer, name="desk-peer"),
    path(f"{_PEER}confirm/", peer_pages.confirm, name="desk-peer-confirm"),
    path(f"{_PEER}trust/", peer_pages.trust, name="desk-peer-trust"),
    path(f"{_PEER}suspend/", peer_pages.suspend, name="desk-peer-suspend"),
    path(f"{_PEER}end/", peer_pages.end, name="desk-peer-end"),
    path(f"{_PEER}evidence/<str:name>/<str:file>", peer_pages.download_evidence, name="desk-peer-evidence"),
    path("desk/asked/", asking_pages.list_asked, name="desk-asked"),
    path("desk/ask/", asking_pages.write_question, name="desk-ask"),
    path("desk/ask/offers/", asking_pages.fetch_offers, name="desk-ask-offers"),
    path(_ASKED, asking_pages.show_asked, name="desk-asked-question"),
    path(f"{_ASKED}follow/", asking_pages.follow, name="desk-asked-follow"),
    path("desk/questions/", deciding_pages.list_received, name="desk-received"),
    path(_RECEIVED, deciding_pages.show_received, name="desk-received-question"),
    path(f"{_RECEIVED}prepare/", deciding_pages.prepare, name="desk-received-prepare"),
    path(f"{_RECEIVED}approve/", deciding_pages.approve, name="desk-received-approve"),
    path(f"{_RECEIVED}refuse/", deciding_pages.refuse, name="desk-received-refuse"),
    path("desk/agreements/", deciding_pages.list_agreements, name="desk-agreements"),
    path("desk/agreements/add/", deciding_pages.add_agreement, name="desk-agreement-add"),
    path("desk/agreements/<int:id>/end/", deciding_pages.remove_agreement, name="desk-agreement-end"),
    path("desk/agreements/limits/", deciding_pages.change_limits, name="desk-limits"),
]
