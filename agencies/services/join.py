"""Somebody who was invited joins: with a new account, or with the one they have.

A new account has a password, or an identity that a provider vouches for (``join_with_identity``).

All of it happens on the sign-in connection. Whoever shows the link proves that they read the
invited address; the database asks again, at each step, whether the offer still stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import django_otp
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agencies import events
from agencies.models import Account, Authenticator, Invitation
from agencies.oidc.errors import NotAccepted
from agencies.oidc.through import Through, cells_accepting
from agencies.oidc.vouched import Vouched
from agencies.services import throttle
from agencies.services.enrol_totp import FIRST_NAME
from agencies.services.factors import REFUSED, Kind
from agencies.services.invitation_link import hash_of
from agencies.services.link_identity import link_identity_of_newcomer
from agencies.services.origin import SIGNIN, Origin
from agencies.services.sign_in import LONGEST_PASSWORD, Wait
from audit import record_signin
from kernel.clock import now
from kernel.errors import Conflict, DomainError, Invalid, WrongState
from kernel.ids import uuid7
from kernel.models import Seat

NOT_ACCEPTED = gettext_lazy(
    "La cellule qui vous invite n'accepte pas les connexions par ce fournisseur d'identité."
)
TAKEN = gettext_lazy(
    "Cette identité est déjà associée à un compte Rempart. Si c'est le vôtre, demandez une "
    "invitation à l'adresse de ce compte. Sinon, prévenez la personne qui vous a invité."
)


class NoSuchOffer(DomainError):
    """The link opens nothing. Wrong, used, over and withdrawn are one answer."""

    status = 404
    code = "no_such_offer"


@dataclass(frozen=True, slots=True)
class Offered:
    """What the link stands for."""

    id: UUID
    cell_id: int
    cell_name: str
    agency_id: UUID
    agency_name: str
    roles: tuple[str, ...]
    address: str
    display_name: str
    account_id: UUID | None
    valid_from: datetime | None
    valid_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """The link has been used up by somebody who has no second factor of ours yet.

    ``proof`` changes when another link for the same account is used: from then on this one is
    nobody's. With ``vouched`` the account has no password and will be opened by that identity.
    """

    invitation_id: UUID
    account_id: UUID
    proof: str
    vouched: Vouched | None = None


def offer_behind(token: str) -> Offered:
    """What is offered, without using the link up. Raises NoSuchOffer."""
    return offer_shown(hash_of(token))


def offer_shown(shown: bytes) -> Offered:
    """The same for the digest of the link, which is all that a browser session keeps of it."""
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute("SELECT * FROM agencies.offer_behind(%s)", [shown])
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    if row is None:
        raise NoSuchOffer
    found: dict[str, Any] = dict(zip(names, row, strict=True))
    return Offered(**found | {"roles": tuple(found["roles"])})


def claim(origin: Origin, token: str, *, password: str) -> Claimed:
    """Use the link up and make the account with this password: of many at once, exactly one does.

    Raises NoSuchOffer, Invalid for a password that is too weak, Conflict when the address has an
    account already: only whoever reads that address is told.
    """
    offered = offer_behind(token)
    return use_up(origin, hash_of(token), _hashed(offered, password))


def use_up(origin: Origin, shown: bytes, hashed: str) -> Claimed:
    """Use the link of this digest up for an account with this password hash.

    An application that was begun with an earlier link of the account is forgotten: who held that
    link has seen its seed. Raises NoSuchOffer, or Conflict when the address has an account.
    """
    try:
        with transaction.atomic(using=SIGNIN):
            with connections[SIGNIN].cursor() as cursor:
                cursor.execute(
                    "SELECT * FROM agencies.claim_offer(%s, %s, %s)",
                    [shown, uuid7(), hashed],
                )
                row = cursor.fetchone()
            if row is None:
                raise NoSuchOffer
            invitation_id, cell_id, account_id = row
            record_signin(
                events.CLAIMED,
                account_id=account_id,
                cell_id=cell_id,
                request_id=origin.request_id,
            )
            account = Account.objects.using(SIGNIN).get(pk=account_id)
            Authenticator.objects.using(SIGNIN).filter(user_id=account_id, confirmed=False).delete()
    except IntegrityError as taken:
        raise Conflict(
            _("Cette adresse a déjà un compte Rempart. Connectez-vous pour accepter.")
        ) from taken
    return Claimed(invitation_id, account_id, account.get_session_auth_hash())


def _hashed(offered: Offered, password: str) -> str:
    somebody = Account(email=offered.address, display_name=offered.display_name)
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(fields={"password": [_("Ce mot de passe est trop long.")]})
    try:
        validate_password(password, somebody)
    except ValidationError as error:
        raise Invalid(fields={"password": error.messages}) from error
    return make_password(password)


def authenticator_for(claimed: Claimed) -> Authenticator:
    """The application that is being linked: the same one each time the page is shown.

    Raises NoSuchOffer when another link of this account has been used since.
    """
    _account_of(claimed)
    mine = Authenticator.objects.using(SIGNIN).filter(user_id=claimed.account_id)
    begun: Authenticator | None = mine.filter(confirmed=False).order_by("pk").first()
    return begun or Authenticator.issue(
        claimed.account_id, name=str(FIRST_NAME), confirmed=False, using=SIGNIN
    )


def join_with_new_account(origin: Origin, claimed: Claimed, *, code: str) -> Through | None:
    """Confirm the application with its first code and take the place: both, or neither.

    So is the identity linked that was vouched for; returns the way in that it has become. Raises
    Invalid for a wrong code, Wait after too many, NoSuchOffer when the offer no longer stands,
    NotAccepted or Conflict when the identity cannot be linked any more.
    """
    account = _account_of(claimed)
    turn = throttle.take("code", str(claimed.account_id), origin)
    if turn.wait_until is not None:
        raise Wait(turn.wait_until)
    device = authenticator_for(claimed)
    through = None
    with transaction.atomic(using=SIGNIN):
        typed = "".join(code.split())
        right = typed.isascii() and typed.isdigit() and len(typed) == device.digits
        accepted = right and django_otp.verify_token(account, device.persistent_id, typed)
        if accepted:
            Authenticator.objects.using(SIGNIN).filter(pk=device.pk).update(confirmed=True)
            throttle.give_back(turn)
            take_up(origin, account.pk, claimed=claimed.invitation_id)
            through = link_what_was_vouched(origin, claimed)
    if not accepted:
        raise Invalid(fields={"code": [REFUSED[Kind.TOTP]]})
    return through


def require_accepted(cell_id: int, vouched: Vouched) -> None:
    """Raise NotAccepted when this cell's places cannot be had through the provider."""
    if cell_id not in cells_accepting(vouched.idp_id):
        raise NotAccepted(NOT_ACCEPTED)


