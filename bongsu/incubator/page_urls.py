"""The addresses of the pages of calls; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.incubator import call_pages, reviewer_pages
from bongsu.incubator.applying import appeal_page, downloads, team_pages, views
from bongsu.incubator.award_pages import desk as award_desk
from bongsu.incubator.award_pages import own as own_award
from bongsu.incubator.reviewing import pages as review_pages
from bongsu.incubator.round_desk import pages as round_pages

urlpatterns = [
    path("calls/", call_pages.show_calls, name="calls"),
    path("calls/<slug:name>/", call_pages.show_call, name="call"),
    path("calls/<slug:name>/apply/", views.begin, name="application-begin"),
    path("applications/", views.list_applications, name="applications"),
    path("applications/team/<str:secret>/", team_pages.accept_team_invitation, name="team-invitation"),
    path("applications/<str:number>/", views.show_application, name="application"),
    path("applications/<str:number>/appeal/", appeal_page.appeal, name="application-appeal"),
    path("applications/<str:number>/award/", own_award.show_award, name="award"),
    path("applications/<str:number>/print/", views.print_application, name="application-print"),
    path("applications/<str:number>/files/<str:sha256>/", downloads.show_file, name="application-file"),
    path("applications/<str:number>/versions/<int:version>/", downloads.show_version, name="application-version"),
    path(
        "applications/<str:number>/versions/<int:version>/receipt/", downloads.show_receipt, name="application-receipt"
    ),
    path("reviewing/", reviewer_pages.show_profile, name="reviewer-profile"),
    path("reviewing/invitation/<str:secret>/", reviewer_pages.answer_invitation, name="reviewer-invitation"),
    path("desk/calls/<slug:name>/rounds/<slug:key>/", round_pages.show_round, name="call-round"),
    path("desk/calls/<slug:name>/rounds/<slug:key>/steps/", round_pages.step_all, name="call-round-steps"),
    path("desk/calls/<slug:name>/rounds/<slug:key>/assign/", round_pages.assign_round, name="call-round-assign"),
    path("desk/calls/<slug:name>/rounds/<slug:key>/ranking/", round_pages.show_ranking, name="call-ranking"),
    path("desk/calls/<slug:name>/rounds/<slug:key>/decide/", round_pages.change_ranking, name="call-ranking-change"),
    path("reviews/", review_pages.list_tasks, name="my-reviews"),
    path("reviews/<str:number>/", review_pages.show_review, name="review"),
    path("reviews/<str:number>/change/", review_pages.change_review, name="review-change"),
    path("reviews/<str:number>/files/<str:sha256>/", review_pages.show_file, name="review-file"),
    path("desk/calls/<slug:name>/awards/", award_desk.show_awards, name="call-awards"),
    path("desk/applications/<str:number>/award/", award_desk.show_award, name="desk-award"),
    path("desk/applications/<str:number>/award/change/", award_desk.change_award, name="desk-award-change"),
    path("desk/applications/<str:number>/", round_pages.show_inspected, name="call-inspected"),
    path("desk/applications/<str:number>/files/<str:sha256>/", round_pages.show_file, name="call-inspected-file"),
    path("desk/applications/<str:number>/change/", round_pages.change_inspected, name="call-inspected-change"),
]
