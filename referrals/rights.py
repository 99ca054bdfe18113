"""By what right somebody has a case."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """What opens a case to somebody."""

    SCHOOL = "school", _("établissement qui a saisi la cellule")
    COORDINATION = "coordination", _("coordination de la cellule")
    PROSECUTION = "prosecution", _("parquet compétent")
    SHARE = "share", _("partage accepté")
    GLASS = "glass", _("accès d'urgence")
    CONTROL = "control", _("contrôle de la cellule")
    OTHER = "other", _("autre droit")
