"""From a proven identity to an account: the one that it was linked to, and no other."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.models import Identity
from agencies.oidc.backend import Proven
from agencies.oidc.errors import NotAccepted, Unknown
from agencies.oidc.provider import Provider
from agencies.oidc.sealing import seal
from agencies.oidc.through import Through, digest_of_sid
from agencies.services.confirm_factor import NO_SEAT, SeatChoice, seats_of
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from kernel.clock import now

UNKNOWN = _(
    "Le fournisseur vous a reconnu, mais cette identité n'est associée à aucun compte de Rempart. "
    "Aucun compte n'a été créé."
)
NOT_ACCEPTED = _(
    "Votre cellule n'accepte pas les connexions par ce fournisseur d'identité. Connectez-vous avec "
    "votre adresse et votre mot de passe, ou demandez à la personne qui administre votre cellule "
    "de l'accepter."
)


def recognise(
    origin: Origin, provider: Provider, proven: Proven
) -> tuple[Identity, Through, tuple[SeatChoice, ...]]:
    """Whose identity this is, and the places to be had through it.

    An account that is switched off gets the same answer as none at all. Raises Unknown, or
    NotAccepted when there is no place.
    """
    identity = (
        Identity.objects.using(SIGNIN)
        .select_related("account")
        .filter(issuer=proven.issuer, idp_id=proven.idp_id, subject=proven.subject)
        .first()
    )
    account = identity.account if identity else None
    if identity is None or account is None or not account.is_active:
        record_step(events.PROVIDER, origin, account, refused="identity_unknown")
        raise Unknown(UNKNOWN)
    through = Through(
        identity_id=identity.pk,
        idp_id=proven.idp_id,
        sid=digest_of_sid(proven.issuer, proven.sid),
        hint=seal(proven.id_token).hex(),
        end_session=provider.endpoints().end_session,
    )
    seats = seats_of(account.pk, through)
    if not seats:
        elsewhere = seats_of(account.pk)
        record_step(events.PROVIDER, origin, account, refused="provider_not_accepted")
        raise NotAccepted(NOT_ACCEPTED if elsewhere else NO_SEAT)
    Identity.objects.using(SIGNIN).filter(pk=identity.pk).update(last_used_at=now())
    record_step(events.PROVIDER, origin, account)
    return identity, through, seats


def factor_shown_at(proven: Proven) -> datetime | None:
    """When the provider saw a second factor; None when our own has to be asked for.

    One that is older than our longest session, or of an unknown age, is no factor any more.
    """
    shown = proven.authenticated_at if proven.strong else None
    if shown is None or now() - shown > settings.SESSION_ABSOLUTE:
        return None
    return shown
