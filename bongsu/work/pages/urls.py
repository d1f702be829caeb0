"""URLs of the work programme's pages, without the language prefix, which bongsu/web adds."""

from django.urls import path

from bongsu.work.pages import views

urlpatterns = [
    path("work/exposure/", views.exposure, name="work-exposure"),
    path("work/impact/", views.impact, name="work-impact"),
    path("work/impact/<slug:study>.<slug:form>", views.plot, name="work-impact-plot"),
]
