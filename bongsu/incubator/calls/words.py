"""Findings of call.toml as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bongsu.core.errors import N_
from bongsu.incubator.texts import Finding, Translate, write_sentence

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "twice": N_("“{name}” is there twice."),
        "languages": N_("The text is missing in: {missing}."),
        "closes-before-opening": N_("The round closes before it opens."),
        "extension-earlier": N_("An extension must close later than what it extends."),
        "results-before-closing": N_("The results are announced for before the round closes."),
        "rounds-overlap": N_("The round opens before “{before}” has closed."),
        "rolling-without-next": N_("In a rolling call, what comes late goes to the next round; there is none."),
        "stage-without-round": N_("Stage {stage} of the form has no round."),
        "stage-without-questions": N_("Stage {stage} has a round, but the form has no question of that stage."),
        "asked-no-choice": N_("The form has no choice “{name}”, which says the budget line."),
        "asked-no-line": N_("The choice “{name}” is no budget line."),
        "asked-which-line": N_("There are several budget lines: say which question chooses one."),
        "asked-no-amount": N_("The form has no required number or amount “{name}”, which says how much is asked for."),
        "asked-no-organisation": N_(
            "The form has no text or choice “{name}”, which says the organisation that applies."
        ),
        "asked-how-much": N_("Say which question asks for the amount, or give every budget line a most."),
        "no-criteria": N_("Reviews need at least one criterion."),
        "no-scale": N_("The scale must end above {least}, where it begins."),
        "mixed-scales": N_("The criteria have different scales: a point counts more on a longer one."),
        "all-may-be-left": N_("Every criterion may be left out: a review may have no score."),
        "more-than-wanted": N_("More reviews are demanded than the {wanted} that are assigned."),
        "not-a-number": N_("The threshold must be a number such as 3.5."),
        "off-the-scale": N_("The threshold is not on the scale of the criteria."),
        "no-budget": N_("A call needs a budget line."),
        "no-institutions": N_("The call has no [[institution]], so none can pay."),
        "unknown-institution": N_("The call has no institution “{name}”. Near or known: {near}."),
        "unknown-unit": N_("The ledger has no unit “{unit}”."),
        "not-an-amount": N_("This is not an amount of {unit}."),
        "budget-of-zero": N_("The budget line is empty."),
        "least-above-budget": N_("One application may not ask for less than this, and the line has less."),
        "months-outside": N_("Records are kept for {least} to {most} months."),
        "reviews-before-application": N_("Reviews are kept at least as long as the applications, {months} months."),
        "award-no-line": N_("There is no budget line “{name}”."),
        "line-without-award": N_("The workflow makes awards, but no [[award]] says what one of the line “{name}” is."),
        "milestone-when": N_("Say either after how many days the milestone “{name}” is due, or when."),
        "milestone-too-late": N_("The award ends after {days} days, before the milestone is due."),
        "tranche-no-milestone": N_("A tranche is paid at “agreement” or at a milestone; “{name}” is neither."),
        "tranche-how-much": N_(
            "“{name}” must have a share or an amount. Without shares, the last tranche gets the rest."
        ),
        "shares-not-whole": N_("The shares of all tranches must add up to 100; they add up to {sum}."),
        "share-and-amount": N_("A tranche has a share or an amount, not both."),
        "recall-no-hours": N_("Only hours that are not used can be recalled; {unit} are no hours."),
        "recall-too-long": N_("The use cannot be measured over more days than the {days} that the award runs."),
        "no-cohort": N_("The call has no [cohort]."),
        "cohort-ends-first": N_("The cohort ends before it begins."),
        "most-below-least": N_("The most that one may ask for is below the least."),
    }
)


def describe_call_finding(finding: Finding, translate: Translate, language: str) -> str:
    """Returns what is wrong, in a language."""
    return write_sentence(SENTENCES[finding.code], finding.values, translate, language)
