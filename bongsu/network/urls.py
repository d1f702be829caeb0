"""Addresses for other nodes; they carry no language."""

from django.urls import path

from bongsu.network import message_views, public_views
from bongsu.network.questions import messages

_V1 = "network/v1/"
urlpatterns = [
    path(".well-known/bongsu-node.json", public_views.show_card, name="node-card"),
    path(f"{_V1}roots", public_views.show_roots, name="network-roots"),
    path(f"{_V1}checkpoint", public_views.show_checkpoint, name="network-checkpoint"),
    path(f"{_V1}log", public_views.show_log, name="network-log"),
    path(f"{_V1}releases/<slug:flow>/<int:number>/<str:name>", public_views.download_file, name="network-file"),
    path(f"{_V1}introductions", message_views.receive_card, name="network-introductions"),
    path(f"{_V1}poke", message_views.receive_poke, name="network-poke"),
    path(f"{_V1}offers", messages.show_offers, name="network-offers"),
    path(f"{_V1}questions", messages.receive, name="network-questions"),
    path(f"{_V1}questions/<uuid:id>", messages.show, name="network-question"),
]
