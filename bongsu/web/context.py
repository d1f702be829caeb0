"""The context of every template: the node's name, the address of the page in each language, and the navigation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_
from bongsu.people.access import NOBODY
from bongsu.publish.exports.static_site import STATIC_SITE
from bongsu.publish.pages.site_pages import site_variables
from bongsu.store.tables.programmes import read_programmes
from bongsu.web import vega_bundle
from bongsu.web.desk_pages.navigation import has_desk
from bongsu.web.middleware import open_node

# Pages after those of the programmes, in the order of the navigation: title, URL name.
_PAGES = (
    (N_("Calls"), "calls"),
    (N_("Countries"), "countries"),
    (N_("Dataflows"), "flows"),
    (N_("The network"), "network"),
    (N_("Methods"), "methods"),
    (N_("Glossary"), "glossary"),
)
# Interactive pages of a programme: programme, title, URL name.
TOOLS = (
    ("energy", N_("Estimate the energy of AI"), "estimate"),
    ("energy", N_("A scenario of your own"), "scenario"),
    ("energy", N_("Forms and labels"), "forms"),
    ("work", N_("An occupation by six indices"), "work-exposure"),
    ("work", N_("Event studies, and what follows from them"), "work-impact"),
    ("commons", N_("Catalogue of the AI commons"), "commons"),
    ("commons", N_("How open the catalogue is"), "commons-openness"),
)


def site_context(request: HttpRequest) -> dict[str, Any]:
    """Returns the variables of every template.

    `node_name`, `site` (the institution's logo, style, pages, links and licence), `has_accounts` (False on a static site),
    `person` (who signed in, or None), `has_desk` (whether the desk is open to her), `language`, `languages` (code, name,
    address of this page), `navigation` (title, address, whether it is the current page), `tools` (programme, title, address),
    `machines` (title and address of interfaces for programs), and `vega` (the static file of the script).
    """
    path = request.get_full_path()
    actor = getattr(request, "actor", NOBODY)
    language = get_language() or settings.LANGUAGE_CODE
    pages = [
        (info.title.to(language), reverse("programme", args=(info.name,)))
        for info in read_programmes().values()
        if info.story  # own dataflows are on the home page and in the list of dataflows
    ]
    pages += [(gettext(title), reverse(name)) for title, name in _PAGES]
    site = site_variables(open_node(), language)
    return {
        "node_name": site["name"],
        "site": site,
        "has_accounts": STATIC_SITE not in request.META,
        "person": actor.person,
        "has_desk": has_desk(actor),
        "language": language,
        "languages": [(code, name, translate_url(path, code)) for code, name in settings.LANGUAGES],
        "navigation": [(title, address, request.path.startswith(address)) for title, address in pages],
        "tools": [(programme, gettext(title), reverse(name)) for programme, title, name in TOOLS],
        "machines": [
            ("SDMX", "/sdmx/structure/dataflow/*/*/+"),
            ("DCAT-AP", reverse("dcat")),
            ("OAI-PMH", f"{reverse('oai')}?verb=Identify"),
            ("OpenAPI", reverse("openapi")),
            ("Atom", reverse("feed", args=(language, "atom"))),
        ],
        "vega": vega_bundle.BUNDLE,
    }
