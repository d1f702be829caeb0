"""The addresses of the SDMX service, as peers.py finds the view of one."""

from django.urls import include, path

urlpatterns = [path("", include("bongsu.publish.sdmx.urls"))]
