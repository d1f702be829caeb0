"""Addresses of pages; each begins with its language."""

from django.urls import path

from bongsu.publish import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("flows/<slug:dataflow>/", pages.dataflow, name="dataflow"),
    path("releases/<slug:dataflow>/<int:number>/", pages.release, name="release"),
]
