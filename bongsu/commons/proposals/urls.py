"""URLs of the pages of proposals; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.commons.proposals import views

urlpatterns = [
    path("", views.list_mine, name="proposals"),
    path("new/", views.new_entry, name="proposal-new"),
    path("about/<slug:entry>/", views.about_entry, name="proposal-about"),
    path("queue/", views.queue, name="proposal-queue"),
    path("reviews/", views.reviews, name="reviews"),
    path("<int:number>/", views.show, name="proposal"),
    path("<int:number>/edit/", views.edit, name="proposal-edit"),
]
