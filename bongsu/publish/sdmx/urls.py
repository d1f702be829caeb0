"""Addresses of the SDMX service, with and without a slash at the end: REST 2.x, then REST 1.5."""

from django.urls import re_path

from bongsu.publish.sdmx import views
from bongsu.publish.sdmx.errors import ARTEFACTS_NOT_OFFERED
from bongsu.publish.sdmx.structures import ARTEFACT_TYPES

_KINDS = "|".join((*ARTEFACT_TYPES, *ARTEFACTS_NOT_OFFERED))

urlpatterns = [
    re_path(r"^data(?:/(?P<path>.*))?$", views.data),
    re_path(r"^structure(?:/(?P<path>.*))?$", views.structure),
    re_path(r"^availability(?:/(?P<path>.*))?$", views.availability),
    re_path(r"^schema(?:/(?P<path>.*))?$", views.schema),
    re_path(r"^availableconstraint(?:/(?P<path>.*))?$", views.availability_rest15),
    re_path(rf"^(?P<kind>{_KINDS})(?:/(?P<path>.*))?$", views.structure_rest15),
    re_path(r"^(?P<kind>metadata|registration)(?:/(?P<path>.*))?$", views.refuse_resource),
    re_path(r"", views.unknown_address),
]
