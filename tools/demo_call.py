"""A call for GPU hours in half a minute: 12 made-up teams, reviews, a panel, letters, awards, a waiting list that moves.

`make demo-call` runs it on a node of its own in a temporary folder, which is kept. The call is that of `bongsu call init`, with
days around today and one rule more; the teams, the institutions and their addresses do not exist.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from bongsu.store.node import Node

if TYPE_CHECKING:
    from bongsu.incubator.models import Application, Round
    from bongsu.incubator.site import Site
    from bongsu.people.access import Actor
    from bongsu.people.models import Person

CALL, ROUND = "gpu-demo", "first"
BUDGET = {"academia": 20_000, "industry": 10_000}
DAY = timedelta(days=1)
OPENS, CLOSES, RESULTS = 150, 120, 90  # days ago
RULE = """
[[rule]]
id = "seat"
when = "screening"
kind = "knock-out"
field = "seat"
op = "is"
value = "korea"
reason.en = "The institution has its seat in Korea."
reason.ko = "기관의 소재지가 한국이어야 합니다."
reason.fr = "L’institution a son siège en Corée."
"""
QUESTION = """
[[question]]
key = "seat"
section = "team"
kind = "choice"
text.en = "Where is the seat of your institution?"
text.ko = "기관의 소재지는 어디입니까?"
text.fr = "Où votre institution a-t-elle son siège ?"
choices = [
  { key = "korea", text = { en = "Korea", ko = "한국", fr = "Corée" } },
  { key = "elsewhere", text = { en = "Elsewhere", ko = "그 밖의 나라", fr = "Ailleurs" } },
]
required = true
"""


class Team(NamedTuple):
    """A made-up team: its address, who leads it, what it asks for, how good reviewers find it (of 5), and what befalls it."""

    place: str
    leader: str
    language: str
    title: str
    summary: str
    line: str
    hours: int
    points: int
    fate: str = ""


TEAMS = (
    Team("paper-boat", "Ada Paperboat", "en", "Tide tables from old photographs",
         "A small model reads water marks on photographs of harbours. The tide tables and the model are published.",
         "academia", 5000, 5, "completes"),
    Team("dal-tokki", "달토끼", "ko", "사투리 음성 인식",
         "지역 사투리를 알아듣는 음성 인식 모형을 만들고, 말뭉치와 모형을 모두 공개합니다.", "academia", 5000, 5),
    Team("nuage-bleu", "Nuage Bleu", "fr", "Maladies du blé sur images",
         "Un modèle reconnaît les maladies du blé sur des photos de téléphone. Données et modèle sont publiés.",
         "academia", 4000, 5, "gives up"),
    Team("jongi-hak", "종이학", "ko", "하천 수질 예측",
         "공개된 수질 자료로 하천의 녹조를 사흘 전에 예측하고, 방법과 코드를 공개합니다.", "academia", 4000, 4, "colleague"),
    Team("tin-robot", "Bo Tinrobot", "en", "Plain words for public letters",
         "A model rewrites letters of authorities in plain words. The corpus and the tests are published.",
         "academia", 3000, 3, "waits"),
    Team("lune-rousse", "Lune Rousse", "fr", "Archives sonores décrites",
         "Un modèle décrit des archives sonores pour qu’on puisse les chercher. Les descriptions sont publiées.",
         "academia", 3000, 3, "waits"),
    Team("gureum", "구름과자", "ko", "의료 기록의 쉬운 설명",
         "의료 기록을 환자가 이해할 수 있는 말로 풀어 쓰는 모형입니다. 평가 자료를 공개합니다.", "academia", 2500, 2),
    Team("snow-globe", "Cy Snowglobe", "en", "Maps of summer heat",
         "A company draws street maps of summer heat from open sensors. The maps are published.",
         "industry", 2000, 5),
    Team("byeolsatang", "별사탕", "ko", "소상공인 재고 예측",
         "작은 가게의 재고를 예측하는 모형을 만들고, 시험 자료를 공개합니다.", "industry", 2000, 4, "colleague"),
    Team("petit-train", "Petit Train", "fr", "Horaires pour fauteuils roulants",
         "Une entreprise prédit quels trains sont accessibles. Les prédictions sont publiées.", "industry", 1500, 3),
    Team("far-island", "Di Farisland", "en", "Birds of an island far away",
         "A model counts birds by their songs on an island that is not in Korea.", "academia", 1000, 4, "elsewhere"),
    Team("slow-snail", "Ed Slowsnail", "en", "Slow roads", "A model finds roads on which nobody hurries.",
         "academia", 1000, 4, "late"),
)  # fmt: skip
# Reviewers, and where they work; two at the institution of a team, whose application they never see.
REVIEWERS = {
    "Reviewer Acorn": "acorn", "Reviewer Birch": "birch", "심사자 소나무": "sonamu", "Évaluatrice Tilleul": "tilleul",
    "심사자 종이학": "jongi-hak", "심사자 별사탕": "byeolsatang",
}  # fmt: skip


class Demo:
    """The node, the people and the day that the demonstration has reached."""

    def __init__(self, node: Node, teams: tuple[Team, ...] = TEAMS) -> None:
        from bongsu.incubator.site import Site

        self.site: Site = Site(node, _address)
        self.today = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0)
        self.now, self.teams = self.today, teams
        self.people: dict[str, Person] = {}

    def go_to(self, days_ago: float) -> datetime:
        """Sets the clock to some days before today."""
        self.now = self.today - days_ago * DAY
        return self.now

    def person(self, name: str, place: str, title: str, language: str, *roles: str) -> Person:
        """Makes a person with roles for the call; an auditor audits the node."""
        from bongsu.people.access import NOBODY, Actor
        from bongsu.people.granting import grant_role
        from bongsu.people.persons import ensure_person

        made = ensure_person(NOBODY, f"{name}@{place}.example", title, language)
        for role in roles:
            grant_role(
                Actor.of_command("demo"), made, role, ("call", CALL) if role.startswith("call-") else ("node", "")
            )
        self.people[f"{name}@{place}.example"] = made
        return made

    def of_team(self, team: Team) -> Actor:
        """The leader of a team, as she acts."""
        return _as(self.people[f"lead@{team.place}.example"])

    def application(self, team: Team) -> Application:
        """The application of a team, as it is now."""
        from bongsu.incubator.models import Application

        found: Application = Application.objects.select_related("call", "round", "owner").get(
            owner=self.people[f"lead@{team.place}.example"]
        )
        return found

    def team_with(self, fate: str) -> Team:
        """The first team that something befalls."""
        return next(team for team in self.teams if team.fate == fate)

    @property
    def round(self) -> Round:
        """The round of the call."""
        from bongsu.incubator.models import Round

        found: Round = Round.objects.select_related("call").get(call__name=CALL)
        return found


def _as(person: Person) -> Actor:
    from bongsu.people.access import Actor

    return Actor.of_person(person, two_step=True)


def _address(route: str, *arguments: object) -> str:
    from bongsu.web.site_address import site_address

    return site_address(None, route, *arguments)


def write_files(today: datetime) -> dict[str, str]:
    """Returns the files of the example call, with days around today, a question and a rule more."""
    from bongsu.incubator.calls.folder import write_example

    files = write_example("one-stage", CALL)
    days = {"opens": OPENS, "closes": CLOSES, "results": RESULTS}
    for field, ago in days.items():
        day = (today - ago * DAY).date()
        files["call.toml"] = re.sub(
            rf'^{field} = "[^"]+ ([0-9:]+)"', rf'{field} = "{day} \1"', files["call.toml"], flags=re.MULTILINE
        )
    files["form.toml"] += QUESTION
    files["rules.toml"] += RULE
    return files


def open_call(demo: Demo) -> None:
    """An officer writes and opens the call; a treasurer puts its budget into the ledger."""
    from bongsu.credits import accounts
    from bongsu.credits.ledger.commands import TransferCommand
    from bongsu.credits.ledger.moves import Issuer
    from bongsu.credits.posting import post
    from bongsu.incubator.opening import add_call, change_call
    from bongsu.incubator.opening import open_call as open_for_all
    from bongsu.people.access import Actor

    command = Actor.of_command("demo")
    now = demo.go_to(OPENS + 10)
    add_call(command, write_files(demo.today), now)
    officer = demo.person("officer", "office", "Officer Lamp", "en", "call-officer")
    demo.person("officer2", "office", "담당자 등불", "ko", "call-officer")
    change_call(_as(officer), CALL, write_files(demo.today), 1, now, "checked")
    open_for_all(_as(officer), CALL, now, "the budget is there")
    accounts.open_unit(command, "GPUH-H100")
    for line, hours in BUDGET.items():
        accounts.open_account(command, f"gpu:{line}", "GPUH-H100")
        filled = TransferCommand(
            id=uuid4(), debit="issue:GPUH-H100", credit=f"gpu:{line}", amount=str(hours * 3600), unit="GPUH-H100"
        )
        (outcome,) = post(Issuer("", "command demo", trusted=True), [filled])
        assert outcome.is_done, outcome
    demo.person("auditor", "audit", "Auditor Owl", "en", "auditor")


def apply(demo: Demo) -> None:
    """The teams apply, each in its language; one comes after the closing."""
    from bongsu.incubator.applications.drafting import NotOpen, begin_application, save_draft
    from bongsu.incubator.applications.files import attach_file
    from bongsu.incubator.running.submitting import submit
    from bongsu.incubator.trial.answers import make_file

    for number, team in enumerate(demo.teams):
        person = demo.person("lead", team.place, team.leader, team.language)
        actor = _as(person)
        now = demo.go_to(CLOSES + 10 - number / 2)
        application = begin_application(actor, CALL, now)
        answers = {
            "title": team.title,
            "summary": team.summary,
            "line": team.line,
            "hours": team.hours,
            "members": [{"name": team.leader, "email": str(person.email), "organisation": team.place}],
            "seat": "elsewhere" if team.fate == "elsewhere" else "korea",
            "open": True,
        }
        save_draft(actor, application, answers, 0, now)
        attach_file(actor, application, "plan", "plan.pdf", make_file("pdf"), now, demo.site.node)
        with suppress(NotOpen):
            arrival = demo.go_to(CLOSES - 1) if team.fate == "late" else now
            submit(actor, application, arrival, demo.site, arrival)


def invite(demo: Demo) -> None:
    """Reviewers say where they work and accept; so do the panel and its chair."""
    from bongsu.incubator.models import Call
    from bongsu.incubator.reviewers.inviting import accept_invitation, invite_reviewers
    from bongsu.incubator.reviewers.stating import Statement, state_profile

    now = demo.go_to(CLOSES + 2)
    people = [
        demo.person("reviewer", place, name, {"소": "ko", "É": "fr"}.get(name[0], "ko" if "심" in name else "en"))
        for name, place in REVIEWERS.items()
    ]
    call, officer = Call.objects.get(name=CALL), _as(demo.people["officer@office.example"])
    invited = invite_reviewers(officer, call, [str(one.email) for one in people], 0, 8, now)
    knows = {
        "en": "models that read photographs, speech and public letters; maps and tides",
        "ko": "음성 인식, 하천 수질, 의료 기록, 재고 예측",
        "fr": "images, archives sonores, horaires, maladies des cultures",
    }
    for person, (_, secret) in zip(people, invited, strict=True):
        state_profile(_as(person), person, Statement(expertise=knows, reads=("en", "ko", "fr")), now)
        accept_invitation(secret, person, 0, 8, now)
    demo.person("chair", "panel", "위원장 부엉이", "ko", "call-chair")
    demo.person("panel1", "panel", "Member Heron", "en", "call-panel")
    demo.person("panel2", "panel", "Membre Cigogne", "fr", "call-panel")
    for name in ("chair", "panel1", "panel2"):
        member = demo.people[f"{name}@panel.example"]
        state_profile(_as(member), member, Statement(), now)


def review(demo: Demo) -> int:
    """The round closes, reviewers are assigned, and review without seeing names. Returns how many reviews there are."""
    from bongsu.incubator.assignment.problem import Parameters
    from bongsu.incubator.models import Assignment
    from bongsu.incubator.panel.assigning import adopt_run, run_assignment
    from bongsu.incubator.panel.reviewing import save_review, submit_review
    from bongsu.incubator.running.closing import close_due_rounds
    from bongsu.people.access import Actor

    close_due_rounds(Actor.of_duty("calls"), demo.go_to(CLOSES - 1), demo.site)
    now = demo.go_to(CLOSES - 3)
    officer = _as(demo.people["officer@office.example"])
    run, _ = run_assignment(officer, demo.round, Parameters(), now)
    adopt_run(officer, run, now)
    step_all(demo, "end-screening", officer)
    points = {demo.application(team).number: team.points for team in demo.teams}
    rows = Assignment.objects.filter(state="open", application__state="in-review").order_by("pk")
    tasks = list(rows.select_related("application__call", "reviewer__person"))
    demo.go_to(CLOSES - 20)
    for number, task in enumerate(tasks):
        reviewer = task.reviewer.person
        assert reviewer is not None
        best = points[task.application.number]
        given: dict[str, Any] = {"merit": best, "benefit": best - (number % 2 if best > 3 else 0), "plan": best}
        texts = {
            "to_applicant": "The aim is clear. Say sooner how you measure it.",
            "to_panel": "I would fund it." if best > 3 else "Not strong enough.",
            "help_used": "A dictionary.",
        }
        save_review(_as(reviewer), task, given, texts, demo.now)
        submit_review(_as(reviewer), task, demo.now)
    demo.go_to(CLOSES - 22)
    step_all(demo, "end-reviews", officer)
    return len(tasks)


def step_all(demo: Demo, event: str, actor: Actor) -> None:
    """Takes a step with every application that can take it."""
    from bongsu.incubator.steps.take import perform
    from bongsu.incubator.workflow.refused import StepRefused

    for team in demo.teams:
        with suppress(StepRefused):
            perform(actor, demo.application(team), event, demo.now, demo.site)


def decide(demo: Demo) -> None:
    """The panel votes as the ranking suggests, the chair decides at the line, and on the announced day all is released."""
    from bongsu.incubator.panel.scoring import rank_round
    from bongsu.incubator.running.deciding import cast_vote, follow_ranking
    from bongsu.incubator.running.passing import pass_time
    from bongsu.people.access import Actor

    now = demo.go_to(RESULTS + 2)
    voters = [_as(demo.people[f"{name}@panel.example"]) for name in ("panel1", "panel2", "chair")]
    for voter in voters:
        follow_ranking(voter, demo.round, (), "as ranked", now)
    for row in rank_round(demo.round):
        if not row.application.pending:
            for voter in voters:
                cast_vote(voter, row.application, "wait", "the line is full", now)
    pass_time(Actor.of_duty("calls"), demo.go_to(RESULTS - 0.5), demo.site)


def award(demo: Demo) -> None:
    """Who was accepted accepts; both sides sign; the first part is paid. One hands in its milestone, one gives up."""
    from bongsu.incubator.running.passing import pass_time
    from bongsu.incubator.steps.take import perform
    from bongsu.people.access import Actor

    demo.go_to(RESULTS - 5)
    accepted = [team for team in demo.teams if demo.application(team).state == "accepted"]
    for team in accepted:
        perform(demo.of_team(team), demo.application(team), "accept", demo.now, demo.site)
    demo.go_to(RESULTS - 10)
    for team in accepted:
        sign(demo, team)
    demo.go_to(30)
    deliver(demo, demo.team_with("completes"))
    perform(
        demo.of_team(demo.team_with("gives up")), demo.application(demo.team_with("gives up")), "give-up",
        demo.go_to(20), demo.site, "We found another machine.",
    )  # fmt: skip
    pass_time(Actor.of_duty("calls"), demo.go_to(19.5), demo.site)
    moved = [team for team in demo.teams if demo.application(team).state == "accepted"]
    for team in moved:
        perform(demo.of_team(team), demo.application(team), "accept", demo.go_to(15), demo.site)


def publish(demo: Demo, team: Team) -> None:
    """A team releases an outcome, and an officer too: the catalogue has it, and the call's page links it."""
    from bongsu.incubator.awards.consenting import set_consent
    from bongsu.incubator.outcomes.publishing import release_outcome
    from bongsu.incubator.outcomes.writing import offer_outcome, write_outcome

    now, application, actor = demo.go_to(5), demo.application(team), demo.of_team(team)
    values = {
        "kind": "model",
        "language": team.language,
        "name": team.title,
        "description": team.summary,
        "homepage": f"https://{team.place}.example/model",
        "licence": "Apache-2.0",
    }
    entry = write_outcome(actor, application, values, now, demo.site).entry
    offer_outcome(actor, application, entry, now)
    set_consent(actor, application, True, now)
    release_outcome(_as(demo.people["officer@office.example"]), application, entry, demo.go_to(4), demo.site)


