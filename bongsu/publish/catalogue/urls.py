"""Addresses of the catalogue, its harvest door, feeds, and what robots and developers look for at a root."""

from django.urls import path

from bongsu.publish.catalogue import doors, views

urlpatterns = [
    path("catalogue", views.catalogue, name="dcat"),
    path("catalogue.<str:end>", views.table, name="catalogue-table"),
    path("catalogue/<int:number>.<str:end>", views.page, name="dcat-page"),
    path("catalogue/flows/<slug:id>", views.one, {"kind": "flows"}, name="dcat-flow"),
    path("catalogue/flows/<slug:id>.<str:end>", views.one, {"kind": "flows"}),
    path("catalogue/releases/<slug:dataflow>/<int:number>", views.release, name="dcat-release"),
    path("catalogue/releases/<slug:dataflow>/<int:number>.<str:end>", views.release),
    path("catalogue/entries/<slug:id>", views.one, {"kind": "entries"}, name="dcat-entry"),
    path("catalogue/entries/<slug:id>.<str:end>", views.one, {"kind": "entries"}),
    path("catalogue/kinds/<slug:name>", views.kind, name="dcat-kind"),
    path("oai", doors.harvest, name="oai"),
    path("feeds/<slug:language>.<slug:form>", doors.feed, name="feed"),
    path("sitemap.xml", doors.site_map, name="sitemap"),
    path("sitemap-<int:number>.xml", doors.site_map_part, name="sitemap-part"),
    path("robots.txt", doors.robots, name="robots"),
    path("openapi.json", doors.interface, name="openapi"),
]
