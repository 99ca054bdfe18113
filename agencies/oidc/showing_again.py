"""What is shown to the provider anew: a second factor, or the identity of who links or joins."""

from __future__ import annotations

from dataclasses import replace

from agencies import events
from agencies.models import Account, Identity
from agencies.oidc.backend import Proven
from agencies.oidc.errors import NoFactorThere, NotShownAgain, OtherIdentity, Remembered
from agencies.oidc.flows import Flow
from agencies.oidc.provider import Provider
from agencies.oidc.sealing import seal
from agencies.oidc.through import Through, digest_of_sid, through_of
from agencies.oidc.tokens import LEEWAY
from agencies.services.confirm_factor import Confirmed, confirmed
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from kernel.errors import DomainError
from kernel.viewer import Viewer

FACTOR = "oidc"


def shown_again(
    origin: Origin, provider: Provider, viewer: Viewer, flow: Flow, proven: Proven
) -> tuple[Confirmed, Through]:
    """What the session is worth now: the factor counts from when the provider saw it.

    Raises OtherIdentity for any identity but the one that opened this session, NoFactorThere after
    a password alone, NotShownAgain when it was seen before one set out or nobody knows when.
    """
    through = through_of(viewer.token)
    account = Account.objects.using(SIGNIN).filter(pk=viewer.account_id).first()
    refusal = _wrong(through, flow, proven)
    if refusal is not None or through is None:
        refusal = refusal or OtherIdentity()
        record_step(events.PROVIDER, origin, account, refused=refusal.code)
        raise refusal
    shown = confirmed(viewer.account_id, FACTOR, through)
    record_step(events.PROVIDER, origin, account)
    now_through = replace(
        through,
        sid=digest_of_sid(proven.issuer, proven.sid),
        hint=seal(proven.id_token).hex(),
        end_session=provider.endpoints().end_session,
    )
    return replace(shown, factor_at=proven.authenticated_at or shown.factor_at), now_through


def require_shown_now(origin: Origin, flow: Flow, proven: Proven) -> None:
    """Raise Remembered unless the provider asked who links or joins to sign in on this very way.

    An identity that lay open in a shared browser would become theirs for good.
    """
    if not _is_shown_now(flow, proven):
        account = None
        if flow.account_id is not None:
            account = Account.objects.using(SIGNIN).filter(pk=flow.account_id).first()
        record_step(events.PROVIDER, origin, account, refused=Remembered.code)
        raise Remembered


def _wrong(through: Through | None, flow: Flow, proven: Proven) -> DomainError | None:
    if through is None or not _is_of(through, proven):
        return OtherIdentity()
    if not proven.strong:
        return NoFactorThere()
    return None if _is_shown_now(flow, proven) else NotShownAgain()


def _is_shown_now(flow: Flow, proven: Proven) -> bool:
    seen = proven.authenticated_at
    return seen is not None and seen >= flow.started_at - LEEWAY


def _is_of(through: Through, proven: Proven) -> bool:
    """Whether this is the very identity that the session came through."""
    mine = Identity.objects.using(SIGNIN).filter(
        pk=through.identity_id,
        issuer=proven.issuer,
        idp_id=proven.idp_id,
        subject=proven.subject,
    )
    return mine.exists()
