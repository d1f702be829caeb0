"""The addresses of calls for programs; they carry no language."""

from django.urls import path

from bongsu.incubator.public import views

urlpatterns = [
    path("calls.json", views.list_opportunities, name="calls-json"),
    path("calls/<slug:name>.json", views.show_opportunity, name="call-json"),
    path("calls.ics", views.show_calendar, name="calls-calendar"),
    path("calls/<slug:name>.ics", views.show_calendar, name="call-calendar"),
    path("calls.atom", views.show_feed, name="calls-feed"),
]
