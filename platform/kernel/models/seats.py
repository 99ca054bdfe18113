"""Who can be granted something (units), who sits where (seats), and live sessions."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models


class Unit(models.Model):
    """An integer that stands for who can be granted something.

    An agency in a cell, the people of it bound by secrecy, a team, or one seat. A grant goes to
    the narrowest unit that serves.
    """

    class Kind(models.TextChoices):
        AGENCY = "agency"
        SECRECY = "secrecy"
        TEAM = "team"
        SEAT = "seat"

    id = models.AutoField(primary_key=True)
    cell_id = models.IntegerField()
    kind = models.TextField(choices=Kind)
    ref = models.UUIDField()

    class Meta:
        db_table = "kernel_unit"
        constraints = [
            models.UniqueConstraint(fields=["cell_id", "kind", "ref"], name="kernel_unit_once")
        ]


class Seat(models.Model):
    """What one membership may do now. Kept by triggers of the app that owns memberships."""

    id = models.UUIDField(primary_key=True)
    cell_id = models.IntegerField()
    account_id = models.UUIDField(db_index=True)
    agency_id = models.UUIDField()
    agency_kind = models.TextField()
    roles = ArrayField(models.TextField())
    units = ArrayField(models.IntegerField())
    bound_by_secrecy = models.BooleanField(default=False)
    display_name = models.TextField()
    agency_name = models.TextField()
    cell_name = models.TextField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    version = models.IntegerField(default=1)
    charter_signed = models.BooleanField(db_default=False)

    class Meta:
        db_table = "kernel_seat"
        indexes = [models.Index(fields=["cell_id"], name="kernel_seat_cell")]


class ScopeSession(models.Model):
    """A live session that has shown a second factor. Only the hash of its token is kept.

    ``number`` names it to the person whose session it is; ``network`` is the beginning of the
    address it was opened from. ``renewed_from`` is the hash it had before its last new factor.
    ``noted`` counts, within the hour since ``noted_since``, the refusals of which only so many are
    written down.
    """

    token_hash = models.BinaryField(primary_key=True)
    number = models.UUIDField(db_default=RandomUUID(), unique=True)
    seat_id = models.UUIDField(db_index=True)
    account_id = models.UUIDField(db_index=True)
    channel = models.TextField(default="page")
    factor = models.TextField(db_default="totp")
    factor_at = models.DateTimeField()
    created_at = models.DateTimeField()
    idle_seconds = models.IntegerField()
    idle_until = models.DateTimeField()
    expires_at = models.DateTimeField()
    address_hmac = models.BinaryField(null=True)
    user_agent = models.TextField(blank=True, default="")
    network = models.TextField(db_default="")
    renewed_from = models.BinaryField(null=True, db_index=True)
    noted = models.SmallIntegerField(db_default=0)
    noted_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "kernel_session"
        constraints = [
            models.CheckConstraint(
                name="kernel_session_idle_half_an_hour",
                condition=models.Q(channel="token")
                | models.Q(idle_seconds__gte=1, idle_seconds__lte=1800),
            )
        ]


class KeptAct(models.Model):
    """What somebody sent that had to wait for something else first, sealed for their session.

    It follows the session to a new key and is deleted with it.
    """

    id = models.UUIDField(primary_key=True)
    token_hash = models.BinaryField(db_index=True)
    sealed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_kept_act"
