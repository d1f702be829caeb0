"""Addresses of pages; each begins with its language."""

from django.urls import path

from bongsu.publish.pages import (
    country_pages,
    dataflow_pages,
    home_page,
    manual_pages,
    peer_pages,
    revision_page,
    site_pages,
)

urlpatterns = [
    path("", home_page.home, name="home"),
    path("programmes/<slug:programme>/", home_page.programme, name="programme"),
    path("flows/", home_page.flows, name="flows"),
    path("flows/<slug:dataflow>/", dataflow_pages.dataflow, name="dataflow"),
    path("flows/<slug:dataflow>/revisions/", revision_page.revisions, name="revisions"),
    path("releases/<slug:dataflow>/<int:number>/", dataflow_pages.release, name="release"),
    path("releases/<slug:dataflow>/<int:before>/to/<int:after>/", dataflow_pages.difference, name="difference"),
    path("network/<slug:peer>/<slug:dataflow>/<int:number>/", peer_pages.peer_release, name="peer-release"),
    path("network/<slug:peer>/<slug:dataflow>/<int:number>/<str:name>", peer_pages.peer_file, name="peer-file"),
    path("countries/", country_pages.countries, name="countries"),
    path("countries/<slug:code>/", country_pages.country, name="country"),
    path("methods/", manual_pages.methods, name="methods"),
    path("methods/<slug:method>/", manual_pages.method, name="method"),
    path("glossary/", manual_pages.glossary, name="glossary"),
    *(path(f"{field}/", site_pages.site_text, {"field": field}, name=field) for field, _ in site_pages.PAGES),
]
