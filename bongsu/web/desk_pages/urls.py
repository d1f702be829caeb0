"""The addresses of the operator's desk."""

from django.urls import path

from bongsu.web.desk_pages import (
    audit_pages,
    flow_pages,
    holding_pages,
    node_pages,
    organisations,
    outbox_pages,
    people,
    roles_page,
    start,
)

urlpatterns = [
    path("", start.open_desk, name="desk"),
    path("state/", node_pages.show_state, name="desk-state"),
    path("state/check/", node_pages.check_node, name="desk-check"),
    path("settings/", node_pages.show_settings, name="desk-settings"),
    path("disk/", node_pages.show_disk_use, name="desk-disk"),
    path("duties/", node_pages.show_duties, name="desk-duties"),
    path("dataflows/", flow_pages.list_flows, name="desk-flows"),
    path("dataflows/<str:id>/", flow_pages.show_flow, name="desk-flow"),
    path("dataflows/<str:id>/check-<int:number>.csv", flow_pages.export_check_rows, name="desk-check-rows"),
    path("dataflows/<str:id>/review.csv", flow_pages.export_flagged, name="desk-flagged"),
    path("dataflows/<str:id>/<int:number>/withdraw/", flow_pages.withdraw, name="desk-withdraw"),
    path("microdata/", holding_pages.list_holdings, name="desk-holdings"),
    path("microdata/<str:name>/", holding_pages.show_holding, name="desk-holding"),
    path("people/", people.list_people, name="desk-people"),
    path("people/invite/", people.invite_person, name="desk-invite"),
    path("people/<uuid:id>/", people.show_person, name="desk-person"),
    path("organisations/", organisations.list_organisations, name="desk-organisations"),
    path("organisations/<str:name>/", organisations.show_organisation, name="desk-organisation"),
    path("roles/", roles_page.list_roles, name="desk-roles"),
    path("roles/<str:role>/", roles_page.rule_two_steps, name="desk-two-steps"),
    path("audit/", audit_pages.list_lines, name="desk-audit"),
    path("audit/verify/", audit_pages.verify_chain, name="desk-audit-verify"),
    path("audit/audit.csv", audit_pages.export_lines, name="desk-audit-csv"),
    path("outbox/", outbox_pages.list_mail, name="desk-outbox"),
    path("outbox/<uuid:key>/", outbox_pages.show_mail, name="desk-message"),
    path("outbox/<uuid:key>/again/", outbox_pages.send_mail_again, name="desk-send-again"),
]
