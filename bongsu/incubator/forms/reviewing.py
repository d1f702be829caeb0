"""What blind reviewers see of answers, and the digest of a version.

An answer is shown only if its question says so. In a redacted answer, addresses and every hidden name are replaced: those of
the team and each part of them, and the short answers to hidden questions. This helps an officer; it does not replace her eye.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.incubator.forms.answers import Answers, Files
from bongsu.incubator.forms.document import Form

REDACTED = "▇▇▇"
SHORTEST = 2  # letters of a name that is replaced: a single one would take words apart
SHORTEST_PART = 3  # letters of a part of a member's name: “Li” and “de” are also words
_ADDRESSES = re.compile(
    r"\b(?:https?://|www\.)\S+|[^\s@<>(),;]+@[^\s@<>(),;]+\.[^\s@<>(),;]+|\b[0-9]{4}(?:-[0-9]{4}){2}-[0-9]{3}[0-9X]\b"
)


def anonymous_view(form: Form, answers: Answers) -> dict[str, Any]:
    """Returns the answers that blind reviewers see, by question: as they are, redacted, or not at all."""
    hidden = _find_hidden_names(form, answers)
    return {
        question.key: answers[question.key] if question.anonymous == "shown" else _redact(answers[question.key], hidden)
        for question in form.question
        if question.anonymous != "hidden" and question.key in answers
    }


def _find_hidden_names(form: Form, answers: Answers) -> re.Pattern[str]:
    """Returns a pattern of what a redacted text must not say, the longest first."""
    names = {
        name.strip()
        for question in form.question
        if question.key in answers and question.kind in ("text", "team") and question.anonymous == "hidden"
        for name in _list_texts(answers[question.key])
    }
    longest_first = sorted((name for name in names if len(name) >= SHORTEST), key=len, reverse=True)
    # Without names, a pattern that matches nothing. Korean endings follow a name directly: only its start is a boundary.
    parts = "|".join(r"\s+".join(map(re.escape, name.split())) for name in longest_first) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{parts})(?![^\W\uac00-\ud7a3])", re.I)


def _list_texts(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, list):
        for member in answer:
            yield from (member[name] for name in ("name", "email", "organisation") if name in member)
            yield from (part for part in member.get("name", "").split() if len(part) >= SHORTEST_PART)


def _redact(answer: Any, hidden: re.Pattern[str]) -> Any:
    if isinstance(answer, str):
        return hidden.sub(REDACTED, _ADDRESSES.sub(REDACTED, answer))
    if isinstance(answer, list):
        return [_redact(one, hidden) for one in answer]
    if isinstance(answer, Mapping):
        return {key: _redact(one, hidden) for key, one in answer.items()}
    return answer


def digest_version(answers: Answers, files: Files) -> str:
    """Returns the SHA-256, in hexadecimal, of a version: its answers as JSON with sorted keys, and the hashes of its files.

    The names of files do not count; their order does.
    """
    hashes = {key: [file.sha256 for file in given] for key, given in files.items() if given}
    document = {"answers": answers, "files": hashes}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