def link_what_was_vouched(origin: Origin, claimed: Claimed) -> Through | None:
    """Link the identity, if there is one, to the account that has just taken its place.

    Raises NotAccepted, or Conflict when the identity is linked to another account.
    """
    if claimed.vouched is None:
        return None
    seats = Seat.objects.using(SIGNIN).filter(account_id=claimed.account_id)
    for seat in seats:
        require_accepted(seat.cell_id, claimed.vouched)
    try:
        identity_id = link_identity_of_newcomer(origin, claimed.account_id, claimed.vouched.proven)
    except Conflict as taken:
        raise Conflict(TAKEN) from taken
    return claimed.vouched.through(identity_id)


def _account_of(claimed: Claimed) -> Account:
    """The account that the link was used for, unless another link of it was used since."""
    account = Account.objects.using(SIGNIN).filter(pk=claimed.account_id).first()
    if account is None or not constant_time_compare(account.get_session_auth_hash(), claimed.proof):
        raise NoSuchOffer
    return account


def join_with_account(origin: Origin, token: str, *, account_id: UUID) -> UUID:
    """Take the place with the account that one has; the link is used up.

    Returns the seat. Raises NoSuchOffer when the link opens nothing or is for somebody else,
    WrongState for somebody who works for this agency already.
    """
    offered = offer_behind(token)
    if not is_for(offered, account_id):
        raise NoSuchOffer
    moment = now()
    here = Seat.objects.using(SIGNIN).filter(
        account_id=account_id,
        cell_id=offered.cell_id,
        agency_id=offered.agency_id,
        valid_until__gt=moment,
    )
    if here.exists():
        raise WrongState(
            _(
                "Vous participez déjà pour cet organisme. Pour changer de rôle, demandez-le à la "
                "personne qui vous a invité."
            )
        )
    with transaction.atomic(using=SIGNIN):
        return take_up(origin, account_id, token=token)


def is_for(offered: Offered, account_id: UUID) -> bool:
    """Whether the invitation is addressed to this account."""
    mine = Account.objects.using(SIGNIN).filter(pk=account_id, email=offered.address)
    return mine.exists()


def decline(origin: Origin, token: str) -> None:
    """Say no: the link and the address are forgotten. Raises NoSuchOffer."""
    with transaction.atomic(using=SIGNIN):
        with connections[SIGNIN].cursor() as cursor:
            cursor.execute("SELECT * FROM agencies.decline_offer(%s)", [hash_of(token)])
            row = cursor.fetchone()
        if row is None:
            raise NoSuchOffer
        record_signin(
            events.DECLINED,
            cell_id=row[1],
            request_id=origin.request_id,
            before=str(Invitation.State.SENT),
            after=str(Invitation.State.REFUSED),
        )


def take_up(
    origin: Origin, account_id: UUID, *, token: str | None = None, claimed: UUID | None = None
) -> UUID:
    """Take the offered place, by the link itself or by the claim of whoever has used it.

    Returns the seat. Raises NoSuchOffer when the offer no longer stands.
    """
    seat_id = uuid7()
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(
            "SELECT agencies.take_up_offer(%s, %s, %s, %s)",
            [hash_of(token) if token else None, claimed, account_id, seat_id],
        )
        if not cursor.fetchone()[0]:
            raise NoSuchOffer
    seat = Seat.objects.using(SIGNIN).get(pk=seat_id)
    record_signin(
        events.JOINED,
        account_id=account_id,
        seat_id=seat_id,
        agency_id=seat.agency_id,
        cell_id=seat.cell_id,
        request_id=origin.request_id,
        before=None,
        after=list(seat.roles),
    )
    return seat_id
