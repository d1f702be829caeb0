"""The addresses of the ledger's pages; bongsu/web/urls.py adds the language prefix."""

from django.urls import path

from bongsu.credits import audit_pages

urlpatterns = [
    path("credits/audit/", audit_pages.show_audit, name="credits-audit"),
    path("credits/audit/verify/", audit_pages.verify, name="credits-audit-verify"),
    path("credits/audit/accept-gap/", audit_pages.accept, name="credits-audit-accept-gap"),
]
