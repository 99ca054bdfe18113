"""Ten codes on paper, for the day when the telephone is gone. Only their hashes are kept."""

from __future__ import annotations

import re
import secrets
from typing import Final, cast

from argon2.low_level import Type, hash_secret_raw
from django.contrib.auth.hashers import Argon2PasswordHasher, get_hasher
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin

from agencies.models.capping import CappedThrottling
from kernel.clock import now

HOW_MANY: Final = 10
ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for one another on paper: 0 and o, 1, i and l."""
GROUPS, LENGTH = 3, 4
"""Twelve characters out of 31: 59 bits."""


class BackupSheet(CappedThrottling, TimestampMixin, ThrottlingMixin, Device):
    """One printed sheet of one person. A new sheet takes the place of the old one.

    A code is hashed with Argon2 and the sheet's salt, as passwords are: one hash for each try,
    whatever was typed, and nothing to look up in a table of all codes.
    """

    salt = models.BinaryField(max_length=16)

    class Meta:
        db_table = "agencies_backup_sheet"

    def verify_token(self, token: str) -> bool:
        """Use a code up. Called by the library with the sheet's row locked."""
        allowed, _reason = self.verify_is_allowed()
        if not allowed:
            return False
        unused = self.codes.filter(digest=self.digest_of(token), used_at=None)
        accepted = unused.update(used_at=now()) == 1
        if accepted:
            self.throttle_reset(commit=False)
            self.set_last_used_timestamp(commit=False)
            self.save()
        else:
            self.throttle_increment()
        return accepted

    def get_throttle_factor(self) -> int:
        """Seconds to wait after the first wrong code; they double up to a cap."""
        return 1

    def digest_of(self, code: str) -> bytes:
        """What is kept of a code on this sheet, at the cost of a password's hash."""
        hasher = cast(Argon2PasswordHasher, get_hasher())
        return hash_secret_raw(
            secret=plain(code).encode("utf-8", "replace"),
            salt=bytes(self.salt),
            time_cost=hasher.time_cost,
            memory_cost=hasher.memory_cost,
            parallelism=hasher.parallelism,
            hash_len=32,
            type=Type.ID,
        )


class BackupCode(models.Model):
    """One code of a sheet, and when it was used."""

    sheet = models.ForeignKey(BackupSheet, models.CASCADE, related_name="codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "agencies_backup_code"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "digest"], name="agencies_backup_code_once"),
        ]


def new_code() -> str:
    """Three groups of four characters."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def plain(code: str) -> str:
    """A code as it is hashed: without what people add when they copy it."""
    return re.sub(r"[\s\-\u00a0\u2010-\u2015]", "", code).lower()
