"""A person as an identity provider knows them, and the providers that a cell accepts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.ids import uuid7

IDP_FORM = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"


class Identity(models.Model):
    """Which account somebody is who proves to be `subject` at `idp_id` through `issuer`.

    Never an e-mail address: an address can be given to somebody else, and a provider may let
    people write their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey("agencies.Account", models.PROTECT, related_name="identities")
    issuer = models.TextField()
    idp_id = models.TextField()
    subject = models.TextField()
    linked_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "agencies_identity"
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "idp_id", "subject"],
                name="agencies_identity_of_one_account",
                violation_error_message=_("Cette identité est déjà associée à un compte."),
            ),
            models.CheckConstraint(
                name="agencies_identity_whole",
                condition=~Q(issuer="") & ~Q(subject="") & Q(idp_id__regex=IDP_FORM),
                violation_error_message=_("Une identité est incomplète."),
            ),
        ]
        indexes = [models.Index(fields=["issuer", "subject"], name="agencies_identity_subject")]


class AllowedProvider(models.Model):
    """An identity provider that a cell trusts to say who its people are."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="allowed_providers")
    idp_id = models.TextField()
    name = models.TextField()
    added_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "agencies_allowed_provider"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "idp_id"],
                name="agencies_allowed_provider_once",
                violation_error_message=_("Ce fournisseur est déjà accepté par la cellule."),
            ),
            models.CheckConstraint(
                name="agencies_allowed_provider_form",
                condition=Q(idp_id__regex=IDP_FORM) & ~Q(name=""),
                violation_error_message=_("Un fournisseur a un identifiant et un nom."),
            ),
        ]
