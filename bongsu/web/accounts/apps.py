"""The Django application of accounts."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """The application; its tables are named accounts_*."""

    name = "bongsu.web.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
