"""A person who has lost every factor asks for a new one: two people, a wait, a link used once."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kernel.ids import uuid7


class Replacement(models.Model):
    """What has been asked, who agreed, from when it counts, and how it ended.

    Written only by functions of the database that ask who is looking. The constraints below hold
    for them as well: two different people, never the person, one of them administers the cell.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    account_id = models.UUIDField(db_index=True)
    agency_id = models.UUIDField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wait_seconds = models.IntegerField()
    first_by = models.UUIDField(null=True)
    first_role = models.TextField(null=True)  # noqa: DJ001  nobody yet is not an empty role
    first_at = models.DateTimeField(null=True)
    second_by = models.UUIDField(null=True)
    second_role = models.TextField(null=True)  # noqa: DJ001  the same
    opens_at = models.DateTimeField(null=True)
    link_digest = models.BinaryField(null=True, max_length=32)
    link_by = models.UUIDField(null=True)
    link_until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.UUIDField(null=True)

    class Meta:
        db_table = "agencies_replacement"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "account_id"],
                condition=Q(used_at=None, cancelled_at=None),
                name="agencies_replacement_one_open",
            ),
            models.CheckConstraint(
                name="agencies_replacement_two_people",
                condition=(Q(first_by=None) | ~Q(first_by=F("account_id")))
                & (
                    Q(second_by=None)
                    | Q(first_by__isnull=False)
                    & ~Q(second_by=F("account_id"))
                    & ~Q(second_by=F("first_by"))
                    & (Q(first_role="cell_admin") | Q(second_role="cell_admin"))
                ),
            ),
            models.CheckConstraint(
                name="agencies_replacement_in_order",
                condition=Q(second_by=None, opens_at=None, link_digest=None, used_at=None)
                | Q(second_by__isnull=False, opens_at__isnull=False)
                & (Q(link_digest=None, used_at=None) | Q(link_digest__isnull=False))
                & (Q(link_by=None) | ~Q(link_by=F("account_id")))
                & (Q(used_at=None) | Q(used_at__gte=F("opens_at"), cancelled_at=None)),
            ),
            models.CheckConstraint(
                name="agencies_replacement_waits", condition=Q(wait_seconds__gte=0)
            ),
        ]
