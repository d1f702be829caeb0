"""A process that pays and refunds until it is killed: `NODE SEED FILE`. Every acknowledged id is a line of FILE on the disk."""

from __future__ import annotations

import os
import random
import sys
import threading
import uuid
from pathlib import Path

from bongsu.core.errors import Busy
from bongsu.web.django_setup import setup_django


def main(node: Path, seed: str, file: Path) -> None:
    """Pays with three threads."""
    setup_django(node)
    from bongsu.credits.ledger.commands import read_commands
    from bongsu.credits.ledger.moves import Issuer
    from bongsu.credits.posting import post

    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def pay(number: int) -> None:
        draw = random.Random(f"{seed}/{number}")
        done: list[str] = []
        while True:
            commands = []
            for _ in range(draw.randint(1, 30)):
                debit, credit = draw.sample([f"w{wallet}" for wallet in range(20)], 2)
                command = {"id": str(uuid.uuid4()), "do": "transfer", "debit": debit, "credit": credit, "amount": "7"}
                command |= {"unit": "KRW", "campaigns": draw.random() < 0.5}
                if done and draw.random() < 0.1:
                    command = {"id": command["id"], "do": "reverse", "of": done.pop(draw.randrange(len(done)))}
                commands.append(command)
            try:
                outcomes = post(Issuer("town", "t"), read_commands({"commands": commands}))
            except Busy:
                continue
            done += [one.id for one in outcomes if one.is_done]
            lines = "".join(f"{one.id} {one.outcome}\n" for one in outcomes)
            os.write(out, lines.encode())

    for number in range(3):
        threading.Thread(target=pay, args=(number,), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
