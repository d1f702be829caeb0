"""Addresses of the commons programme that machines use; they carry no language."""

from django.urls import path

from bongsu.commons import views

urlpatterns = [path("commons/entries.jsonl", views.feed, name="commons-feed")]
