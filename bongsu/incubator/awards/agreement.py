"""The agreement of an award: its text with what was filled in, signed first by the applicant, then by an officer.

A signature has the SHA-256 of the text in all its languages. Who signs says which text she read; if it has changed since, the
signature is refused. A text that one side signed does not change until that signature is taken back or sent back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext, override

from bongsu.core.errors import N_, BadInput
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.credits.rules.amounts import write_amount
from bongsu.credits.unit_table import known_units
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.awards.making import find_plan, lock_award
from bongsu.incubator.awards.messages import tell_officers, tell_team
from bongsu.incubator.calls.awards import Agreement
from bongsu.incubator.models import AgreementSignature, Application, Award
from bongsu.incubator.opening import read_edition
from bongsu.incubator.site import Site
from bongsu.incubator.texts import pick_text
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.actions import act

APPLICANT, OFFICER = "applicant", "officer"
MOST = 2000  # characters of a field
SIGNED = N_("the applicant has signed the agreement")
SENT_BACK = N_("the agreement was sent back")
_ROW = N_("{name}: {value}")


def find_agreement(award: Award) -> Agreement | None:
    """Returns what the call says of the agreement of an award; None if nothing is to be signed."""
    return find_plan(award).agreement


def write_agreement(award: Award) -> dict[str, str]:
    """Returns the text of an agreement by language: its title, its rows, and what the call says."""
    agreement = find_agreement(award)
    if agreement is None:
        return {}
    call, unit = read_edition(award.edition).call, known_units()[award.unit]
    texts = {}
    for language in TABLE_LANGUAGES:
        with override(language):
            rows = [
                (gettext("Application"), award.application.number),
                (gettext("Call"), pick_text(call.title, language)),
                (gettext("Granted"), write_amount(award.amount, unit, language)),
                *((pick_text(one.title, language), award.fields.get(one.key, "")) for one in agreement.field),
            ]
        lines = [gettext(_ROW).format(name=name, value=value) for name, value in rows]
        texts[language] = "\n".join([*lines, "", pick_text(agreement.text, language)])
    return texts


def digest_texts(texts: Mapping[str, str]) -> str:
    """Returns the SHA-256 of an agreement: of each language its code and its text, sorted by code, with a NUL between."""
    parts = [part for language in sorted(texts) for part in (language, texts[language])]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def find_signature(award: Award, side: str) -> AgreementSignature | None:
    """Returns the signature of a side that counts; None if it has not signed."""
    found: AgreementSignature | None = award.signatures.filter(side=side, ended=None).select_related("person").first()
    return found


def is_signed(award: Award) -> bool:
    """Whether both sides have signed the same text, or there is nothing to sign."""
    if find_agreement(award) is None:
        return True
    signed = dict(award.signatures.filter(ended=None).values_list("side", "digest"))
    return set(signed) == {APPLICANT, OFFICER} and len(set(signed.values())) == 1


def fill_in(actor: Actor, application: Application, values: Mapping[str, str], now: datetime) -> Award:
    """Keeps what the applicant fills in. Raises StepRefused after a signature, BadInput for an unknown field, Refused."""
    with act(actor, "award.sign", target_of_application(application)) as change:
        award = lock_award(application)
        agreement = _require_agreement(award)
        if find_signature(award, APPLICANT):
            raise StepRefused(N_("You have signed: the agreement does not change any more."))
        keys = [one.key for one in agreement.field]
        if unknown := sorted(set(values) - set(keys)):
            raise BadInput(N_("The agreement has no field “{name}”."), name=unknown[0][:40])
        award.fields = {**award.fields, **{key: value.strip()[:MOST] for key, value in values.items()}}
        award.save(update_fields=["fields"])
        change.after = {"filled": sorted(values)}
    return award


def sign_as_applicant(
    actor: Actor, application: Application, digest: str, now: datetime, site: Site, file: str = ""
) -> AgreementSignature:
    """Signs the text with this digest for the applicant. `file` is the hash of the signed PDF, if the call demands one.

    Raises BadInput if a field is empty, the file is missing, or the text is another one; StepRefused, Refused.
    """
    with act(actor, "award.sign", target_of_application(application)) as change:
        award = lock_award(application)
        agreement = _require_agreement(award)
        empty = [one for one in agreement.field if not award.fields.get(one.key, "").strip()]
        if empty:
            raise BadInput(N_("Fill in all fields of the agreement first."))
        if agreement.signed_file and not file:
            raise BadInput(N_("Upload the signed agreement as PDF."))
        signature = _sign(actor, award, APPLICANT, digest, now, file)
        change.after = {"side": APPLICANT, "digest": digest, "file": file}
        tell_officers(site, award, SIGNED)
    return signature


def sign_as_officer(actor: Actor, award: Award, digest: str, now: datetime) -> AgreementSignature:
    """Signs for the node what the applicant has signed, within an action. Raises BadInput, StepRefused."""
    first = find_signature(award, APPLICANT)
    if first is None:
        raise StepRefused(N_("The applicant has not signed yet."))
    if actor.person is not None and actor.person.pk in (first.person_id, award.application.owner_id):
        raise StepRefused(N_("Who signed for the applicant cannot sign for the node."))
    return _sign(actor, award, OFFICER, digest, now)


def send_back(actor: Actor, application: Application, why: str, now: datetime, site: Site) -> None:
    """Ends the applicant's signature, so that she can correct the agreement. Raises BadInput, StepRefused, Refused."""
    if not why.strip():
        raise BadInput(N_("Say why."))
    with act(actor, "award.countersign", target_of_application(application)) as change:
        award = lock_award(application)
        signature = find_signature(award, APPLICANT)
        if signature is None or find_signature(award, OFFICER):
            raise StepRefused(N_("There is no signature that can be sent back."))
        signature.ended, signature.why = now, why.strip()[:500]
        signature.save()
        change.after = {"sent-back": APPLICANT}
        tell_team(site, award, SENT_BACK)


def _require_agreement(award: Award) -> Agreement:
    agreement = find_agreement(award)
    if agreement is None or award.application.state != "awarded":
        raise StepRefused(N_("There is no agreement to sign now."))
    return agreement


def _sign(actor: Actor, award: Award, side: str, digest: str, now: datetime, file: str = "") -> AgreementSignature:
    if actor.person is None:
        raise BadInput(N_("A signature is a person’s."))
    _require_agreement(award)
    if find_signature(award, side):
        raise StepRefused(N_("This side has signed already."))
    texts = write_agreement(award)
    if digest != digest_texts(texts):
        raise BadInput(
            N_("The text of the agreement has changed since you read it."), fix=N_("Read it again, then sign.")
        )
    row: AgreementSignature = AgreementSignature.objects.create(
        award=award, side=side, person=actor.person, digest=digest, texts=texts, file=file, signed=now
    )
    return row
