"""The addresses of the pages of calls; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.incubator import call_pages, reviewer_pages
from bongsu.incubator.applying import downloads, team_pages, views

urlpatterns = [
    path("calls/", call_pages.show_calls, name="calls"),
    path("calls/<slug:name>/", call_pages.show_call, name="call"),
    path("calls/<slug:name>/apply/", views.begin, name="application-begin"),
    path("applications/", views.list_applications, name="applications"),
    path("applications/team/<str:secret>/", team_pages.accept_team_invitation, name="team-invitation"),
    path("applications/<str:number>/", views.show_application, name="application"),
    path("applications/<str:number>/print/", views.print_application, name="application-print"),
    path("applications/<str:number>/files/<str:sha256>/", downloads.show_file, name="application-file"),
    path("applications/<str:number>/versions/<int:version>/", downloads.show_version, name="application-version"),
    path(
        "applications/<str:number>/versions/<int:version>/receipt/", downloads.show_receipt, name="application-receipt"
    ),
    path("reviewing/", reviewer_pages.show_profile, name="reviewer-profile"),
    path("reviewing/invitation/<str:secret>/", reviewer_pages.answer_invitation, name="reviewer-invitation"),
]
