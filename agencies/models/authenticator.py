"""An application that shows six digits, with its seed sealed outside the database's reach."""

from __future__ import annotations

from base64 import b64decode, b64encode
from os import urandom
from typing import Final

from django.db import connections
from django_otp.plugins.otp_totp.models import TOTPDevice

from agencies.models.capping import CappedThrottling
from kernel.crypto.keyring import root_key

SEED: Final = 20
TOLERANCE: Final = 1
"""Steps of 30 s before and after the current one in which a code is still taken.

A code is shown for 30 s and takes ten to read and type: with no tolerance about one try in three
would fail, and people who fail often are people who get used to failing. With one step a code
lives 90 s at most, where ASVS 6.5.5 asks for 30 s. What stands against the difference: a code is
taken once, five wrong ones close the door for a quarter of an hour, so that the wider window
leaves a guesser fifteen chances in a million at each attempt. Servers keep their clocks by NTP.
"""


class Authenticator(CappedThrottling, TOTPDevice):
    """The library's device, whose `key` column holds the seed under the root key.

    The sealed bytes are bound to the row and to its account: moved to another row they do not
    open. A copy of the database shows no code to anybody who does not hold the root key as well.
    """

    class Meta:
        proxy = True

    @classmethod
    def issue(cls, account_id: object, *, name: str, confirmed: bool, using: str) -> Authenticator:
        """A new device with a new seed, stored sealed from its first moment."""
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT nextval('otp_totp_totpdevice_id_seq')")
            number = cursor.fetchone()[0]
        device = cls(
            id=number, user_id=account_id, name=name, confirmed=confirmed, tolerance=TOLERANCE
        )
        device.key = seal_seed(urandom(SEED), number, account_id)
        device.save(using=using, force_insert=True)
        return device

    @property
    def bin_key(self) -> bytes:
        """The seed itself. Raises CannotDecrypt when the bytes are not those of this row."""
        return root_key().unwrap(b64decode(self.key), place_of_seed(self.pk, self.user_id))


def seal_seed(seed: bytes, number: int, account_id: object) -> str:
    """The seed as the column keeps it."""
    return b64encode(root_key().wrap(seed, place_of_seed(number, account_id))).decode()


def place_of_seed(number: int, account_id: object) -> bytes:
    """What binds a sealed seed to its row and to its account."""
    return f"otp_totp_totpdevice\0key\0{number}\0{account_id}".encode()
