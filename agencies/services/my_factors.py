"""A person looks after their own factors. Everything here is about the viewer's account alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django_otp
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from agencies import events
from agencies.models import Account, Authenticator
from agencies.services import backup_codes, passkeys
from agencies.services.factors import REFUSED, Kind
from agencies.services.origin import SIGNIN, Origin
from agencies.services.sign_in import sign_in
from agencies.services.telling import tell
from audit import EventKind, record_signin
from kernel.errors import Invalid, NotFound, WrongState
from kernel.http.sessions import token_hash
from kernel.models import ScopeSession
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

LONGEST_NAME = 60
MOST = 10
"""Authenticators and passkeys of one person, so that nobody fills the table."""
NAMED = {Kind.TOTP: Authenticator, Kind.PASSKEY: WebAuthnCredential}


@dataclass(frozen=True, slots=True)
class MyFactors:
    """What the person has: devices by kind, and how many backup codes are left if any."""

    authenticators: list[Authenticator]
    passkeys: list[WebAuthnCredential]
    codes_left: int | None

    @property
    def last(self) -> bool:
        """Whether only one device is left, which cannot be removed."""
        return len(self.authenticators) + len(self.passkeys) <= 1


def my_factors(viewer: Viewer) -> MyFactors:
    """The viewer's confirmed devices, oldest first."""
    mine = {"user_id": viewer.account_id, "confirmed": True}
    return MyFactors(
        list(Authenticator.objects.using(SIGNIN).filter(**mine).order_by("pk")),
        list(WebAuthnCredential.objects.using(SIGNIN).filter(**mine).order_by("pk")),
        backup_codes.codes_left(viewer.account_id),
    )


def device_of(viewer: Viewer, kind: str, device_id: int) -> Device:
    """One of the viewer's own devices; for anybody else's it does not exist."""
    if kind not in NAMED:
        raise NotFound
    mine = NAMED[Kind(kind)].objects.using(SIGNIN).filter(user_id=viewer.account_id)
    device = mine.filter(pk=device_id, confirmed=True).first()
    if device is None:
        raise NotFound
    return device


def begin_authenticator(
    viewer: Viewer, origin: Origin, *, password: str, name: str
) -> Authenticator:
    """A new authenticator that counts once a code of it has been shown.

    Its seed is shown by the page that answers, and never again. Needs a fresh factor and the
    password; takes the place of one that was begun and never confirmed.
    """
    require_fresh(viewer)
    account = _with_password(viewer, origin, password)
    chosen = _name(name)
    with _locked(account):
        _room_for_one_more(viewer)
        begun = Authenticator.objects.using(SIGNIN).filter(user_id=account.pk, confirmed=False)
        begun.delete()
        device = Authenticator.issue(account.pk, name=chosen, confirmed=False, using=SIGNIN)
    device.user = account
    return device


def begun_authenticator(viewer: Viewer, device_id: int) -> Authenticator:
    """The viewer's own authenticator that waits for its first code."""
    begun = Authenticator.objects.using(SIGNIN).filter(
        pk=device_id, user_id=viewer.account_id, confirmed=False
    )
    device: Authenticator | None = begun.first()
    if device is None:
        raise NotFound
    return device


def confirm_authenticator(viewer: Viewer, device_id: int, code: str) -> None:
    """Let the authenticator count, now that it has shown a code. The code is used up by it."""
    require_fresh(viewer)
    device = begun_authenticator(viewer, device_id)
    account = Account.objects.using(SIGNIN).get(pk=viewer.account_id)
    typed = "".join(code.split())
    with transaction.atomic(using=SIGNIN):
        right = typed.isascii() and typed.isdigit() and len(typed) == device.digits
        shown = right and django_otp.verify_token(account, device.persistent_id, typed)
        if shown:
            Authenticator.objects.using(SIGNIN).filter(pk=device.pk).update(confirmed=True)
            _changed(viewer, events.FACTOR_ADDED, "factor.added", Kind.TOTP)
    if not shown:
        raise Invalid(fields={"code": [REFUSED[Kind.TOTP]]})


def ask_for_passkey(viewer: Viewer) -> dict[str, Any]:
    """The question with which the viewer's browser makes a new passkey."""
    require_fresh(viewer)
    return passkeys.ask_to_enrol(Account.objects.using(SIGNIN).get(pk=viewer.account_id))


