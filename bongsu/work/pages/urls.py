"""Addresses of the work programme's pages; the hall puts the language before them."""

from django.urls import path

from bongsu.work.pages import views

urlpatterns = [
    path("work/exposure/", views.exposure, name="work-exposure"),
    path("work/impact/", views.impact, name="work-impact"),
    path("work/impact/<slug:study>.<slug:form>", views.plot, name="work-impact-plot"),
]
