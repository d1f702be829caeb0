"""Addresses of pages; each begins with its language."""

from django.urls import path

from bongsu.publish import pages, pages_country, pages_flow, pages_manual

urlpatterns = [
    path("", pages.home, name="home"),
    path("programmes/<slug:programme>/", pages.programme, name="programme"),
    path("flows/", pages.flows, name="flows"),
    path("flows/<slug:dataflow>/", pages_flow.dataflow, name="dataflow"),
    path("releases/<slug:dataflow>/<int:number>/", pages_flow.release, name="release"),
    path("countries/", pages_country.countries, name="countries"),
    path("countries/<slug:code>/", pages_country.country, name="country"),
    path("methods/", pages_manual.methods, name="methods"),
    path("methods/<slug:method>/", pages_manual.method, name="method"),
    path("glossary/", pages_manual.glossary, name="glossary"),
]
