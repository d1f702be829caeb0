"""The forms of the account pages."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

from bongsu.people.addresses import MAX_LENGTH


class PasswordForm(LoginForm):  # type: ignore[misc]
    """Address and password. Variants of the address are one address."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].label = _("E-mail address")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        """Returns the one spelling of the address."""
        super().clean_login()
        return str(get_adapter().clean_email(self.cleaned_data["login"]))


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey, which signs in alone, unless the person wants it as a second step only."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = _("Sign in with this key alone, without a link or password")
        self.fields["passwordless"].help_text = _("Your device then asks for your fingerprint, face or PIN.")


class LinkForm(forms.Form):
    """The address to which a link is sent."""

    email = forms.CharField(  # not an EmailField, which refuses variants that normalise_address understands
        label=_("E-mail address"),
        max_length=MAX_LENGTH * 2,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_email(self) -> str:
        """Returns the one spelling of the address."""
        return str(get_adapter().clean_email(self.cleaned_data["email"]))
