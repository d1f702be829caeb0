"""Addresses of the catalogue, OAI-PMH, feeds, sitemap, robots.txt and the OpenAPI description."""

from django.urls import path

from bongsu.publish.catalogue import root_views, views

urlpatterns = [
    path("catalogue", views.catalogue, name="dcat"),
    path("catalogue.<str:end>", views.catalogue_table, name="catalogue-table"),
    path("catalogue/<int:number>.<str:end>", views.catalogue_page, name="dcat-page"),
    path("catalogue/flows/<slug:id>", views.catalogue_item, {"kind": "flows"}, name="dcat-flow"),
    path("catalogue/flows/<slug:id>.<str:end>", views.catalogue_item, {"kind": "flows"}),
    path("catalogue/releases/<slug:dataflow>/<int:number>", views.catalogue_release, name="dcat-release"),
    path("catalogue/releases/<slug:dataflow>/<int:number>.<str:end>", views.catalogue_release),
    path("catalogue/peers/<slug:peer>/<slug:dataflow>/<int:number>", views.catalogue_peer, name="dcat-peer"),
    path("catalogue/entries/<slug:id>", views.catalogue_item, {"kind": "entries"}, name="dcat-entry"),
    path("catalogue/entries/<slug:id>.<str:end>", views.catalogue_item, {"kind": "entries"}),
    path("catalogue/kinds/<slug:name>", views.catalogue_kind, name="dcat-kind"),
    path("oai", root_views.oai_pmh, name="oai"),
    path("feeds/<slug:language>.<slug:form>", root_views.feed, name="feed"),
    path("feeds/<slug:dataflow>/<slug:language>.<slug:form>", root_views.feed, name="feed-of-dataflow"),
    path("sitemap.xml", root_views.site_map, name="sitemap"),
    path("sitemap-<int:number>.xml", root_views.site_map_part, name="sitemap-part"),
    path("robots.txt", root_views.robots, name="robots"),
    path("openapi.json", root_views.openapi_document, name="openapi"),
]