def add_passkey(viewer: Viewer, origin: Origin, *, password: str, name: str, answer: str) -> None:
    """Keep the passkey that the browser has made. Needs a fresh factor and the password."""
    require_fresh(viewer)
    account = _with_password(viewer, origin, password)
    chosen = _name(name)
    with _locked(account):
        _room_for_one_more(viewer)
        key = passkeys.enrol(account, answer, chosen)
        if key is not None:
            _changed(viewer, events.FACTOR_ADDED, "factor.added", Kind.PASSKEY)
    if key is None:
        raise Invalid(
            _("Cette clé d'accès n'a pas pu être ajoutée. Appuyez de nouveau sur le bouton.")
        )


def rename(viewer: Viewer, kind: str, device_id: int, name: str) -> None:
    """Give one of one's own devices another name."""
    device = device_of(viewer, kind, device_id)
    chosen = _name(name)
    with transaction.atomic(using=SIGNIN):
        NAMED[Kind(kind)].objects.using(SIGNIN).filter(pk=device.pk).update(name=chosen)
        _record(viewer, events.FACTOR_RENAMED, factor=kind)


def remove(viewer: Viewer, kind: str, device_id: int) -> None:
    """Take one of one's own devices away, with a fresh factor; never the last one."""
    require_fresh(viewer)
    device_of(viewer, kind, device_id)
    account = Account.objects.using(SIGNIN).get(pk=viewer.account_id)
    with _locked(account):
        device = device_of(viewer, kind, device_id)
        if my_factors(viewer).last:
            raise WrongState(
                _("C'est votre dernier facteur. Ajoutez-en un autre avant de retirer celui-ci.")
            )
        NAMED[Kind(kind)].objects.using(SIGNIN).filter(pk=device.pk).delete()
        _changed(viewer, events.FACTOR_REMOVED, "factor.removed", Kind(kind))


def print_codes(viewer: Viewer, origin: Origin, *, password: str) -> list[str]:
    """Ten new backup codes, shown this once; those of an older sheet no longer count.

    They are a factor like the others: making them needs a fresh factor and the password.
    """
    require_fresh(viewer)
    account = _with_password(viewer, origin, password)
    with _locked(account):
        codes = backup_codes.print_codes(account.pk)
        _close_others(viewer)
        _record(viewer, events.CODES_PRINTED)
        tell("factor.printed", viewer.account_id)
    return codes


def _changed(viewer: Viewer, event: EventKind, letter: str, factor: Kind) -> None:
    """Close the person's other sessions, record it, and tell them."""
    _close_others(viewer)
    _record(viewer, event, factor=str(factor))
    tell(letter, viewer.account_id)


def _close_others(viewer: Viewer) -> None:
    """End whatever somebody else may hold of them.

    A file that is being made goes on: only who signs in as this person can take it.
    """
    mine = ScopeSession.objects.using(SIGNIN).filter(account_id=viewer.account_id)
    mine.exclude(channel="task").exclude(pk=token_hash(viewer.token)).delete()


def _record(viewer: Viewer, event: EventKind, **facts: Any) -> None:
    record_signin(
        event,
        account_id=viewer.account_id,
        seat_id=viewer.seat_id,
        agency_id=viewer.agency_id,
        cell_id=viewer.cell_id,
        request_id=viewer.request_id,
        **facts,
    )


@contextmanager
def _locked(account: Account) -> Iterator[None]:
    """One change of a person's factors at a time: a transaction that holds the account's row."""
    with transaction.atomic(using=SIGNIN):
        list(Account.objects.using(SIGNIN).select_for_update().filter(pk=account.pk))
        yield


def _with_password(viewer: Viewer, origin: Origin, password: str) -> Account:
    """The viewer's account once its password has been given; those without one need none."""
    account = Account.objects.using(SIGNIN).get(pk=viewer.account_id)
    if account.has_usable_password():
        try:
            sign_in(origin, email=account.email, password=password)
        except Invalid as refusal:
            wrong = _("Ce n'est pas votre mot de passe.")
            raise Invalid(fields={"password": [wrong]}) from refusal
    return account


def _name(name: str) -> str:
    chosen = " ".join(name.split())
    if not chosen or len(chosen) > LONGEST_NAME or not chosen.isprintable():
        raise Invalid(
            fields={"name": [_("Donnez-lui un nom court, par exemple « Mon téléphone ».")]}
        )
    return chosen


def _room_for_one_more(viewer: Viewer) -> None:
    found = my_factors(viewer)
    if len(found.authenticators) + len(found.passkeys) >= MOST:
        raise WrongState(_("Vous avez déjà dix facteurs. Retirez-en un avant d'en ajouter."))
