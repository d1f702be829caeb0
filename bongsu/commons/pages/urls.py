"""Addresses of the catalogue's pages; the hall puts the language before them."""

from django.urls import path

from bongsu.commons.pages import views

urlpatterns = [
    path("commons/", views.search, name="commons"),
    path("commons/openness/", views.board, name="commons-openness"),
    path("commons/entries/<slug:entry>/", views.entry, name="entry"),
]
