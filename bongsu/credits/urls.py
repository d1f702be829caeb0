"""The addresses of the ledger's interface; they have no language prefix."""

from django.urls import path

from bongsu.credits import views

urlpatterns = [
    path("credits/v1/commands", views.receive_commands, name="credits-commands"),
    path("credits/v1/campaigns/<str:id>/quote", views.quote, name="credits-quote"),
    path("credits/v1/accounts/<str:id>", views.show_account, name="credits-account"),
    path("credits/v1/accounts/<str:id>/transfers", views.list_account_transfers, name="credits-transfers"),
    path("credits/v1/export.beancount", views.export_beancount, name="credits-export"),
]
