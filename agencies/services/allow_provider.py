"""Which identity providers a cell accepts: its administrator's choice."""

from __future__ import annotations

import re
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.models import AllowedProvider
from agencies.models.identity import IDP_FORM
from audit import record
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

LONGEST_NAME = 120


def allowed_providers(viewer: Viewer) -> list[AllowedProvider]:
    """What this cell accepts, by name."""
    _administers(viewer)
    return list(AllowedProvider.objects.filter(cell_id=viewer.cell_id).order_by("name", "id"))


def allow_provider(viewer: Viewer, *, idp_id: str, name: str) -> UUID:
    """Accept a provider. Raises Invalid for what is no identifier, Conflict for one known."""
    _administers(viewer)
    require_fresh(viewer)
    wanted, called = idp_id.strip(), name.strip()
    wrong: dict[str, list[object]] = {}
    if not re.fullmatch(IDP_FORM, wanted):
        wrong["idp_id"] = [
            _("Recopiez l'identifiant tel que le fournisseur le publie, sans espace ni accent.")
        ]
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        wrong["name"] = [_("Indiquez un nom d'une ligne, de 120 caractères au plus.")]
    if wrong:
        raise Invalid(fields=wrong)
    provider = AllowedProvider(cell_id=viewer.cell_id, idp_id=wanted, name=called)
    try:
        with transaction.atomic():
            provider.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("Ce fournisseur est déjà accepté par la cellule.")) from error
    record(events.PROVIDER_ALLOWED, viewer=viewer, subject_id=provider.pk)
    return provider.pk


def withdraw_provider(viewer: Viewer, provider_id: UUID) -> UUID:
    """Accept it no longer. The sessions that were opened through it in this cell end at once."""
    found = AllowedProvider.objects.filter(cell_id=viewer.cell_id, pk=provider_id).first()
    if found is None or not viewer.has("cell_admin"):
        raise NotFound
    require_fresh(viewer)
    record(events.PROVIDER_WITHDRAWN, viewer=viewer, subject_id=found.pk)
    AllowedProvider.objects.filter(pk=found.pk).delete()
    return provider_id


def _administers(viewer: Viewer) -> None:
    if not viewer.has("cell_admin"):
        raise NotAllowed(_("Seule la personne qui administre la cellule choisit ses fournisseurs."))
