"""A person who signs in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.ids import uuid7


class Account(AbstractBaseUser):  # type: ignore[django-manager-missing]  # django_otp has no types
    """An address, a name and a password hash. Every right comes from a membership.

    There is no staff flag, no superuser and no permission table behind it: an account by itself
    opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.TextField(unique=True)
    display_name = models.TextField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        db_table = "agencies_account"
        constraints = [
            models.CheckConstraint(
                name="agencies_account_email_lower",
                condition=Q(email=Lower("email")) & ~Q(email=""),
                violation_error_message=_("Une adresse s'écrit en minuscules."),
            ),
            models.CheckConstraint(
                name="agencies_account_named",
                condition=~Q(display_name=""),
                violation_error_message=_("Un compte porte un nom."),
            ),
        ]
