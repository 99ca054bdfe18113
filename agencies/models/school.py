"""What the national directory says of a school beyond what every agency has."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class EducationLevel(models.TextChoices):
    PRIMARY = "primary", _("Premier degré")
    SECONDARY = "secondary", _("Second degré")


class SchoolType(models.TextChoices):
    NURSERY = "nursery", _("École maternelle")
    PRIMARY = "primary", _("École élémentaire ou primaire")
    MIDDLE = "middle", _("Collège")
    GENERAL_HIGH = "general_high", _("Lycée général, technologique ou polyvalent")
    VOCATIONAL_HIGH = "vocational_high", _("Lycée professionnel")
    ADAPTED = "adapted", _("Établissement d'enseignement adapté")
    POST_SECONDARY = "post_secondary", _("Formation après le baccalauréat")
    OTHER_SECONDARY = "other_secondary", _("Autre établissement du second degré")


class Sector(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Privé")


class DirectoryState(models.TextChoices):
    """A school announced as closing still has pupils: it stays open until it is closed."""

    OPEN = "open", _("Ouvert")
    CLOSING = "closing", _("Fermeture annoncée")
    CLOSED = "closed", _("Fermé")


class School(models.Model):
    """The directory profile of an agency that teaches."""

    agency = models.OneToOneField("agencies.Agency", models.PROTECT, primary_key=True)
    uai = models.TextField(unique=True)
    education_level = models.TextField(choices=EducationLevel)
    school_type = models.TextField(choices=SchoolType)
    sector = models.TextField(choices=Sector)
    contract = models.TextField(blank=True, default="")
    district = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="schools_of_district"
    )
    district_name = models.TextField(blank=True, default="")
    mother_uai = models.TextField(blank=True, default="")
    priority_network = models.TextField(blank=True, default="")
    pupil_count = models.IntegerField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    state = models.TextField(choices=DirectoryState, default=DirectoryState.OPEN)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    directory_changed_on = models.DateField(null=True)

    class Meta:
        db_table = "agencies_school"
        constraints = [
            models.CheckConstraint(
                name="agencies_school_uai_form",
                condition=Q(uai__regex=r"^[0-9]{7}[A-HJ-NPR-Z]$"),
                violation_error_message=_("Un code UAI a sept chiffres et une lettre."),
            ),
            models.CheckConstraint(
                name="agencies_school_words_known",
                condition=Q(
                    education_level__in=EducationLevel.values,
                    school_type__in=SchoolType.values,
                    sector__in=Sector.values,
                    state__in=DirectoryState.values,
                ),
                violation_error_message=_("Niveau, type, secteur et état viennent d'une liste."),
            ),
            models.CheckConstraint(
                name="agencies_school_closed_after_opened",
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gte=F("opened_on")),
                violation_error_message=_("Un établissement ferme après avoir ouvert."),
            ),
            models.CheckConstraint(
                name="agencies_school_pupils_not_negative",
                condition=Q(pupil_count=None) | Q(pupil_count__gte=0),
                violation_error_message=_("Un nombre d'élèves n'est pas négatif."),
            ),
        ]
