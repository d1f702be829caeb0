"""The addresses of the ledger's pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.credits import audit_pages, campaign_pages, holder_pages

urlpatterns = [
    path("credits/", holder_pages.list_accounts, name="credits-accounts"),
    path("credits/accounts/<str:id>/", holder_pages.show_account, name="credits-account-page"),
    path("credits/accounts/<str:id>/<int:number>/", holder_pages.show_receipt, name="credits-receipt"),
    path("credits/accounts/<str:id>/takings/", holder_pages.show_takings, name="credits-takings"),
    path("credits/accounts/<str:id>/takings.csv", holder_pages.export_takings, name="credits-takings-csv"),
    path("credits/campaigns/", campaign_pages.list_campaigns, name="credits-campaigns"),
    path("credits/campaigns/<str:id>/", campaign_pages.show_campaign, name="credits-campaign"),
    path("credits/campaigns/<str:id>/stop/", campaign_pages.stop, name="credits-stop-campaign"),
    path("credits/audit/", audit_pages.show_audit, name="credits-audit"),
    path("credits/audit/verify/", audit_pages.verify, name="credits-audit-verify"),
    path("credits/audit/accept-gap/", audit_pages.accept, name="credits-audit-accept-gap"),
]
