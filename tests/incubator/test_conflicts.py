"""Conflicts of interest: the cases of the specification, each beside its neighbour that is free, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.incubator.conflicts.find import EVERY, Conflict, find_conflicts, find_reciprocal_pairs
from bongsu.incubator.conflicts.kinds import known_kinds, known_relations
from bongsu.incubator.conflicts.people import (
    Affiliation,
    Application,
    Entry,
    Funding,
    Organisation,
    Organisations,
    Profile,
    Relation,
    Work,
)
from bongsu.incubator.conflicts.rulings import (
    dismiss,
    find_stopped_reviews,
    find_unreviewable,
    is_stopping,
    list_barred,
    uphold,
    waive,
)
from bongsu.incubator.conflicts.words import ACTIONS, EVIDENCE, SEVERITIES, STATES, describe_conflict, name_kind

CLOSING = date(2026, 11, 29)
NOBODY: Sequence[Organisation] = ()


def reviewer(*addresses: str, **more: object) -> Profile:
    return Profile("r", addresses=addresses, **{"answered": True, **more})  # type: ignore[arg-type]


def applicant(*addresses: str, **more: object) -> Profile:
    return Profile("a", addresses=addresses, **{"answered": True, **more})  # type: ignore[arg-type]


def find(
    who: Profile, owner: Profile, closing: date = CLOSING, table: Sequence[Organisation] = NOBODY, **more: object
) -> list[Conflict]:
    application = Application("C-1", "round-1", owner, budget_line="line-1")
    return find_conflicts([who], [replace(application, **more)], closing, Organisations(table))  # type: ignore[arg-type]


def kinds(found: list[Conflict]) -> set[str]:
    return {conflict.kind for conflict in found}


def barred(found: list[Conflict]) -> bool:
    return any(is_stopping(conflict) for conflict in found)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("kim@cs.snu.ac.kr", "lee@snu.ac.kr", {"same-organisation"}),
        ("kim@snu.ac.kr", "park@kaist.ac.kr", set()),
        ("a@hust.edu.cn", "b@hust.edu.vn", set()),
        ("a@ku.dk", "b@ku.edu.tr", set()),
        ("a@gmail.com", "b@gmail.com", set()),
        ("a@alumni.ethz.ch", "b@alumni.ethz.ch", set()),
        ("a@alumni.ethz.ch", "b@ethz.ch", set()),
        ("a@post.harvard.edu", "b@post.harvard.edu", set()),
        ("KIM+x@GMAIL.com", "kim@gmail.com", {"own"}),
        ("k.i.m@googlemail.com", "kim@gmail.com", {"own"}),
        (" kim@gmail.com ", "kim@gmail.com", {"own"}),
        ("k\u200bim@gmail.com", "kim@gmail.com", {"own"}),
        ("a.b@outlook.com", "ab@outlook.com", set()),  # Outlook keeps dots apart
        ("ab+grants@outlook.com", "AB@outlook.com", {"own"}),
        ("kim@서울대.한국", "KIM@xn--vk1bo1ydle.xn--3e0b707e", {"own"}),
        ("kim@cs.서울대.한국", "lee@서울대.한국", {"same-organisation"}),
        ("not an address", "not an address", set()),
    ],
)
def test_addresses(one: str, other: str, expected: set[str]) -> None:
    assert kinds(find(reviewer(one), applicant(other))) == expected
    assert kinds(find(reviewer(other), applicant(one))) == expected


@pytest.mark.parametrize(
    ("orcid", "expected"), [("https://orcid.org/0000-0002-1825-0097", {"own"}), ("0000-0001-5109-3700", set())]
)
def test_a_person_is_known_by_her_orcid(orcid: str, expected: set[str]) -> None:
    assert kinds(find(reviewer(orcid="0000-0002-1825-0097"), applicant(orcid=orcid))) == expected


def test_owner_team_and_people_named_in_files() -> None:
    me, other = reviewer("kim@gmail.com"), applicant("lee@gmail.com")
    same = Profile("", addresses=("kim+cv@gmail.com",))
    assert kinds(find(me, other, team=(same,))) == {"team"}
    assert kinds(find(me, other, named=(same,))) == {"named"}
    # A named person's organisation says nothing: a letter of support does not bar a whole university.
    named = Profile("", addresses=("dean@snu.ac.kr",))
    assert find(reviewer("kim@snu.ac.kr"), other, named=(named,)) == []
    assert all(not conflict.waivable for conflict in find(me, other, team=(same,), named=(same,)))


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        (date(2023, 11, 30), {"same-organisation"}),  # the last day there
        (date(2023, 12, 1), {"former-organisation"}),
        (date(2026, 11, 29), {"former-organisation"}),
        (date(2026, 11, 30), {"former-organisation"}),  # three years to the day
        (date(2026, 12, 1), set()),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_three_years_to_the_day(closing: date, expected: set[str], swapped: bool) -> None:
    left = (Affiliation("kist", until=date(2023, 11, 30)),)
    now = (Affiliation("kist"),)
    one, other = (now, left) if swapped else (left, now)
    found = find(reviewer(affiliations=one), applicant(affiliations=other), closing)
    assert kinds(found) == expected
    assert all(conflict.waivable == (conflict.kind == "former-organisation") for conflict in found)


def test_three_years_before_a_leap_day() -> None:
    left, now = (Affiliation("kist", until=date(2025, 2, 28)),), (Affiliation("kist"),)
    assert find(reviewer(affiliations=left), applicant(affiliations=now), date(2028, 2, 29))
    assert not find(reviewer(affiliations=left), applicant(affiliations=now), date(2028, 3, 1))


def test_both_must_have_been_there_recently() -> None:
    left = (Affiliation("kist", until=date(2025, 1, 1)),)
    long_ago = (Affiliation("kist", until=date(2010, 1, 1)),)
    assert find(reviewer(affiliations=left), applicant(affiliations=long_ago)) == []
    back = (*long_ago, Affiliation("kist"))
    assert kinds(find(reviewer(affiliations=back), applicant(affiliations=(Affiliation("kist"),)))) == {
        "same-organisation"
    }


def test_an_address_is_as_old_as_the_affiliation_with_its_domain() -> None:
    left = (Affiliation(domain="snu.ac.kr", until=date(2020, 1, 1)),)
    assert find(reviewer("kim@cs.snu.ac.kr", affiliations=left), applicant("lee@snu.ac.kr")) == []
    assert kinds(find(reviewer("kim@cs.snu.ac.kr"), applicant(affiliations=left))) == set()


def test_the_organisation_of_the_application_counts() -> None:
    here = reviewer(affiliations=(Affiliation("kist"),))
    assert kinds(find(here, applicant(), organisation="kist")) == {"same-organisation"}
    assert find(here, applicant(), organisation="kaist") == []


TABLE = (
    Organisation("cnrs", aliases=("ror-cnrs",), domains=("cnrs.fr",), source="ROR"),
    Organisation("lip6", domains=("lip6.fr",), parents=("cnrs", "su"), source="ROR"),
    Organisation("su", domains=("sorbonne-universite.fr",), source="ROR"),
    Organisation("team", parents=("lip6",), source="the laboratory's page"),
    Organisation("loria", domains=("loria.fr",), parents=("cnrs",), source="ROR"),
)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("lip6", "cnrs", {"related-organisation"}),
        ("team", "cnrs", {"related-organisation"}),  # a part of a part
        ("lip6", "ror-cnrs", {"related-organisation"}),
        ("cnrs", "ror-cnrs", {"same-organisation"}),
        ("lip6", "loria", set()),  # two parts of one
        ("lip6", "CNRS", set()),  # never by similarity
    ],
)
def test_aliases_and_the_tree_of_organisations(one: str, other: str, expected: set[str]) -> None:
    there = (Affiliation(one),)
    assert (
        kinds(find(reviewer(affiliations=there), applicant(affiliations=(Affiliation(other),)), table=TABLE))
        == expected
    )
    here = (Affiliation(other),)
    assert (
        kinds(find(reviewer(affiliations=here), applicant(affiliations=(Affiliation(one),)), table=TABLE)) == expected
    )


def test_a_parent_is_far_enough_three_years_after() -> None:
    left = (Affiliation("lip6", until=date(2023, 11, 28)),)
    now = applicant(affiliations=(Affiliation("cnrs"),))
    assert find(reviewer(affiliations=left), now, table=TABLE) == []
    assert find(reviewer(affiliations=left), now, date(2026, 11, 28), TABLE)


def test_an_address_names_its_organisation() -> None:
    found = find(reviewer("a@lip6.fr"), applicant("b@cnrs.fr"), table=TABLE)
    assert kinds(found) == {"related-organisation"}
    assert kinds(find(reviewer("a@lip6.fr"), applicant(affiliations=(Affiliation("lip6"),)), table=TABLE)) == {
        "same-organisation"
    }


def test_a_table_of_organisations_states_its_source_and_contradicts_nothing() -> None:
    with pytest.raises(BadInput, match="no source"):
        Organisations([Organisation("kist")])
    with pytest.raises(BadInput, match="two organisations"):
        Organisations(
            [Organisation("a", domains=("x.kr",), source="s"), Organisation("b", domains=("x.kr",), source="s")]
        )
    circle = Organisations([Organisation(a, parents=(b,), source="s") for a, b in ("ab", "ba")])
    assert circle.list_above("a") == {"b"}


def work(year: int, doi: str = "", **more: object) -> Work:
    return Work("On assignment", year, doi, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("year", "expected"), [(2022, set()), (2023, {"co-author"}), (2026, {"co-author"}), (2027, {"co-author"})]
)
def test_co_authors_by_doi(year: int, expected: set[str]) -> None:
    mine = reviewer(works=(work(year, "10.1000/ABC"),))
    theirs = applicant(works=(work(year, "https://doi.org/10.1000/abc"),))
    assert kinds(find(mine, theirs)) == expected
    assert kinds(find(mine, applicant(works=(work(year, "10.1000/abd"),)))) == set()


def test_a_name_alone_is_a_hint() -> None:
    mine = reviewer(names=("KIM, Min-su",))
    found = find(mine, applicant(names=("Min Su Kim",), works=(work(2025, authors=("Min-Su Kim", "Lee")),)))
    assert {conflict.code for conflict in found} == {"name"}
    found = find(mine, applicant(names=("Lee",), works=(work(2023, authors=("Min Su Kim", "Lee")),)))
    assert [(conflict.kind, conflict.code, conflict.state) for conflict in found] == [
        ("same-name", "author-name", "hint")
    ]
    assert not barred(found)
    assert find(mine, applicant(works=(work(2022, authors=("Min Su Kim", "Lee")),))) == []
    theirs = applicant(names=("Lee",))
    assert kinds(find(reviewer(works=(work(2023, authors=("Lee",)),)), theirs)) == {"same-name"}


@pytest.mark.parametrize("kind", list(known_relations()))
@pytest.mark.parametrize("other", ["a", "Lee+x@gmail.com", "0000-0002-1825-0097"])
def test_relations_said_by_either_side(kind: str, other: str) -> None:
    owner = applicant("lee@gmail.com", orcid="0000-0002-1825-0097")
    (found,) = find(reviewer(relations=(Relation(kind, other),)), owner)
    assert (found.kind, found.state, found.values["said_by"]) == ("relation", "barred", "reviewer")
    back = replace(owner, relations=(Relation(kind, "r"),))
    (found,) = find(reviewer(), back)
    assert found.values["said_by"] == "applicant"


@pytest.mark.parametrize(("kind", "expected"), [("family", True), ("supervisor", True), ("collaborator", False)])
def test_family_and_supervisors_are_for_ever(kind: str, expected: bool) -> None:
    long_ago = Relation(kind, "a", until=date(1999, 1, 1))
    assert barred(find(reviewer(relations=(long_ago,)), applicant())) is expected
    recent = Relation(kind, "a", until=date(2023, 11, 29))
    assert barred(find(reviewer(relations=(recent,)), applicant()))


def test_an_unknown_relation_is_refused() -> None:
    with pytest.raises(BadInput, match="no relation"):
        find(reviewer(relations=(Relation("pal", "a"),)), applicant())


def test_funded_together_and_the_same_cohort_are_apparent() -> None:
    ours = (Funding("award-1", "cohort-1", date(2023, 11, 29)),)
    found = find(reviewer(funding=ours), applicant(funding=ours))
    assert [(one.kind, one.severity, one.state, one.waivable) for one in found] == [
        ("funded-together", "apparent", "to-decide", True),
        ("same-cohort", "apparent", "to-decide", True),
    ]
    assert barred(found)
    ended = (Funding("award-1", "cohort-1", date(2023, 11, 28)),)
    assert find(reviewer(funding=ended), applicant(funding=ended)) == []
    still = (Funding("award-1", "cohort-1"),)  # the two profiles differ: the later day counts
    assert len(find(reviewer(funding=still), applicant(funding=ended))) == 2
    assert kinds(find(reviewer(funding=(Funding("award-2", "cohort-1"),)), applicant(funding=ours))) == {"same-cohort"}


@pytest.mark.parametrize(
    ("round_", "line", "code"),
    [
        ("round-1", "line-2", "round"),
        ("round-2", "line-1", "budget-line"),
        ("round-2", "line-2", None),
        ("round-2", "", None),
    ],
)
def test_competitors(round_: str, line: str, code: str | None) -> None:
    expected = [] if code is None else [("competitor", code, "barred", True)]
    me = reviewer()
    stated = replace(me, applications=(Entry("C-2", round_, line),))
    assert [(one.kind, one.code, one.state, one.waivable) for one in find(stated, applicant())] == expected
    both = [Application("C-1", "round-1", applicant(), "line-1"), Application("C-2", round_, me, line)]
    found = [one for one in find_conflicts([me], both, CLOSING) if one.application == "C-1"]
    assert [(one.kind, one.code, one.state, one.waivable) for one in found] == expected


def test_two_reviewers_do_not_review_each_other() -> None:
    one, other = Profile("one", answered=True), Profile("other", answered=True)
    mine, theirs = Application("C-1", "round-1", one, "a"), Application("C-2", "round-2", other, "b")
    assert find_reciprocal_pairs([one, other], [mine, theirs]) == [frozenset({("one", "C-2"), ("other", "C-1")})]

    def reciprocal(reviews: list[tuple[str, str]]) -> list[tuple[str, str]]:
        found = find_conflicts([one, other], [mine, theirs], CLOSING, reviews=reviews)
        return [(conflict.reviewer, conflict.application) for conflict in found if conflict.kind == "reciprocal"]

    assert reciprocal([]) == []
    assert reciprocal([("other", "C-1")]) == [("one", "C-2")]
    assert reciprocal([("one", "C-2")]) == [("other", "C-1")]
    assert reciprocal([("one", "C-1")]) == []


def test_without_a_profile_everything_stops_until_it_is_answered() -> None:
    silent = Profile("r", addresses=("kim@gmail.com",))
    found = find(silent, applicant("lee@kaist.ac.kr"))
    assert [(one.kind, one.application, one.state) for one in found] == [("no-profile", EVERY, "to-answer")]
    assert list_barred(found, ["C-1", "C-2"]) == {("r", "C-1"), ("r", "C-2")}
    assert find(replace(silent, answered=True), applicant()) == []
    # Her address is compared all the same.
    assert kinds(find(Profile("r", addresses=("kim@kaist.ac.kr",)), applicant("lee@kaist.ac.kr"))) == {
        "no-profile",
        "same-organisation",
    }


def test_an_address_added_later_stops_the_review() -> None:
    before = reviewer("kim@gmail.com")
    owner = applicant("lee@snu.ac.kr")
    assert find_stopped_reviews(find(before, owner), [("r", "C-1")]) == []
    after = replace(before, addresses=(*before.addresses, "kim@cs.snu.ac.kr"))
    (stopped,) = find_stopped_reviews(find(after, owner), [("r", "C-1")])
    assert stopped.kind == "same-organisation"
    assert find_stopped_reviews(find(after, owner), [("r", "C-9")]) == []


def test_a_waiver_needs_a_plan_and_holds_for_its_evidence_only() -> None:
    left, now = (Affiliation("kist", until=date(2024, 1, 1)),), (Affiliation("kist"),)
    me, owner = reviewer(affiliations=left), applicant(affiliations=now)
    application = Application("C-1", "round-1", owner)
    (found,) = find_conflicts([me], [application], CLOSING)
    with pytest.raises(BadInput, match="with a plan only"):
        waive(found, " ")
    waived = waive(found, "The chair reads the review.")
    (again,) = find_conflicts([me], [application], CLOSING, decided=[waived])
    assert (again.state, again.plan, is_stopping(again)) == ("waived", "The chair reads the review.", False)
    more = replace(application, team=(Profile("b", affiliations=now),))
    assert barred(find_conflicts([me], [more], CLOSING, decided=[waived]))


def test_what_an_officer_may_decide() -> None:
    (own,) = find(reviewer("kim@gmail.com"), applicant("kim@gmail.com"))
    with pytest.raises(BadInput, match="cannot be waived"):
        waive(own, "plan")
    with pytest.raises(BadInput, match="can be dismissed"):
        dismiss(own, "no")
    (hint,) = find(reviewer(names=("Lee",)), applicant(names=("Lee",)))
    assert not is_stopping(dismiss(hint, "another Lee"))
    with pytest.raises(BadInput, match="no conflict"):
        dismiss(hint, "")
    assert is_stopping(uphold(hint))


def test_a_stated_conflict_bars() -> None:
    (found,) = find_conflicts([reviewer()], [Application("C-1", "x", applicant())], CLOSING, declared=[("r", "C-1")])
    assert (found.kind, found.state) == ("declared", "barred")


def test_an_application_that_nobody_may_review_is_named_with_who_could() -> None:
    inside = [Profile(f"r{number}", affiliations=(Affiliation("kist"),)) for number in range(2)]
    owner = Profile("a", affiliations=(Affiliation("kist"),))
    applications = [Application("C-1", "x", owner), Application("C-2", "x", Profile("b"))]
    others = [
        Profile("near", affiliations=(Affiliation("kist"),)),
        Profile("far", affiliations=(Affiliation("kaist"),)),
        Profile("silent"),
    ]
    found = find_conflicts(inside, applications, CLOSING)
    (one,) = find_unreviewable(inside, applications, found, others, CLOSING)
    assert one.application == "C-1"
    assert one.stopped == (("r0", ("same-organisation",)), ("r1", ("same-organisation",)))
    assert one.could == ("far",)
    assert [one.application for one in find_unreviewable(inside, applications, found, others, CLOSING, least=3)] == [
        "C-1",
        "C-2",
    ]
    free = [one.application for one in find_unreviewable(inside, applications, found, others, CLOSING, least=2)]
    assert free == ["C-1"]


def test_the_order_of_the_input_does_not_matter() -> None:
    people = [Profile(f"p{number}", (f"Name {number % 3}",), (f"p@x{number % 4}.kr",)) for number in range(12)]
    applications = [Application(f"C-{number}", f"r{number % 2}", people[number]) for number in range(6)]
    forwards = find_conflicts(people, applications, CLOSING)
    assert forwards == find_conflicts(people[::-1], applications[::-1], CLOSING)
    assert len({conflict.key for conflict in forwards}) == len(forwards) > 20


EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "id": ("own", {"person": "a", "value": "r"}),
    "address": ("own", {"person": "a", "value": "kim@gmail.com"}),
    "orcid": ("own", {"person": "a", "value": "0000000218250097"}),
    "organisation": ("same-organisation", {"person": "a", "name": "kist"}),
    "domain": ("same-organisation", {"person": "", "name": "kist.re.kr"}),
    "above": ("related-organisation", {"person": "a", "name": "lip6", "other": "cnrs"}),
    "doi": ("co-author", {"person": "a", "doi": "10.1000/x", "year": 2023}),
    "relation": ("relation", {"person": "a", "relation": "family", "said_by": "reviewer"}),
    "award": ("funded-together", {"person": "a", "name": "award-1"}),
    "cohort": ("same-cohort", {"person": "a", "name": "cohort-1"}),
    "round": ("competitor", {"other": "C-2"}),
    "budget-line": ("competitor", {"other": "C-2"}),
    "pair": ("reciprocal", {"person": "a", "other": "C-2"}),
    "name": ("same-name", {"person": "a", "name": "kim"}),
    "author-name": ("same-name", {"person": "a", "name": "kim"}),
    "reviewer": ("declared", {}),
    "missing": ("no-profile", {}),
}


@pytest.mark.parametrize("code", EVIDENCE)
def test_every_evidence_is_a_sentence(code: str) -> None:
    kind, values = EXAMPLES[code]
    assert code in known_kinds()[kind].how
    conflict = Conflict("r", "C-1", kind, code, values, "real", "bar", False, "barred")
    sentence = describe_conflict(conflict, {"a": "Lee"}, str, "en")
    assert "{" not in sentence
    assert ("Lee" in sentence) == (values.get("person") == "a")
    assert "2,023" not in sentence


def test_the_table_names_every_evidence_and_action() -> None:
    assert {code for kind in known_kinds().values() for code in kind.how} == set(EVIDENCE)
    assert {kind.action for kind in known_kinds().values()} == set(ACTIONS)
    assert {kind.severity for kind in known_kinds().values()} == set(SEVERITIES)
    assert {"barred", "to-decide", "to-answer", "hint", "waived", "dismissed"} == set(STATES)
    assert all(name_kind(kind, language) for kind in known_kinds() for language in TABLE_LANGUAGES)


# Kind, severity, action, whether it can be waived, years: the specification's table.
RULES = {
    "own": ("real", "bar", False, None),
    "team": ("real", "bar", False, None),
    "named": ("real", "bar", False, None),
    "same-organisation": ("real", "bar", False, None),
    "former-organisation": ("real", "bar", True, 3),
    "related-organisation": ("real", "bar", True, 3),
    "co-author": ("real", "bar", False, 3),
    "relation": ("real", "bar", False, None),
    "funded-together": ("apparent", "decide", True, 3),
    "same-cohort": ("apparent", "decide", True, 3),
    "declared": ("real", "bar", False, None),
    "competitor": ("apparent", "bar", True, None),
    "reciprocal": ("apparent", "bar", True, None),
    "same-name": ("potential", "hint", False, 3),
    "no-profile": ("potential", "ask", False, None),
}


def test_the_rules() -> None:
    assert {
        name: (kind.severity, kind.action, kind.waivable, kind.years) for name, kind in known_kinds().items()
    } == RULES
