"""The addresses of the pages of calls; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.incubator import call_pages

urlpatterns = [
    path("calls/", call_pages.show_calls, name="calls"),
    path("calls/<slug:name>/", call_pages.show_call, name="call"),
]
