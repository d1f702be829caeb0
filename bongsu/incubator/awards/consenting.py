"""The owner's consent that the title and the amount of her award are published."""

from __future__ import annotations

from datetime import datetime

from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.awards.making import lock_award
from bongsu.incubator.models import Application
from bongsu.people.access import Actor
from bongsu.people.actions import act


def set_consent(actor: Actor, application: Application, consents: bool, now: datetime) -> None:
    """Permits to publish the title and the amount of an award, or takes the permission back. Raises StepRefused, Refused."""
    with act(actor, "award.publish", target_of_application(application)) as change:
        award = lock_award(application)
        award.consented = now if consents else None
        award.save(update_fields=["consented"])
        change.after = {"consented": consents}
