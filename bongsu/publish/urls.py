"""Addresses that machines use; they carry no language."""

from django.urls import include, path

from bongsu.publish import chart_views, files

urlpatterns = [
    path("sdmx/", include("bongsu.publish.sdmx.urls")),
    path("", include("bongsu.publish.catalogue.urls")),
    path("files/<slug:dataflow>/<int:number>.<str:form>", files.download, name="file"),
    path("files/<slug:dataflow>/<int:number>/<str:name>", files.beside, name="file-beside"),
    path("charts/<slug:dataflow>/<int:number>/<slug:chart>.<str:language>.<str:form>", chart_views.chart, name="chart"),
]
