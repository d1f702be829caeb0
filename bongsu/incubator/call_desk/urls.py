"""The addresses of the officer's desk for calls, below desk/calls/."""

from django.urls import path

from bongsu.incubator.call_desk import call_page, file_page, list_page, question_pages, trial_page, workflow_pages

urlpatterns = [
    path("", list_page.list_calls, name="desk-calls"),
    path("<slug:name>/", call_page.show_call, name="desk-call"),
    path("<slug:name>/open/", call_page.open_for_applications, name="desk-call-open"),
    path("<slug:name>/try/", trial_page.try_call, name="desk-call-try"),
    path("<slug:name>/end/", call_page.end, name="desk-call-end"),
    path("<slug:name>/files/", call_page.send_files, name="desk-call-send"),
    path("<slug:name>/files/<slug:file>.toml", call_page.download_file, name="desk-call-download"),
    path("<slug:name>/files/<slug:file>/", file_page.edit_file, name="desk-call-file"),
    path("<slug:name>/files/<slug:file>/check/", file_page.check_file, name="desk-call-check"),
    path("<slug:name>/workflow/", workflow_pages.show_workflow, name="desk-call-workflow"),
    path("<slug:name>/workflow/new/", workflow_pages.edit_transition, name="desk-call-new-step"),
    path("<slug:name>/workflow/<int:number>/", workflow_pages.edit_transition, name="desk-call-step"),
    path("<slug:name>/questions/", question_pages.show_questions, name="desk-call-questions"),
    path("<slug:name>/questions/new/", question_pages.edit_question, name="desk-call-new-question"),
    path("<slug:name>/questions/<int:number>/", question_pages.edit_question, name="desk-call-question"),
]
