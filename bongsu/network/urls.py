"""Addresses for other nodes; they carry no language."""

from django.urls import path

from bongsu.network import views

urlpatterns = [path(".well-known/bongsu-node.json", views.show_card, name="node-card")]
