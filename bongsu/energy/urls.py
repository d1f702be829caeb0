"""URLs of the energy programme's machine interfaces; they have no language prefix."""

from django.urls import path

from bongsu.energy.estimate.output import views as estimate
from bongsu.energy.intake import views as intake

urlpatterns = [
    path("v1/metrics", intake.receive_otlp, name="otlp-metrics"),
    path("energy/estimate/<slug:kind>.json", estimate.api, name="estimate-api"),
    path("energy/intake/<slug:format_>", intake.receive_report, name="energy-intake"),
]
