"""The one-time link at the end of a replacement: a new authenticator for all that is lost."""

from __future__ import annotations

import django_otp
from django.db import connections, transaction
from django.utils.translation import gettext as _
from django_otp_webauthn.models import WebAuthnCredential

from agencies import events
from agencies.models import Account, Authenticator, BackupSheet, Replacement
from agencies.services.enrol_totp import FIRST_NAME
from agencies.services.factors import REFUSED, Kind
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from agencies.services.sign_in import sign_in
from agencies.services.telling import cells_of, tell
from kernel.clock import now
from kernel.errors import Invalid, NotFound, WrongState
from kernel.models import ScopeSession


def link_is_good(digest: bytes) -> bool:
    """Whether the link with this digest can still be used."""
    return _request(digest) is not None


def begin_with_link(origin: Origin, digest: bytes, *, password: str) -> Authenticator:
    """A new authenticator for whoever holds the link and knows the password.

    The link alone opens nothing, and neither does the password. Raises WrongState for a link that
    is over and for an account that has no password, Invalid for a wrong password.
    """
    account = _account(digest)
    try:
        sign_in(origin, email=account.email, password=password)
    except Invalid as refusal:
        wrong = _("Ce n'est pas le mot de passe de ce compte.")
        raise Invalid(fields={"password": [wrong]}) from refusal
    with transaction.atomic(using=SIGNIN):
        begun = Authenticator.objects.using(SIGNIN).filter(user_id=account.pk, confirmed=False)
        begun.delete()
        device = Authenticator.issue(
            account.pk, name=str(FIRST_NAME), confirmed=False, using=SIGNIN
        )
    device.user = account
    return device


def finish_with_link(origin: Origin, digest: bytes, *, device_id: int, code: str) -> None:
    """Use the link up: the new authenticator counts, every other factor and session is over."""
    account = _account(digest)
    begun = Authenticator.objects.using(SIGNIN).filter(user_id=account.pk, confirmed=False)
    device = begun.filter(pk=device_id).first()
    if device is None:
        raise NotFound
    typed = "".join(code.split())
    with transaction.atomic(using=SIGNIN):
        right = typed.isascii() and typed.isdigit() and len(typed) == device.digits
        shown = right and django_otp.verify_token(account, device.persistent_id, typed)
        if shown:
            _use(origin, digest, account, device)
    if not shown:
        raise Invalid(fields={"code": [REFUSED[Kind.TOTP]]})


def _use(origin: Origin, digest: bytes, account: Account, device: Authenticator) -> None:
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute("SELECT agencies.use_replacement(%s)", [digest])
        if cursor.fetchone()[0] is None:
            raise _over()
    authenticators = Authenticator.objects.using(SIGNIN).filter(user_id=account.pk)
    authenticators.exclude(pk=device.pk).delete()
    authenticators.filter(pk=device.pk).update(confirmed=True)
    WebAuthnCredential.objects.using(SIGNIN).filter(user_id=account.pk).delete()
    BackupSheet.objects.using(SIGNIN).filter(user_id=account.pk).delete()
    ScopeSession.objects.using(SIGNIN).filter(account_id=account.pk).delete()
    record_step(events.REPLACEMENT_USED, origin, account)
    tell("factor.replaced", account.pk)


def _account(digest: bytes) -> Account:
    request = _request(digest)
    if request is None:
        raise _over()
    account = Account.objects.using(SIGNIN).filter(pk=request.account_id, is_active=True).first()
    if account is None:
        raise _over()
    if not account.has_usable_password():
        raise WrongState(
            _(
                "Ce compte n'a pas de mot de passe : le lien seul ne remplace rien. Connectez-vous "
                "par votre fournisseur d'identité."
            )
        )
    return account


def _request(digest: bytes) -> Replacement | None:
    moment = now()
    request = (
        Replacement.objects.using(SIGNIN)
        .filter(
            link_digest=digest,
            link_until__gt=moment,
            opens_at__lte=moment,
            used_at=None,
            cancelled_at=None,
        )
        .first()
    )
    there = request is not None and request.cell_id in cells_of(request.account_id)
    return request if there else None


def _over() -> WrongState:
    return WrongState(
        _("Ce lien n'est plus valable. Demandez-en un autre à la personne qui vous l'a remis.")
    )
