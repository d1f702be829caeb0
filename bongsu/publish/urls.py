"""Addresses that machines use; they carry no language."""

from django.urls import include, path

from bongsu.publish import files

urlpatterns = [
    path("sdmx/", include("bongsu.publish.sdmx.urls")),
    path("files/<slug:dataflow>/<int:number>.<str:form>", files.download, name="file"),
    path("charts/<slug:dataflow>/<int:number>/<slug:chart>.<str:language>.<str:form>", files.chart, name="chart"),
]
