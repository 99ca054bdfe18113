"""Addresses that people are invited at: written in one way only, so that two never look alike."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from kernel.errors import Invalid

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


def invited_address(text: str) -> str:
    """The address in lower case, or Invalid with what is wrong.

    Only plain ASCII letters pass, before anything is folded: a Cyrillic letter, a full-width one
    or the Kelvin sign would otherwise become another person's address. A label after « + » leads
    to the same mailbox under a second name, with which one person could be two.
    """
    typed = text.strip(" \t\r\n")
    if not typed.isascii():
        raise Invalid(
            fields={
                "address": [
                    _(
                        "Cette adresse contient une lettre accentuée ou qui ressemble à une autre. "
                        "Saisissez-la au clavier au lieu de la coller."
                    )
                ]
            }
        )
    address = typed.lower()
    if "+" in address.partition("@")[0]:
        raise Invalid(
            fields={"address": [_("Indiquez l'adresse elle-même, sans « + » ni ce qui le suit.")]}
        )
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise Invalid(fields={"address": [_("Cette adresse électronique est mal formée.")]})
    return address
