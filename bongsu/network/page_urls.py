"""The addresses of the room's pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.network import network_page, peer_pages

_PEER = "desk/peers/<slug:id>/"
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
]
