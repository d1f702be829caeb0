"""The forms of the desk."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bongsu.commons.harvest.page_reader import FORMATS
from bongsu.people.access import roles
from bongsu.people.addresses import MAX_LENGTH
from bongsu.people.granting import list_scopes
from bongsu.people.organisations import organisation_titles
from bongsu.people.words import name_kind


def _role_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    return [("", "—"), *((role.name, role.title.to(language)) for role in roles().values())]


def _scope_choices() -> list[tuple[str, Any]]:
    """Returns the whole node, then the parts of it that a role can be for, by kind; a value is kind and id."""
    language = get_language() or "en"
    found: list[tuple[str, Any]] = []
    for kind in dict.fromkeys(kind for role in roles().values() for kind in role.scopes):
        titles = sorted((title, f"{kind} {id_}".strip()) for id_, title in list_scopes(kind, language).items())
        choices = [(value, title) for title, value in titles]
        if kind == "node":
            found += choices
        elif choices:
            found.append((name_kind(kind, language), choices))
    return found


def _organisation_choices() -> list[tuple[str, str]]:
    return [("", "—"), *sorted(organisation_titles().items(), key=lambda one: one[1])]


class WhyForm(forms.Form):
    """The reason of a change."""

    why = forms.CharField(label=_("Reason, for the audit"), max_length=500, required=False)


class WithdrawForm(forms.Form):
    """The reason of a withdrawal, which readers see."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Readers of the release, the journal and the audit see it.")
    )
    others = forms.CharField(
        label=_("The reason in other languages"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "One language a line, after its code: “ko=…”. Without it, readers see in which language the reason is."
        ),
    )


class RowForm(WhyForm):
    """A change of one row of the page."""

    id = forms.CharField(max_length=100, widget=forms.HiddenInput)


class EraseForm(WhyForm):
    """The person's address or id, typed as a confirmation."""

    confirm = forms.CharField(label=_("Type the address (or the id) to confirm"), max_length=MAX_LENGTH)


class ScopeForm(forms.Form):
    """A role and what it is for."""

    role = forms.ChoiceField(label=_("Role"), choices=_role_choices)
    scope = forms.ChoiceField(
        label=_("For"), choices=_scope_choices, required=False, help_text=_("The whole node, or one part of it.")
    )

    def clean_scope(self) -> tuple[str, str]:
        """Returns the kind and the id of the scope."""
        kind, _, id_ = (self.cleaned_data["scope"] or "node").partition(" ")
        return kind, id_


class GrantForm(ScopeForm, WhyForm):
    """A role to grant, with its end."""

    until = forms.DateField(
        label=_("Until (empty: without an end)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    field_order = ("role", "scope", "until", "why")

    def clean_until(self) -> datetime | None:
        """Returns the beginning of the day, in UTC."""
        day = self.cleaned_data["until"]
        return datetime.combine(day, time(), UTC) if day else None


class AddressForm(forms.Form):
    """An address to invite."""

    address = forms.CharField(
        label=_("E-mail address"),
        max_length=MAX_LENGTH * 2,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class InviteForm(AddressForm, ScopeForm):
    """An address to invite to the node, to an organisation, or to a role."""

    organisation = forms.ChoiceField(
        label=_("Member of the organisation"), choices=_organisation_choices, required=False
    )
    field_order = ("address", "organisation", "role", "scope")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].required = False


class OrganisationForm(forms.Form):
    """A new organisation."""

    name = forms.CharField(
        label=_("Short name"), max_length=64, help_text=_("Small letters, digits, dots and hyphens, as in addresses.")
    )
    title = forms.CharField(label=_("Name"), max_length=200)


class TitleForm(forms.Form):
    """The display name of an organisation."""

    title = forms.CharField(label=_("Name"), max_length=200)


def _list_parents() -> list[tuple[str, str]]:
    titles = sorted(organisation_titles().items(), key=lambda one: one[1])
    return [("", gettext("no other organisation")), *titles]


class ParentForm(forms.Form):
    """What an organisation is a part of."""

    parent = forms.ChoiceField(
        label=_("Part of"),
        choices=_list_parents,
        required=False,
        help_text=_(
            "Such as the university of an institute: reviewers at the one have a conflict with applications of the other."
        ),
    )


class DomainForm(forms.Form):
    """A domain of an organisation."""

    domain = forms.CharField(
        label=_("Domain"), max_length=253, help_text=_("Who confirms an address in it may join without an invitation.")
    )


class TokenForm(forms.Form):
    """A token to issue; `key` tells a form that is sent twice, by reloading the page with the secret."""

    purpose = forms.CharField(label=_("What it is for"), max_length=200, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(12))
    days = forms.IntegerField(
        label=_("Valid for how many days (empty: until revoked)"), min_value=1, max_value=3650, required=False
    )


class ReasonForm(forms.Form):
    """The reason of a decision, which must be given."""

    why = forms.CharField(label=_("Reason, for the audit"), max_length=500)


def _format_choices() -> list[tuple[str, str]]:
    return [("", gettext("any")), *((name, gettext(title)) for name, title in FORMATS.items())]


class SourceFieldsForm(forms.Form):
    """What is known of a source that is harvested."""

    address = forms.CharField(
        label=_("Address of the records"),
        max_length=2000,
        help_text=_("Of a CKAN portal: …/api/3/action/package_search; of a catalogue: its DCAT-AP file."),
        widget=forms.URLInput(),
    )
    format = forms.ChoiceField(label=_("Format that its pages must have"), choices=_format_choices, required=False)
    licence = forms.CharField(
        label=_("Licence of the records themselves"), max_length=200, required=False, help_text=_("Such as CC0-1.0.")
    )
    allow_private = forms.BooleanField(
        label=_("Allow addresses inside the institution's network"),
        required=False,
        help_text=_("An operator decides about this."),
    )


class NewSourceForm(SourceFieldsForm):
    """A new source."""

    name = forms.CharField(label=_("Short name"), max_length=60, help_text=_("Small letters, digits and hyphens."))
    field_order = ("name",)


class SourceForm(SourceFieldsForm, WhyForm):
    """A change of a source."""

    field_order = ("address", "format", "licence", "allow_private", "why")


class RemoveSourceForm(WhyForm):
    """The removal of a source."""

    field_order = ("with_entries", "why")
    with_entries = forms.BooleanField(label=_("Remove its entries from the catalogue too"), required=False)
