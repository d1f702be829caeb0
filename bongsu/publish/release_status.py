"""Says in a language why a release no longer stands: it was withdrawn, or computed from one that was."""

from __future__ import annotations

from django.utils.translation import gettext, override

from bongsu.core.release import Release


def describe_status(release: Release, language: str) -> str:
    """Returns why a release no longer stands, in a language: its withdrawal or that of an input; empty if it stands."""
    with override(language):
        if release.withdrawal:
            said = release.withdrawal.reason_in(language).mark(language)
            text = gettext("Withdrawn on {date}: {reason}")
            return text.format(date=release.withdrawal.at[:10], reason=said)
        if release.affected:
            text = gettext("Affected: computed from {releases}, withdrawn on {date}. Its values are provisional.")
            return text.format(releases=", ".join(release.affected.by), date=release.affected.since[:10])
    return ""
