"""What a draft or a version lacks, and what the rules of the call say of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from bongsu.incubator.applications.finding import find_form
from bongsu.incubator.applications.versions import read_version_files
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.eligibility.document import Rule, Rules, When, list_comparisons
from bongsu.incubator.eligibility.evaluate import Outcome, Summary, evaluate, summarise
from bongsu.incubator.forms.answers import AnswerFinding, check_answers
from bongsu.incubator.forms.document import Form
from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.opening import read_edition


class Judgement(NamedTuple):
    """What the answers lack, the outcome of each rule, and what follows from them."""

    findings: tuple[AnswerFinding, ...]
    outcomes: tuple[Outcome, ...]
    summary: Summary

    @property
    def may_be_submitted(self) -> bool:
        """Whether nothing is missing, and no rule refuses or stops it."""
        return not (self.findings or self.summary.refused or self.summary.stopped)


def judge(application: Application, one: Draft | Version, now: datetime, when: When = "submit") -> Judgement:
    """Returns what the answers lack and what the rules say, in the edition in which they were written."""
    files = read_edition(one.edition)
    form = find_form(files, application)
    given = read_version_files(one)
    today = now.astimezone(find_zone(files.call.zone)).date()
    rules = take_rules(files, form)
    outcomes = evaluate(rules, files.form, one.answers, find_facts(application), today, given, when)
    return Judgement(tuple(check_answers(form, one.answers, given)), tuple(outcomes), summarise(outcomes, when))


def take_rules(files: CallFiles, form: Form) -> Rules:
    """Returns the rules that ask for nothing but the questions of the stage's form, and what the node knows."""
    later = set(files.form.questions) - set(form.questions)
    rules = tuple(rule for rule in files.rules.rule if not later & _list_questions(rule))
    taken: Rules = msgspec.structs.replace(files.rules, rule=rules)
    return taken


def _list_questions(rule: Rule) -> set[str]:
    return {(condition.field or "").partition(".")[0] for _, condition in list_comparisons(rule)}


def find_facts(application: Application) -> dict[str, Any]:
    """Returns what the node knows of an application, by the names of facts.csv; what it does not know is left out."""
    owner = application.owner
    if owner is None:
        return {}
    organisations = list(owner.affiliations.filter(until=None).values_list("organisation_id", flat=True))
    if not organisations:
        return {}
    same = Application.objects.filter(round=application.round, owner__affiliations__organisation__in=organisations)
    same = same.filter(owner__affiliations__until=None).exclude(state="withdrawn")
    return {"node.applications": same.distinct().count()}
