"""What an applicant reads of the decision: letters, the reviewers' texts to her once they are released, and her appeal."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import get_language

from bongsu.incubator.models import Appeal, Application, Award, Decision
from bongsu.incubator.panel.appeals import find_appeal_end
from bongsu.incubator.panel.reviewing import newest_reviews
from bongsu.incubator.texts import pick_text


class Decided(NamedTuple):
    """What was decided, as the page shows it. `appeal_end` is until when she may appeal, None if she may not."""

    letters: list[tuple[str, str, datetime]]
    reviews: list[str]
    appeal: Appeal | None
    appeal_end: datetime | None
    has_award: bool


def read_decided(application: Application, now: datetime) -> Decided:
    """Returns what the applicant may read of decisions that were released; before that nothing is there to read."""
    language = get_language() or "en"
    letters = [
        (pick_text(one.subjects, language), pick_text(one.texts, language), one.written)
        for one in application.letters.order_by("-written")
    ]
    shown = Decision.objects.filter(application=application, texts_shown=True).exists()
    texts = sorted((one.to_applicant for one in newest_reviews(application) if one.to_applicant), key=_shuffle)
    appeal = Appeal.objects.filter(application=application).first()
    end = None if appeal else find_appeal_end(application)
    has_award = Award.objects.filter(application=application).exists()
    return Decided(letters, texts if shown else [], appeal, end if end and now < end else None, has_award)


def _shuffle(text: str) -> str:
    """Orders texts by a hash of theirs: applicants who compare their pages do not find the order of the reviewers."""
    return hashlib.sha256(text.encode()).hexdigest()
