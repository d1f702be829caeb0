"""Addresses that machines use; they carry no language."""

from django.urls import include, path, re_path

from bongsu.publish.exports import downloads
from bongsu.publish.pages import chart_views, site_pages
from bongsu.publish.sdmx.peers import answer_for_peer

urlpatterns = [
    path("sdmx/", include("bongsu.publish.sdmx.urls")),
    re_path(r"^network/peers/(?P<peer>[0-9a-f]{16})/sdmx/(?P<rest>.*)$", answer_for_peer, name="peer-sdmx"),
    path("", include("bongsu.publish.catalogue.urls")),
    path("files/<slug:dataflow>/<int:number>.<str:form>", downloads.download_release, name="file"),
    path("files/<slug:dataflow>/<int:number>/<str:name>", downloads.download_companion, name="file-beside"),
    path("site/logo.png", site_pages.site_logo, name="site-logo"),
    path("site/style.css", site_pages.site_style, name="site-style"),
    path("charts/<slug:dataflow>/<int:number>/<slug:chart>.<str:language>.<str:form>", chart_views.chart, name="chart"),
]
