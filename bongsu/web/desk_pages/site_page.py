"""The page about the site: the institution's name, country, colours, texts, links and logo."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.core.contrast import TEXT_CONTRAST
from bongsu.core.errors import BadInput, Missing
from bongsu.core.uploads import SVG
from bongsu.people.site_changes import change_logo, change_site
from bongsu.people.uploads import read_upload, serve_upload
from bongsu.store.disk.node_file import read_table
from bongsu.store.tables.site_logo import LOGO_TYPES, MAX_LOGO
from bongsu.store.tables.site_table import measure_colours
from bongsu.web.desk_pages.changes import describe
from bongsu.web.desk_pages.site_forms import COLOURS, LogoForm, SiteForm
from bongsu.web.desk_pages.site_preview import draw_preview, valid_colours


@require_http_methods(["GET", "POST"])
def show_site(request: Any) -> HttpResponse:
    """Shows and changes the site. The button “Preview” shows the colours without saving anything."""
    root, table = request.node.root, read_table(request.node.root, "site")
    sent = request.POST.get("do") if request.method == "POST" else None
    site = SiteForm(request.POST if sent == "site" else None, table, get_language() or "en")
    logo = LogoForm(request.POST, request.FILES, prefix="logo") if sent == "logo" else LogoForm(prefix="logo")
    preview = "preview" in request.POST
    saved = (sent == "site" and not preview and _save_site(request, root, site)) or (
        sent == "logo" and _save_logo(request, root, logo)
    )
    if saved:
        messages.success(request, gettext("Saved."))
        return redirect("desk-site")
    colours = site.colours()
    names = {name: site.fields[name].label for name in COLOURS}
    measured = measure_colours(valid_colours(colours))
    context = {
        "form": site,
        "logo_form": logo,
        "preview": f"{reverse('desk-site-preview')}?{urlencode(colours)}",
        "tried": preview,
        "contrasts": [
            (names[name], colours[name], f"{int(ratio * 100) / 100:g}", ratio >= TEXT_CONTRAST)
            for name, ratio in measured.items()
        ],
    }
    return render(request, "desk_pages/site.html", context)


def _save_site(request: Any, root: Any, form: SiteForm) -> bool:
    if not form.is_valid():
        return False
    try:
        change_site(request.actor, root, form.changes(), form.cleaned_data["why"], seen=form.cleaned_data["seen"])
    except (BadInput, Missing) as wrong:
        field = form.field_of(wrong.where)
        wrong.where = "" if field else wrong.where  # the message stands beside the field
        form.add_error(field, describe(wrong))
        return False
    return True


def _save_logo(request: Any, root: Any, form: LogoForm) -> bool:
    if not form.is_valid():
        return False
    file, why = form.cleaned_data["file"], form.cleaned_data["why"]
    try:
        if file:
            change_logo(request.actor, root, read_upload(file, LOGO_TYPES, most=MAX_LOGO), str(file.name), why)
        else:
            change_site(request.actor, root, {"logo": ""}, why)
    except (BadInput, Missing) as wrong:
        form.add_error("file", describe(wrong))
        return False
    return True


@require_safe
def preview_site(request: HttpRequest) -> HttpResponse:
    """The picture of a page in the colours of the query."""
    colours = valid_colours({name: request.GET.get(name, "") for name in COLOURS})
    return serve_upload(draw_preview(colours).encode(), SVG, "preview.svg")
