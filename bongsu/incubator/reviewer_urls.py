"""The addresses of a call's reviewers and conflicts, below desk/calls/."""

from django.urls import path

from bongsu.incubator import conflict_pages, reviewer_pages

urlpatterns = [
    path("<slug:name>/reviewers/", reviewer_pages.show_reviewers, name="desk-call-reviewers"),
    path("<slug:name>/conflicts/", conflict_pages.show_conflicts, name="desk-call-conflicts"),
    path("<slug:name>/conflicts/<int:number>/", conflict_pages.rule, name="desk-call-conflict"),
]
