"""What a membership may be for, and what follows from it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.viewer import Viewer


class Role(models.TextChoices):
    """One task a person has in a cell. The protocol's own words are kept for the labels."""

    SCHOOL_REPORTER = "school_reporter", _("Personnel de l'établissement")
    RESOURCE_TEAM_MEMBER = "resource_team_member", _("Membre de l'équipe ressource")
    SCHOOL_PILOT = "school_pilot", _("Pilote de l'établissement")
    SCHOOL_HEAD = "school_head", _("Chef d'établissement")
    CELL_COORDINATOR = "cell_coordinator", _("Coordination de la cellule")
    DEPARTMENTAL_OFFICER = "departmental_officer", _("Référent départemental harcèlement")
    PROSECUTOR = "prosecutor", _("Procureur ou substitut")
    PROSECUTOR_DELEGATE = "prosecutor_delegate", _("Délégué du procureur")
    AGENCY_PARTNER = "agency_partner", _("Partenaire de la cellule")
    AGENCY_LEAD = "agency_lead", _("Responsable dans son organisme")
    AUDITOR = "auditor", _("Contrôle des accès")
    DPO = "dpo", _("Protection des données")
    CELL_ADMIN = "cell_admin", _("Administration de la cellule")
    PLATFORM_OPERATOR = "platform_operator", _("Exploitation de la plateforme")


CASE_WORKING = frozenset(
    {
        Role.SCHOOL_PILOT,
        Role.RESOURCE_TEAM_MEMBER,
        Role.AGENCY_PARTNER,
        Role.AGENCY_LEAD,
        Role.PROSECUTOR,
        Role.PROSECUTOR_DELEGATE,
        Role.CELL_COORDINATOR,
        Role.DEPARTMENTAL_OFFICER,
    }
)
"""Roles that work on what their agency was given: they hold the agency's unit."""

COORDINATING = frozenset({Role.CELL_COORDINATOR, Role.DEPARTMENTAL_OFFICER})
"""Roles that hold the cell's coordination unit."""

APART = frozenset({Role.AUDITOR, Role.DPO, Role.CELL_ADMIN, Role.PLATFORM_OPERATOR})
"""Roles that watch or administer: never in the same membership as one that works on cases."""

AT_SCHOOLS = frozenset(
    {Role.SCHOOL_REPORTER, Role.RESOURCE_TEAM_MEMBER, Role.SCHOOL_PILOT, Role.SCHOOL_HEAD}
)
AT_PROSECUTORS = frozenset({Role.PROSECUTOR, Role.PROSECUTOR_DELEGATE})

GIVEN_BY_LEADS = frozenset({Role.AGENCY_PARTNER, Role.AGENCY_LEAD})
"""What whoever leads an agency's people may offer there."""

GIVEN_BY_HEADS = frozenset({Role.SCHOOL_REPORTER, Role.RESOURCE_TEAM_MEMBER, Role.SCHOOL_PILOT})
"""What a school head may offer in the own school."""

OWN_CONFIRMERS = frozenset({Role.AGENCY_LEAD, Role.SCHOOL_HEAD, Role.PROSECUTOR})
"""Who confirms, in their own agency, whoever is to work on cases there."""

CONFIRM_FOR_OTHERS = frozenset(
    {Role.CELL_ADMIN, Role.CELL_COORDINATOR, Role.DEPARTMENTAL_OFFICER, Role.PROSECUTOR}
)
"""Who does so for an agency that has nobody yet."""

CONFIRMED_BY_ADMIN = frozenset(
    {Role.CELL_COORDINATOR, Role.DEPARTMENTAL_OFFICER, Role.AUDITOR, Role.DPO, Role.CELL_ADMIN}
)
"""Given by two people, of whom the second administers the cell."""

CONFIRMED = CONFIRMED_BY_ADMIN | AT_PROSECUTORS | {Role.SCHOOL_HEAD}
"""Given by two people, whoever proposes them. A school's pilot is too, unless its head proposes."""

WANTING_FRESH_FACTOR = CONFIRMED
"""Roles that a session only switches to with a factor shown a moment ago."""


def worded(viewer: Viewer) -> str:
    """A viewer's roles in words, the first first."""
    return in_words(viewer.roles)


def in_words(roles: Collection[str]) -> str:
    """Roles in words, the first first."""
    return ", ".join(str(role.label) for role in Role if role in roles)
