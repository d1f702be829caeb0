"""URLs of the commons programme's machine interfaces; they have no language prefix."""

from django.urls import path

from bongsu.commons import views
from bongsu.commons.editing import api_views
from bongsu.commons.proposals import api_views as proposal_views

urlpatterns = [
    path("commons/entries.jsonl", views.feed, name="commons-feed"),
    path("commons/search.json", views.search, name="commons-search"),
    path("commons/entry.schema.json", views.schema, name="commons-schema"),
    path("commons/entries/", api_views.add_entry, name="commons-entries"),
    path("commons/entries/<slug:entry>/", api_views.serve_entry, name="commons-entry"),
    path("commons/entries/<slug:entry>/history.json", api_views.list_revisions, name="commons-entry-history"),
    path("commons/proposals/", proposal_views.serve_proposals, name="commons-proposals"),
    path("commons/proposals/<int:number>/", proposal_views.serve_proposal, name="commons-proposal"),
]
