"""URLs of the forms' pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.energy.forms import views

urlpatterns = [
    path("energy/label/<path:model>.<slug:form>", views.release_label, name="label"),
    path("energy/forms/", views.index, name="forms"),
    path("energy/forms/<slug:name>/", views.page, name="form"),
]