def sign(demo: Demo, team: Team) -> None:
    """A team fills in its agreement and signs it; an officer signs too, and the award starts."""
    from bongsu.incubator.awards.agreement import digest_texts, fill_in, sign_as_applicant, write_agreement
    from bongsu.incubator.awards.making import require_award
    from bongsu.incubator.running.awarding import countersign

    application, actor = demo.application(team), demo.of_team(team)
    fill_in(actor, application, {"responsible": team.leader}, demo.now)
    digest = digest_texts(write_agreement(require_award(application)))
    sign_as_applicant(actor, application, digest, demo.now, demo.site)
    countersign(_as(demo.people["officer@office.example"]), demo.application(team), digest, demo.now, demo.site)


def deliver(demo: Demo, team: Team) -> None:
    """A team hands in its first milestone; an officer accepts it, and the ledger pays the second part."""
    from bongsu.incubator.awards.delivering import hand_in, judge_delivery

    kind, key = "milestone", "prototype"
    text = "The first model runs; the numbers are on our page."
    hand_in(demo.of_team(team), demo.application(team), kind, key, text, (), demo.now, demo.site)
    officer = _as(demo.people["officer2@office.example"])
    judge_delivery(officer, demo.application(team), kind, key, "accepted", "It runs.", demo.go_to(27), demo.site)


