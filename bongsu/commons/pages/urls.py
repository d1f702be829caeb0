"""URLs of the catalogue's pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.commons.pages import views

urlpatterns = [
    path("commons/", views.search, name="commons"),
    path("commons/openness/", views.board, name="commons-openness"),
    path("commons/entries/<slug:entry>/", views.entry, name="entry"),
]
