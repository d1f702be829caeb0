"""The addresses of the desk's page about the site."""

from django.urls import path

from bongsu.web.desk_pages import site_page

urlpatterns = [
    path("", site_page.show_site, name="desk-site"),
    path("preview.svg", site_page.preview_site, name="desk-site-preview"),
]