def run_demo(demo: Demo) -> Iterator[str]:
    """Runs the call, and yields what happened."""
    from bongsu.credits import storage

    with storage.use_clock(lambda: demo.now):
        open_call(demo)
        apply(demo)
        invite(demo)
        yield f"{len(demo.teams)} teams applied in three languages; {len(REVIEWERS)} reviewers accepted"
        reviews = review(demo)
        yield f"The round closed; {reviews} blind reviews came in: {describe_states(demo)}"
        decide(demo)
        yield f"The panel voted, all was released at once: {describe_states(demo)}"
        award(demo)
        yield f"Awards were signed and paid, a milestone was accepted, a team gave up: {describe_states(demo)}"
        publish(demo, demo.team_with("completes"))
        yield "An outcome was released by its team and by an officer, and is in the catalogue"


def describe_states(demo: Demo) -> str:
    """Returns how many applications are in each state."""
    from collections import Counter

    states = Counter(demo.application(team).state for team in demo.teams)
    return ", ".join(f"{count} {state}" for state, count in states.items())


def main() -> int:
    """Runs the call and prints what to look at."""
    os.environ.pop("BONGSU_DATABASE", None)  # the demonstration has records of its own
    from bongsu.web.django_setup import prepare_django

    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="bongsu-call-")) / "node"
    node = Node.create(root, name="Demo institute")
    prepare_django(node.root)
    began, demo = time.monotonic(), Demo(node)
    for line in run_demo(demo):
        print(f"{demo.now:%d %B %Y}: {line}", flush=True)
    print_hints(demo, time.monotonic() - began)
    return 0


