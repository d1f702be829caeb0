"""URLs of the estimate's pages; bongsu/web/urls.py adds the language prefix. The JSON URLs are in bongsu/energy/urls.py."""

from django.urls import path

from bongsu.energy.estimate.output import views

urlpatterns = [
    path("energy/estimate/", views.page, {"kind": "inference"}, name="estimate"),
    path("energy/estimate/<slug:kind>/", views.page, name="estimate-of"),
    path("energy/estimate/<slug:kind>/boundaries.<slug:form>", views.chart, name="estimate-chart"),
]
