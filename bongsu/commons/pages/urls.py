"""URLs of the catalogue's pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.commons.editing import page_views
from bongsu.commons.pages import views

urlpatterns = [
    path("commons/", views.search, name="commons"),
    path("commons/openness/", views.board, name="commons-openness"),
    path("commons/entries/<slug:entry>/", views.entry, name="entry"),
    path("commons/entries/<slug:entry>/history/", page_views.show_history, name="entry-history"),
    path("desk/conflicts/", page_views.decide_conflicts, name="entry-conflicts"),
    path("desk/entry-tokens/", page_views.permit_tokens, name="entry-tokens"),
]
