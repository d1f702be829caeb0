"""URLs of the commons programme's machine interfaces; they have no language prefix."""

from django.urls import path

from bongsu.commons import views

urlpatterns = [
    path("commons/entries.jsonl", views.feed, name="commons-feed"),
    path("commons/search.json", views.search, name="commons-search"),
    path("commons/entry.schema.json", views.schema, name="commons-schema"),
]
