"""A form with a question of every kind, for the tests of forms and rules."""

from __future__ import annotations

from typing import Any

from bongsu.incubator.forms.answers import AnswerFile
from bongsu.incubator.forms.document import Form, parse_form

COMPUTE = """
format = "bongsu.form/1"
title = { en = "Compute for public models", ko = "공공 모델을 위한 컴퓨팅", fr = "Calcul pour modèles publics" }

[[section]]
key = "who"
title = { en = "Who", ko = "신청자", fr = "Qui" }

[[section]]
key = "what"
title = { en = "What", ko = "내용", fr = "Quoi" }

[[question]]
key = "organisation"
section = "who"
kind = "text"
text = { en = "Organisation", ko = "기관", fr = "Organisation" }
required = true
reuse = "organisation"

[[question]]
key = "founded"
section = "who"
kind = "date"
text = { en = "Founded on", ko = "설립일", fr = "Fondée le" }
most = "2026-12-31"
anonymous = "shown"

[[question]]
key = "sector"
section = "who"
kind = "choice"
text = { en = "Sector", ko = "부문", fr = "Secteur" }
choices = [
  { key = "academia", text = { en = "Academia", ko = "학계", fr = "Université" } },
  { key = "industry", text = { en = "Industry", ko = "산업", fr = "Industrie" } },
  { key = "research", text = { en = "Research institute", ko = "연구기관", fr = "Institut" } },
]
required = true
anonymous = "shown"

[[question]]
key = "members"
section = "who"
kind = "team"
text = { en = "Team", ko = "팀", fr = "Équipe" }
least = 1
most = 5
required = true

[[question]]
key = "summary"
section = "what"
kind = "long-text"
text = { en = "Summary", ko = "요약", fr = "Résumé" }
least = 5
most = 200
required = true
anonymous = "redacted"
reuse = "summary"

[[question]]
key = "hours"
section = "what"
kind = "number"
text = { en = "GPU hours", ko = "GPU 시간", fr = "Heures de GPU" }
least = 1
most = 100000
required = true
anonymous = "shown"

[[question]]
key = "share"
section = "what"
kind = "money"
unit = "EUR"
text = { en = "Own share", ko = "자부담", fr = "Part propre" }
least = "0"
most = "50000.00"
required-if = { question = "sector", is = ["industry"] }
anonymous = "shown"

[[question]]
key = "areas"
section = "what"
kind = "many"
text = { en = "Areas", ko = "분야", fr = "Domaines" }
choices = [
  { key = "health", text = { en = "Health", ko = "보건", fr = "Santé" } },
  { key = "language", text = { en = "Language", ko = "언어", fr = "Langue" } },
  { key = "climate", text = { en = "Climate", ko = "기후", fr = "Climat" } },
]
least = 1
most = 2
anonymous = "shown"

[[question]]
key = "budget"
section = "what"
kind = "table"
text = { en = "Budget", ko = "예산", fr = "Budget" }
most = 3
columns = [
  { key = "item", kind = "text", required = true, text = { en = "Item", ko = "항목", fr = "Poste" } },
  { key = "amount", kind = "money", unit = "EUR", required = true, text = { en = "Amount", ko = "금액", fr = "Montant" } },
]
anonymous = "shown"

[[question]]
key = "plan"
section = "what"
kind = "file"
text = { en = "Plan", ko = "계획서", fr = "Plan" }
types = ["pdf"]
megabytes = 5
required = true

[[question]]
key = "rules-read"
section = "what"
kind = "consent"
text = { en = "I have read the rules", ko = "규칙을 읽었습니다", fr = "J’ai lu les règles" }
required = true
"""

ANSWERS: dict[str, Any] = {
    "organisation": "Jeju Lab",
    "founded": "2021-03-02",
    "sector": "academia",
    "members": [{"name": "김하나", "email": "hana@jeju.example"}],
    "summary": "A speech model for the language of Jeju.",
    "hours": 1200,
    "areas": ["language"],
    "budget": [{"item": "Disks", "amount": "1200.50"}],
    "rules-read": True,
}
PLAN = AnswerFile("ab" * 32, "plan.pdf", "pdf", 40_000)
FILES = {"plan": [PLAN]}


def read_compute(*changes: tuple[str, str]) -> Form:
    """Returns the form, with texts of its file replaced."""
    text = COMPUTE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_form(text)
