"""The forms of the page about the site. Their fields are those of the table [site], those of texts once for every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bongsu.core.languages import LANGUAGES, describe_language
from bongsu.core.letters import fold_letters
from bongsu.people.site_changes import mark_table
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.site_table import MAX_LINKS
from bongsu.web.desk_pages.forms import WhyForm

COLOURS = ("header", "accent", "accent_dark")
_LICENCES = ("CC-BY-4.0", "CC0-1.0", "CC-BY-SA-4.0", "ODC-By-1.0", "ODbL-1.0", "OGL-UK-3.0", "etalab-2.0")
_TEXTS = (("about", _("About the institution")), ("contact", _("Contact")), ("legal", _("Legal notice")))
_PLACE = re.compile(r"site\.(?P<path>\S+?)\Z")


class SiteForm(WhyForm):
    """The table [site] without the logo. `table` is the one that is shown."""

    licence = forms.CharField(
        label=_("Licence of your own figures"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "licences"}),
        help_text=_("An id of the SPDX list, such as CC-BY-4.0."),
    )
    header = forms.CharField(label=_("Background of the header"), max_length=7, required=False)
    accent = forms.CharField(label=_("Links, on a light background"), max_length=7, required=False)
    accent_dark = forms.CharField(
        label=_("Links, on a dark background"),
        max_length=7,
        required=False,
        help_text=_("If it is empty, it follows from the colour above."),
    )
    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)

    def __init__(self, data: Any, table: dict[str, Any], language: str) -> None:
        self.rows = min(MAX_LINKS, len(table.get("links", [])) + 2)
        super().__init__(data, prefix="site", initial=_initial(table) | {"seen": mark_table(table)})
        areas = sorted(code_lists()["CL_AREA"], key=lambda code: fold_letters(code.name.to(language)))
        self.fields["home"] = forms.ChoiceField(
            label=_("Home country"),
            required=False,
            choices=[("", gettext("None")), *((code.id, code.name.to(language)) for code in areas)],
            help_text=_("Headlines, charts and forms begin with it."),
        )
        for code in LANGUAGES:
            named = {"language": describe_language(code).name}
            self.fields[f"name_{code}"] = forms.CharField(
                label=gettext("Name ({language})").format(**named),
                max_length=120,
                required=False,
            )
            for field, title in _TEXTS:
                self.fields[f"{field}_{code}"] = forms.CharField(
                    label=f"{title} ({named['language']})",
                    max_length=20_000,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 4}),
                )
            for row in range(self.rows):
                self.fields[f"link{row}_{code}"] = forms.CharField(
                    label=gettext("Title ({language})").format(**named), max_length=120, required=False
                )
        for row in range(self.rows):
            self.fields[f"link{row}_address"] = forms.CharField(
                label=_("Address"), max_length=500, required=False, widget=forms.URLInput
            )
        for name in COLOURS:
            self.fields[name].widget.attrs |= {"placeholder": "#0b5394", "autocomplete": "off", "data-colour": name}

    def groups(self) -> Iterator[tuple[str, list[BoundField]]]:
        """Yields the title and the fields of each part of the page."""
        yield gettext("Institution"), [*(self[f"name_{code}"] for code in LANGUAGES), self["home"], self["licence"]]
        yield gettext("Colours"), [self[name] for name in COLOURS]
        for field, title in _TEXTS:
            yield str(title), [self[f"{field}_{code}"] for code in LANGUAGES]
        for row in range(self.rows):
            fields = [*(self[f"link{row}_{code}"] for code in LANGUAGES), self[f"link{row}_address"]]
            yield gettext("Link {number} of the footer").format(number=row + 1), fields

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences that the field suggests."""
        return _LICENCES

    def changes(self) -> dict[str, Any]:
        """Returns the fields of the table as the person wrote them."""
        sent = self.cleaned_data
        texts = {
            field: {code: sent[f"{field}_{code}"].replace("\r\n", "\n") for code in LANGUAGES}
            for field in ("name", *(field for field, _title in _TEXTS))
        }
        links = [
            {"title": {code: sent[f"link{row}_{code}"] for code in LANGUAGES}, "address": sent[f"link{row}_address"]}
            for row in range(self.rows)
        ]
        plain = {name: sent[name] for name in ("home", "licence")}
        return {**texts, **plain, "colours": {name: sent[name] for name in COLOURS}, "links": links}

    def colours(self) -> dict[str, str]:
        """Returns the colours as they are in the form, valid or not."""
        return {name: str(self[name].value() or "") for name in COLOURS}

    def field_of(self, where: str) -> str | None:
        """Returns the form's field of a place in node.toml, such as site.links[0].address; None if it has none."""
        found = _PLACE.search(where)
        path = found["path"] if found else ""
        link = re.fullmatch(r"links\[([0-9]+)\](?:\.title)?\.?(\w*)", path)
        name = f"link{link[1]}_{link[2] or 'address'}" if link else path.removeprefix("colours.").replace(".", "_")
        return name if name in self.fields else None


class LogoForm(WhyForm):
    """An image to send, or none to remove the logo."""

    field_order = ("file", "why")
    file = forms.FileField(
        label=_("Image"),
        required=False,
        help_text=_("PNG, JPEG, WebP or SVG, at most 2 MB. It is stored as a PNG of at most 1200 × 400 pixels."),
    )


def _initial(table: dict[str, Any]) -> dict[str, Any]:
    """Returns the values of the form's fields for a table."""
    initial = {name: table.get(name, "") for name in ("home", "licence")} | table.get("colours", {})
    for field in ("name", "about", "contact", "legal"):
        initial |= {f"{field}_{code}": text for code, text in table.get(field, {}).items()}
    for row, link in enumerate(table.get("links", [])):
        initial |= {f"link{row}_{code}": text for code, text in link.get("title", {}).items()}
        initial[f"link{row}_address"] = link.get("address", "")
    return dict(initial)