def list_hints(demo: Demo) -> Mapping[str, tuple[str, str, str]]:
    """Returns who to sign in as, by what she sees: her address, her language, the path of a page."""
    shown = {
        "officer": ("officer@office.example", "en", f"desk/calls/{CALL}/rounds/{ROUND}/"),
        "officer (Korean)": ("officer2@office.example", "ko", f"desk/calls/{CALL}/"),
        "chair": ("chair@panel.example", "ko", f"desk/calls/{CALL}/rounds/{ROUND}/ranking/"),
        "reviewer": ("reviewer@tilleul.example", "fr", "reviews/"),
        "officer (an award)": (
            "officer@office.example",
            "en",
            f"desk/applications/{demo.application(demo.team_with('completes')).number}/award/",
        ),
        "auditor": ("auditor@audit.example", "en", "desk/audit/"),
    }
    for what, fate in (
        ("team with a milestone", "completes"),
        ("team that gave up", "gives up"),
        ("team on the waiting list first", "waits"),
        ("team that is not eligible", "elsewhere"),
        ("team that was late", "late"),
        ("team with a conflict", "colleague"),
    ):
        team = demo.team_with(fate)
        path = f"applications/{demo.application(team).number}/"
        shown[what] = (f"lead@{team.place}.example", team.language, path)
    return shown


def print_hints(demo: Demo, seconds: float) -> None:
    """Prints where the node is, who to sign in as, and what to look at."""
    from bongsu.people.links import make_link

    at = f"--node {shlex.quote(str(demo.site.node.root))}"
    print(f"\n{seconds:.0f} s. The node is kept in {demo.site.node.root}; delete the folder when you are done.\n")
    print(f"bongsu serve {at}")
    print(f"The call, as everybody sees it: http://localhost:8000/en/calls/{CALL}/\n")
    print("Sign in with a link (20 minutes, once), or make one: bongsu user link ADDRESS " + at)
    for what, (address, language, path) in list_hints(demo).items():
        _, secret = make_link("sign-in", address, next=f"/{language}/{path}", language=language)
        print(f"  {what}, {address}\n    {_address('sign-in-link', secret)}")


if __name__ == "__main__":
    raise SystemExit(main())
