"""An organisation that can take part in a cell."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.ids import uuid7

DEPARTEMENT_FORM = r"^(0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-8]|98[4-9])$"
COMMUNE_FORM = r"^([0-9]{2}|2[AB])[0-9]{3}$"


class AgencyKind(models.TextChoices):
    """What sort of organisation it is. Sharing rules speak of kinds, never of names."""

    SCHOOL = "school", _("École ou établissement")
    DSDEN = "dsden", _("Direction des services départementaux de l'éducation nationale")
    RECTORATE = "rectorate", _("Rectorat")
    SCHOOL_DISTRICT = "school_district", _("Circonscription du premier degré")
    PROSECUTOR = "prosecutor", _("Parquet")
    POLICE = "police", _("Police nationale")
    GENDARMERIE = "gendarmerie", _("Gendarmerie nationale")
    PREFECTURE = "prefecture", _("Préfecture")
    DEPARTMENT = "department", _("Conseil départemental")
    REGION = "region", _("Conseil régional")
    MUNICIPALITY = "municipality", _("Commune")
    VICTIM_SUPPORT = "victim_support", _("Aide aux victimes")
    CRIP = "crip", _("Cellule de recueil des informations préoccupantes")
    HEALTH = "health", _("Santé")
    OTHER = "other", _("Autre organisme")


class Agency(models.Model):
    """Public knowledge about an organisation: what a national directory or a letterhead says.

    It carries no right. Taking part in a cell is an Accession.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.TextField(choices=AgencyKind)
    name = models.TextField()
    directory_code = models.TextField(null=True, blank=True, unique=True)
    nature_code = models.TextField(blank=True, default="")
    address = models.TextField(blank=True, default="")
    postcode = models.TextField(blank=True, default="")
    commune_insee = models.TextField(blank=True, default="")
    commune_name = models.TextField(blank=True, default="")
    departement_code = models.TextField()
    academy_code = models.TextField(blank=True, default="")
    siret = models.TextField(blank=True, default="")
    email = models.TextField(blank=True, default="")
    phone = models.TextField(blank=True, default="")
    is_open = models.BooleanField(default=True)
    source = models.TextField()
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "agencies_agency"
        constraints = [
            models.CheckConstraint(
                name="agencies_agency_kind_known",
                condition=Q(kind__in=AgencyKind.values),
                violation_error_message=_("Ce genre d'organisme n'existe pas."),
            ),
            models.CheckConstraint(
                name="agencies_agency_named",
                condition=~Q(name=""),
                violation_error_message=_("Un organisme a un nom."),
            ),
            models.CheckConstraint(
                name="agencies_agency_departement_form",
                condition=Q(departement_code__regex=DEPARTEMENT_FORM),
                violation_error_message=_("Le code du département n'existe pas."),
            ),
            models.CheckConstraint(
                name="agencies_agency_commune_form",
                condition=Q(commune_insee="") | Q(commune_insee__regex=COMMUNE_FORM),
                violation_error_message=_("Le code de la commune a cinq caractères."),
            ),
            models.CheckConstraint(
                name="agencies_agency_source_named",
                condition=~Q(source=""),
                violation_error_message=_("La provenance d'un organisme est indiquée."),
            ),
        ]
        indexes = [
            models.Index(fields=["departement_code", "kind", "name"], name="agencies_agency_place")
        ]
