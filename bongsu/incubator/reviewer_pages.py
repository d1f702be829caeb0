"""Pages about reviewers: the officer's list of a call, the invitation, and what a person states of herself.

An invitation asks where she works before anything but the call itself is shown.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.core.languages import LANGUAGES, TABLE_LANGUAGES
from bongsu.incubator.call_desk.found_calls import describe, find_officers_call, read_language
from bongsu.incubator.conflicts.kinds import known_relations
from bongsu.incubator.conflicts.people import Affiliation, Relation, Work
from bongsu.incubator.models import Call, Reviewer
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.reviewers.inviting import (
    MOST_REVIEWS,
    accept_invitation,
    decline_invitation,
    end_reviewer,
    find_invitation,
    find_reviewer,
    invite_reviewers,
    read_addresses,
    withdraw_reviewer,
)
from bongsu.incubator.reviewers.listing import REVIEWER_STATES, list_reviewers
from bongsu.incubator.reviewers.messages import send_invitations
from bongsu.incubator.reviewers.stating import MOST_TEXT, Statement, has_answered, read_statement, state_profile
from bongsu.incubator.site import site_of
from bongsu.incubator.texts import pick_text
from bongsu.people.access import SignInFirst
from bongsu.people.models import Person


class LoadForm(forms.Form):
    """How many reviews a reviewer takes."""

    least = forms.IntegerField(label=_("Reviews at least"), min_value=0, max_value=MOST_REVIEWS, initial=0)
    most = forms.IntegerField(label=_("Reviews at most"), min_value=1, max_value=MOST_REVIEWS)


class InviteForm(LoadForm):
    """The addresses to invite."""

    addresses = forms.CharField(
        label=_("E-mail addresses, one a line"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 5})
    )
    field_order = ("addresses", "least", "most")


@require_http_methods(["GET", "POST"])
def show_reviewers(request: Any, name: str) -> HttpResponse:
    """Lists the reviewers of a call; invites addresses, or ends a reviewer."""
    found = find_officers_call(request.actor, name, "reviewer.see")
    do, wrong, now = request.POST.get("do"), "", timezone.now()
    most = found.files.call.reviews.most_each
    form = InviteForm(request.POST if do == "invite" else None, initial={"most": most})
    try:
        if do == "invite" and form.is_valid():
            return _invite(request, found.call, form)
        if do == "end":
            number = request.POST.get("reviewer", "")
            reviewer = find_reviewer(found.call, int(number) if number.isdecimal() and len(number) < 10 else 0)
            end_reviewer(request.actor, reviewer, request.POST.get("why", "").strip(), now)
            messages.success(request, gettext("Ended."))
            return redirect("desk-call-reviewers", name)
    except BadInput as error:
        wrong = describe(error)
    rows = [(one, gettext(REVIEWER_STATES[one.state])) for one in list_reviewers(request.actor, found.call)]
    return render(
        request, "incubator/desk_reviewers.html", {"found": found, "rows": rows, "form": form, "wrong": wrong}
    )


def _invite(request: Any, call: Call, form: InviteForm) -> HttpResponse:
    values, now = form.cleaned_data, timezone.now()
    addresses = read_addresses(values["addresses"])
    invited = invite_reviewers(request.actor, call, addresses, values["least"], values["most"], now)
    send_invitations(site_of(request), call, invited)
    left = len(addresses) - len(invited)
    messages.success(request, gettext("Invited: {count}.").format(count=len(invited)))
    if left:
        messages.warning(
            request, gettext("Not invited, since they have answered or were ended before: {count}.").format(count=left)
        )
    return redirect("desk-call-reviewers", call.name)


@require_http_methods(["GET", "POST"])
def answer_invitation(request: Any, secret: str) -> HttpResponse:
    """Shows an invitation to review, and accepts or declines it."""
    reviewer = find_invitation(secret)
    person, now, wrong = request.actor.person, timezone.now(), ""
    do = request.POST.get("do")
    initial = {"least": reviewer.least, "most": reviewer.most}
    form = LoadForm(request.POST if do == "accept" else None, initial=initial)
    if do == "decline":
        decline_invitation(secret, now)
        return render(request, "incubator/invitation_declined.html", {"title": _title(reviewer.call)})
    if do == "accept":
        if person is None:
            raise SignInFirst(N_("Sign in first."))
        try:
            if form.is_valid():
                values = form.cleaned_data
                accept_invitation(secret, person, values["least"], values["most"], now)
                messages.success(request, gettext("Thank you: you review for this call."))
                return redirect("reviewer-profile")
        except (BadInput, Refused) as error:
            wrong = describe(error)
    context = {
        "title": _title(reviewer.call),
        "call": reviewer.call,
        "address": reviewer.address,
        "person": person,
        "answered": person is not None and has_answered(person),
        "form": form,
        "wrong": wrong,
        "here": request.path,
    }
    response = render(request, "incubator/invitation.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _title(call: Call) -> str:
    return pick_text(read_edition(newest_edition(call)).call.title, read_language())


class _Day(forms.DateField):
    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class AffiliationForm(forms.Form):
    """Where a person works or worked."""

    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    domain = forms.CharField(label=_("Its domain, such as snu.ac.kr"), max_length=253, required=False)
    role = forms.CharField(label=_("Your position"), max_length=120, required=False)
    start = _Day(_("From"))
    until = _Day(_("Until; empty: still"))


class RelationForm(forms.Form):
    """A relation to another person."""

    kind = forms.ChoiceField(label=_("Relation"), required=False)
    other = forms.CharField(label=_("E-mail address or ORCID of the other"), max_length=254, required=False)
    start = _Day(_("From"))
    until = _Day(_("Until; empty: still"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = [(kind, row.text.to(read_language())) for kind, row in known_relations().items()]
        self.fields["kind"].choices = [("", "—"), *rows]  # type: ignore[attr-defined]


class WorkForm(forms.Form):
    """A publication."""

    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    year = forms.IntegerField(label=_("Year"), min_value=1900, max_value=2100, required=False)
    doi = forms.CharField(label=_("DOI"), max_length=200, required=False)
    authors = forms.CharField(label=_("Authors, separated by semicolons"), max_length=5000, required=False)


class ProfileForm(forms.Form):
    """What a person states of herself as a whole."""

    orcid = forms.CharField(label=_("ORCID"), max_length=40, required=False)
    reads = forms.MultipleChoiceField(
        label=_("Languages in which you review"), required=False, widget=forms.CheckboxSelectMultiple
    )
    complete = forms.BooleanField(
        label=_("These are all organisations at which I worked in the last three years, be it none.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reads"].choices = [(code, LANGUAGES[code].name) for code in TABLE_LANGUAGES]  # type: ignore[attr-defined]
        for code in TABLE_LANGUAGES:
            self.fields[f"expertise_{code}"] = forms.CharField(
                label=_("Your expertise, in {language}").format(language=LANGUAGES[code].name),
                max_length=MOST_TEXT,
                required=False,
                widget=forms.Textarea(attrs={"rows": 4, "lang": code}),
            )
        self.order_fields(["orcid", "reads", *(f"expertise_{code}" for code in TABLE_LANGUAGES), "complete"])


_EXTRA = 2  # empty rows below those that are filled in
_AffiliationRows = forms.formset_factory(AffiliationForm, extra=_EXTRA, max_num=200)
_RelationRows = forms.formset_factory(RelationForm, extra=_EXTRA, max_num=200)
_WorkRows = forms.formset_factory(WorkForm, extra=_EXTRA, max_num=200)


@require_http_methods(["GET", "POST"])
def show_profile(request: Any) -> HttpResponse:
    """Shows what a person states of herself as forms, and the calls for which she reviews; saves it, or ends a call."""
    person = request.actor.person
    if person is None:
        raise SignInFirst(N_("Sign in first."))
    if request.POST.get("do") == "withdraw":
        return _withdraw(request, person)
    stated, wrong, sent = read_statement(person), "", None
    following = request.GET.get("next", "")
    following = following if following.startswith("/") and "//" not in following and "\\" not in following else ""
    if request.method == "POST":
        sent = request.POST
    form = ProfileForm(sent, initial=_describe(stated))
    rows: dict[str, Any] = {
        "affiliations": _AffiliationRows(sent, prefix="a", initial=[_row(one) for one in stated.affiliations]),
        "relations": _RelationRows(sent, prefix="r", initial=[_row(one) for one in stated.relations]),
        "works": _WorkRows(
            sent, prefix="w", initial=[{**_row(one), "authors": "; ".join(one.authors)} for one in stated.works]
        ),
    }
    if sent is not None and all([form.is_valid(), *(one.is_valid() for one in rows.values())]):
        try:
            state_profile(request.actor, person, _read(form, rows), timezone.now())
        except BadInput as error:
            wrong = describe(error)
        else:
            messages.success(request, gettext("Saved."))
            return redirect(following or "reviewer-profile")
    reviewing = Reviewer.objects.filter(person=person).select_related("call").order_by("-answered")
    context = {
        "form": form,
        "rows": rows,
        "wrong": wrong,
        "answered": has_answered(person),
        "reviewing": [(one, _title(one.call), gettext(REVIEWER_STATES[one.state])) for one in reviewing],
    }
    return render(request, "incubator/profile.html", context)


def _withdraw(request: Any, person: Person) -> HttpResponse:
    number = request.POST.get("reviewer", "")
    mine = Reviewer.objects.filter(person=person, state="accepted").select_related("call")
    reviewer = mine.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 10 else None
    if reviewer is not None:
        withdraw_reviewer(request.actor, reviewer, timezone.now())
        messages.success(request, gettext("You no longer review for this call."))
    return redirect("reviewer-profile")


def _row(one: Affiliation | Relation | Work) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def _describe(stated: Statement) -> dict[str, Any]:
    expertise = {f"expertise_{code}": text for code, text in stated.expertise.items()}
    return {"orcid": stated.orcid, "reads": stated.reads, **expertise}


def _read(form: ProfileForm, rows: dict[str, Any]) -> Statement:
    """Returns what the forms say; rows in which nothing is filled in are left out."""
    filled = {
        name: [one.cleaned_data for one in formset if any(one.cleaned_data.values())] for name, formset in rows.items()
    }
    values = form.cleaned_data
    return Statement(
        values["orcid"],
        {code: values[f"expertise_{code}"] for code in TABLE_LANGUAGES},
        tuple(values["reads"]),
        tuple(Affiliation(**one) for one in filled["affiliations"]),
        tuple(Relation(**one) for one in filled["relations"]),
        tuple(
            Work(
                one["title"],
                one["year"] or 0,
                one["doi"],
                tuple(name.strip() for name in one["authors"].split(";") if name.strip()),
            )
            for one in filled["works"]
        ),
    )
