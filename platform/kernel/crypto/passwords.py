"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane: the least that OWASP recommends.

    OWASP Password Storage Cheat Sheet, "Argon2id": m=19456 (19 MiB), t=2, p=1, which it holds to
    be as strong as m=47104, t=1, p=1. One lane, because a sign-in has one core: Django's own
    choice of 100 MiB and eight lanes takes several times as long, and fifty people who arrive at
    eight in the morning would hold 5 GB.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
