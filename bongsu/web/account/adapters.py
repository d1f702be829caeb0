"""How django-allauth fits this node: addresses have one spelling, mail goes to the outbox, changes go to the audit."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import BadInput
from bongsu.people import outbox
from bongsu.people.access import NOBODY, Actor
from bongsu.people.actions import act
from bongsu.people.addresses import normalise_address
from bongsu.people.models import Person
from bongsu.people.persons import target_of_person
from bongsu.web.middleware import open_node
from bongsu.web.site_address import site_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by links (links.py), invitations and the OpenID Connect provider; never by a sign-up form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No: the sign-in page sends a link to an unknown address, too."""
        return False

    def clean_email(self, email: str) -> str:
        """Returns the one spelling of an address."""
        try:
            return normalise_address(email)
        except BadInput as wrong:
            raise ValidationError(describe_public_error(wrong, gettext).sentence) from None

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Puts the message into the outbox, as text."""
        message = self.render_mail(
            template_prefix, email, context | {"node_name": open_node().name_in(get_language() or "")}
        )
        outbox.put_mail(email, str(message.subject), str(message.body), get_language() or settings.LANGUAGE_CODE)

    def set_password(self, user: Person, password: str) -> None:
        """Stores the hash of the password; the audit says that it changed."""
        with act(Actor.of_person(user), "person.change", target_of_person(user)) as change:
            user.set_password(password)
            user.save(update_fields=["password"])
            change.after = {"changed": ["password"]}

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Returns the address of the page that confirms an address."""
        return site_address(request, "account_confirm_email", emailconfirmation.key)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Returns the address of the page that sets a new password."""
        return site_address(self.request, "account_reset_password_from_key", *key.split("-", 1))


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds of authenticator apps and recovery codes are encrypted with a key derived from the node's secret."""

    def encrypt(self, text: str) -> str:
        """Returns the text encrypted, for the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Returns what `encrypt` was given."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """Returns the node's name, which authenticator apps show."""
        return open_node().name_in(get_language() or "")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Returns the name and the host for which a passkey is valid."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": open_node().name_in(get_language() or "")}


def _cipher() -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=b"bongsu second steps").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """People of the OpenID Connect provider: an account is made at the first sign-in, if its address is confirmed there."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whether people who were not invited may make an account (BONGSU_SIGN_UP)."""
        return bool(settings.BONGSU_SIGN_UP)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        """Makes the person in one action."""
        with act(NOBODY, "person.add") as change:
            person = super().save_user(request, sociallogin, form)
            change.id = str(person.pk)
            change.after = {"provider": sociallogin.account.provider}
        return person

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """Takes the name and address that the provider gave."""
        person = sociallogin.user
        person.name = str(data.get("name") or " ".join(filter(None, (data.get("first_name"), data.get("last_name")))))[
            :120
        ]
        if data.get("email"):
            person.email = normalise_address(str(data["email"]))
        for address in sociallogin.email_addresses:
            address.email = normalise_address(address.email)
        return person
