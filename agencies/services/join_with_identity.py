"""Somebody who was invited joins with an identity that a provider vouches for.

The link stays the proof of the invited address. The identity is linked by issuer, ``idp_id`` and
subject; what a provider says of addresses is neither asked for nor read, so it may well be another
one than was invited. Whoever is vouched for by a password alone links a factor of ours first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from agencies.oidc.through import Through
from agencies.oidc.vouched import Vouched
from agencies.services.join import (
    Claimed,
    link_what_was_vouched,
    offer_shown,
    require_accepted,
    take_up,
    use_up,
)
from agencies.services.origin import SIGNIN, Origin


def claim_with_identity(origin: Origin, shown: bytes, vouched: Vouched) -> Claimed:
    """Use the link up and make an account without a password, for somebody to link a factor to.

    Nothing is linked yet: who goes away now leaves no identity behind. Raises NoSuchOffer,
    NotAccepted when the cell does not accept the provider, Conflict when the address has an
    account already.
    """
    require_accepted(offer_shown(shown).cell_id, vouched)
    return replace(use_up(origin, shown, make_password(None)), vouched=vouched)


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody new has a place, and comes in through the identity that they have shown."""

    account_id: UUID
    through: Through | None


def join_with_identity(origin: Origin, shown: bytes, vouched: Vouched) -> Joined:
    """Account, place and identity in one step, or none of them and the link is still good.

    For somebody of whom the provider has seen a second factor. Raises what
    ``claim_with_identity`` raises, and Conflict when the identity is linked to another account.
    """
    with transaction.atomic(using=SIGNIN):
        claimed = claim_with_identity(origin, shown, vouched)
        take_up(origin, claimed.account_id, claimed=claimed.invitation_id)
        return Joined(claimed.account_id, link_what_was_vouched(origin, claimed))
