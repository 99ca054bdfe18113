"""The same password hash as for real, at a cost that suits a thousand invented people."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2 with the smallest parameters that it accepts."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
