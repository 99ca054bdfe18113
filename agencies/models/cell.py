"""The tenant: one département's rapid-intervention cell."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import now


class Cell(models.Model):
    """A hard wall: nothing of one cell is visible to a seat in another."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    academy_code = models.TextField(blank=True, default="")
    coordination_unit_id = models.IntegerField(unique=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "agencies_cell"
        constraints = [
            models.CheckConstraint(
                name="agencies_cell_code_form",
                condition=Q(code__regex=r"^[0-9][0-9AB][0-9]?$"),
                violation_error_message=_("Une cellule porte le code de son département."),
            ),
            models.CheckConstraint(
                name="agencies_cell_named",
                condition=~Q(name=""),
                violation_error_message=_("Une cellule a un nom."),
            ),
        ]
