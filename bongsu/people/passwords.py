"""How passwords are hashed: Argon2id with the parameters that OWASP recommends (19 MiB, two passes, one lane)."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id, m = 19456 KiB, t = 2, p = 1: about 20 ms and 19 MiB for one sign-in."""

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1
