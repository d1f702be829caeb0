"""A campaign with steps, two caps and two groups: the example whose numbers are worked by hand."""

from __future__ import annotations

from bongsu.credits.rules.document import Campaign, parse_campaign
from bongsu.credits.unit_table import known_units

SPRING = """
format = "bongsu.campaign/1"
id = "spring-2027"
title = { en = "Spring payback", ko = "봄 페이백", fr = "Remboursement de printemps" }
unit = "KRW"
zone = "Asia/Seoul"
from = "2027-03-05"
to = "2027-03-14"
base = { origin = ["own"], merchants = "list:markets", channel_not = ["kiosk", "online"], least = 30000 }
back = { kind = "steps", steps = [[30000, 3000], [50000, 6000], [100000, 15000]] }
caps = [
  { per = "person", window = "all", amount = 40000 },
  { per = "person", window = "day", amount = 15000, except = ["group:B"] },
]
budget = { total = 90000000, groups = { A = 60000000, B = 30000000 }, when_short = "part" }
credit = { to = "same-wallet", origin = "paid-back", until = "2027-06-30", spend_at = "list:small" }
"""


def read_spring(*changes: tuple[str, str]) -> Campaign:
    """Returns the campaign, with texts of its file replaced."""
    text = SPRING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_campaign(text, known_units())
