"""The Django application of the room."""

from django.apps import AppConfig


class Network(AppConfig):
    """The application; its tables are named network_*."""

    name = "bongsu.network"
    label = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Lets rows of access.csv name the peer itself, which a signed message of it is."""
        from bongsu.network.states import PEER_PREFIX
        from bongsu.people.access import register_relation

        register_relation("the-peer", lambda actor, target: actor.name == f"{PEER_PREFIX}{target.id}")
