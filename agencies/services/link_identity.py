"""A person's identity at the provider becomes a way into their account, or ceases to be one."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.models import Account, Identity, ProviderSession
from agencies.oidc.backend import Proven
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from agencies.services.telling import tell
from kernel.errors import Conflict, NotFound, WrongState
from kernel.http.sessions import token_hash
from kernel.models import ScopeSession
from kernel.scope import rebind
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

TAKEN = _(
    "Cette identité est déjà associée à un compte. Si ce n'est pas le vôtre, prévenez la personne "
    "qui administre votre cellule."
)


def link_identity(origin: Origin, viewer: Viewer, proven: Proven) -> UUID:
    """Link what was just proven to the account of this person, who has just shown a factor.

    Raises StepUpRequired, or Conflict when it is linked to somebody.
    """
    require_fresh(viewer)
    with transaction.atomic(using=SIGNIN):
        rebind(viewer, using=SIGNIN)
        return _link(origin, viewer.account_id, proven)


def link_identity_of_newcomer(origin: Origin, account_id: UUID, proven: Proven) -> UUID:
    """Link what was just proven to an account that nobody has ever signed in to.

    For who joins by an invitation; the database refuses it for every other account.
    """
    with transaction.atomic(using=SIGNIN):
        return _link(origin, account_id, proven)


def unlink_identity(origin: Origin, viewer: Viewer, identity_id: UUID) -> UUID:
    """Take one of one's own identities away, and end the sessions that were opened with it.

    Raises NotFound for somebody else's, StepUpRequired, or WrongState when it is the only way in.
    """
    require_fresh(viewer)
    with transaction.atomic(using=SIGNIN):
        rebind(viewer, using=SIGNIN)
        mine = Identity.objects.using(SIGNIN).filter(account_id=viewer.account_id)
        account = Account.objects.using(SIGNIN).filter(pk=viewer.account_id).first()
        if account is None or not mine.filter(pk=identity_id).exists():
            raise NotFound
        if mine.count() == 1 and not account.has_usable_password():
            raise WrongState(
                _(
                    "C'est votre seul moyen de connexion. Associez d'abord une autre identité, ou "
                    "demandez un mot de passe à la personne qui administre votre cellule."
                )
            )
        opened = ProviderSession.objects.using(SIGNIN).filter(identity_id=identity_id)
        tokens = [bytes(token) for token in opened.values_list("token_hash", flat=True)]
        opened.delete()
        mine.filter(pk=identity_id).delete()
        record_step(events.IDENTITY_UNLINKED, origin, account)
        tell("identity.unlinked", account.pk)
        own = token_hash(viewer.token)
        ScopeSession.objects.using(SIGNIN).filter(pk__in=set(tokens) - {own}).delete()
    if own in tokens:
        # In the viewer's own transaction, and only now: the other one waits for nothing any more.
        with connection.cursor() as cursor:
            cursor.execute("SELECT agencies.end_session(%s)", [viewer.token])
    return identity_id


def identities_of(viewer: Viewer) -> list[Identity]:
    """One's own identities, the newest first."""
    mine = Identity.objects.using(SIGNIN).filter(account_id=viewer.account_id)
    return list(mine.order_by("-linked_at"))


def _link(origin: Origin, account_id: UUID, proven: Proven) -> UUID:
    identity = Identity(
        account_id=account_id,
        issuer=proven.issuer,
        idp_id=proven.idp_id,
        subject=proven.subject,
    )
    known = Identity.objects.using(SIGNIN).filter(
        issuer=proven.issuer, idp_id=proven.idp_id, subject=proven.subject
    )
    already = known.filter(account_id=account_id).first()
    if already is not None:
        return already.pk
    account = Account.objects.using(SIGNIN).filter(pk=account_id).first()
    try:
        with transaction.atomic(using=SIGNIN):
            identity.save(using=SIGNIN, force_insert=True)
    except IntegrityError as error:
        raise Conflict(TAKEN) from error
    record_step(events.IDENTITY_LINKED, origin, account)
    tell("identity.linked", account_id)
    return identity.pk
