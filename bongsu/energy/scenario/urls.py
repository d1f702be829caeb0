"""URLs of the scenario page and its charts; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.energy.scenario import views

urlpatterns = [
    path("energy/scenario/", views.page, name="scenario"),
    path("energy/scenario/<slug:kind>.<slug:form>", views.chart, name="scenario-chart"),
]
