"""Answers addresses of the node in BONGSU_NODE as its server does, in a process of its own, since settings are read once.

python -m tests.publish.read_addresses ADDRESS... prints a JSON object: address -> [status, body]. An address may have
“ Accept-Language” behind it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    from bongsu.web.django_setup import setup_django

    setup_django(Path(os.environ["BONGSU_NODE"]))
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", interactive=False, verbosity=0)  # the sitemap has the calls, which are records

    answers = {}
    for address in sys.argv[1:]:
        path, _, language = address.partition(" ")
        headers = {"accept-language": language} if language else {}
        answer = Client(SERVER_NAME="localhost").get(path, headers=headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        answers[address] = [answer.status_code, body.decode()]
    json.dump(answers, sys.stdout)
