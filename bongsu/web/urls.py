"""The URLs of the node. Pages have a language prefix (/ko/, /en/, /fr/); data and files do not."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from bongsu.web import views

urlpatterns = [
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),  # one address for the provider
    path("health", views.health, name="health"),
    path("", include("bongsu.energy.urls")),
    path("", include("bongsu.commons.urls")),
    path("", include("bongsu.credits.urls")),
    path("", include("bongsu.incubator.urls")),
    path("", include("bongsu.network.urls")),
    path("", include("bongsu.publish.urls")),
    *i18n_patterns(
        path("account/", include("bongsu.web.account.urls")),
        path("desk/", include("bongsu.web.desk_pages.urls")),
        path("", include("bongsu.energy.estimate.output.urls")),
        path("", include("bongsu.energy.scenario.urls")),
        path("desk/site/", include("bongsu.web.desk_pages.site_urls")),
        path("desk/calls/", include("bongsu.incubator.call_desk.urls")),
        path("desk/calls/", include("bongsu.incubator.reviewer_urls")),
        path("", include("bongsu.energy.forms.urls")),
        path("", include("bongsu.work.pages.urls")),
        path("", include("bongsu.commons.pages.urls")),
        path("", include("bongsu.credits.page_urls")),
        path("", include("bongsu.incubator.page_urls")),
        path("", include("bongsu.network.page_urls")),
        path("commons/proposals/", include("bongsu.commons.proposals.urls")),
        path("", include("bongsu.publish.pages.page_urls")),
    ),
]
handler400 = "bongsu.web.views.bad_request"
handler404 = "bongsu.web.views.page_not_found"
handler500 = "bongsu.web.views.server_error"
