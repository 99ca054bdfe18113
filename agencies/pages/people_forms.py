"""What the pages about people ask for: shape only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Accession, Membership
from agencies.people import PeopleFilters
from agencies.roles import AT_PROSECUTORS, AT_SCHOOLS, GIVEN_BY_LEADS, Role
from agencies.services.change_roles import Wanted
from agencies.services.invite import Proposal
from kernel.clock import FOREVER, midnight
from kernel.ui.forms import CheckboxChoices, DateInput

STATES = [("", _("En cours")), ("ended", _("Terminés"))]
LAST = date(9999, 12, 30)


class PeopleForm(forms.Form):
    """The filters above the list of people."""

    nom = forms.CharField(label=_("Nom"), required=False, max_length=100)
    organisme = forms.CharField(label=_("Organisme"), required=False, max_length=100)
    role = forms.ChoiceField(
        label=_("Rôle"), required=False, choices=[("", _("Tous")), *Role.choices]
    )
    etat = forms.ChoiceField(label=_("Rôles en cours ou terminés"), required=False, choices=STATES)

    def filters(self) -> PeopleFilters:
        """The same, as the selector takes it."""
        chosen = self.cleaned_data
        return PeopleFilters(
            called=chosen["nom"].strip(),
            agency=chosen["organisme"].strip(),
            role=chosen["role"],
            ended=chosen["etat"] == "ended",
        )


class RolesForm(forms.Form):
    """Roles, secrecy and dates: what an invitation and a change have in common."""

    roles = forms.MultipleChoiceField(
        label=_("Rôles"),
        error_messages={
            "required": _("Choisissez au moins un rôle dans la liste."),
            "invalid_choice": _("Choisissez un des rôles proposés."),
        },
    )
    bound_by_secrecy = forms.BooleanField(
        label=_("Tenu au secret professionnel"),
        help_text=_(
            "Par son état, sa profession ou sa mission : personnel social ou de santé, "
            "magistrat. Ouvre les éléments couverts par ce secret."
        ),
        required=False,
    )
    valid_until = forms.DateField(
        label=_("Jusqu'au"),
        help_text=_("Le rôle prend fin à la fin de ce jour."),
        required=False,
        widget=DateInput,
    )

    def offer(self, roles: Iterable[str], by_two: frozenset[str]) -> None:
        """Offer these roles, each with what is particular about it and who else has to agree."""
        offered = [role for role in Role if role in set(roles)]
        field = self.fields["roles"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared above
        hints = {role.value: hint_of(role, by_two) for role in offered}
        field.widget = CheckboxChoices(hints=hints)
        field.choices = [(role.value, role.label) for role in offered]

    def until(self) -> datetime:
        """The end of the last day, or no end."""
        day = self.cleaned_data["valid_until"]
        return midnight(min(day, LAST) + timedelta(days=1)) if day else FOREVER


class InviteForm(RolesForm):
    """Who is invited, where and as what."""

    field_order = (
        *("accession", "display_name", "address", "job_title", "roles", "bound_by_secrecy"),
        *("valid_from", "valid_until"),
    )
    accession = forms.ChoiceField(
        label=_("Organisme"),
        error_messages={
            "required": _("Choisissez un organisme de votre cellule."),
            "invalid_choice": _("Choisissez un organisme de votre cellule."),
        },
    )
    display_name = forms.CharField(
        label=_("Prénom et nom"),
        max_length=100,
        error_messages={"required": _("Indiquez le nom de la personne.")},
    )
    address = forms.CharField(
        label=_("Adresse électronique professionnelle"),
        help_text=_(
            "Personnelle à elle, jamais une boîte partagée : le lien qu'elle reçoit prouve "
            "son identité."
        ),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Indiquez son adresse.")},
    )
    job_title = forms.CharField(label=_("Fonction"), required=False, max_length=100)
    valid_from = forms.DateField(
        label=_("À partir du"),
        help_text=_("Sinon dès l'acceptation."),
        required=False,
        widget=DateInput,
    )

    def __init__(
        self,
        data: Any,
        *,
        accessions: Iterable[Accession],
        roles: Iterable[str],
        by_two: frozenset[str],
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        choices = [(str(one.pk), one.agency.name) for one in accessions]
        field = self.fields["accession"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = choices if len(choices) == 1 else [("", _("Choisir")), *choices]
        self.offer(roles, by_two)

    def proposal(self) -> Proposal:
        """The same, as the service takes it."""
        typed = self.cleaned_data
        return Proposal(
            accession_id=UUID(typed["accession"]),
            roles=tuple(typed["roles"]),
            address=typed["address"],
            display_name=typed["display_name"],
            job_title=typed["job_title"],
            bound_by_secrecy=typed["bound_by_secrecy"],
            valid_from=midnight(typed["valid_from"]) if typed["valid_from"] else None,
            valid_until=self.until(),
        )


class ChangeForm(RolesForm):
    """What somebody's place becomes."""

    def __init__(
        self,
        data: Any,
        *,
        membership: Membership,
        roles: Iterable[str],
        by_two: frozenset[str],
    ) -> None:
        ends = membership.valid_until
        last = (timezone.localtime(ends) - timedelta(days=1)).date() if ends < FOREVER else None
        now = {
            "roles": membership.roles,
            "bound_by_secrecy": membership.bound_by_secrecy,
            "valid_until": last,
        }
        super().__init__(data, initial=now)
        self.offer(roles, by_two)
        if by_two & set(membership.roles):
            self.fields["valid_until"].help_text = _(
                "Le rôle prend fin à la fin de ce jour. Le prolonger, comme ouvrir le secret, "
                "demande une deuxième personne."
            )

    def wanted(self) -> Wanted:
        """The same, as the service takes it."""
        typed = self.cleaned_data
        return Wanted(tuple(typed["roles"]), typed["bound_by_secrecy"], self.until())


def hint_of(role: Role, by_two: frozenset[str]) -> object:
    """What whoever gives a role should know about it, and who has to agree."""
    second = role in by_two
    if role == Role.SCHOOL_PILOT:
        if second:
            return _("Confirmé par le chef d'établissement s'il participe, sinon par la cellule.")
        return _("Dans un établissement seulement.")
    if role in AT_PROSECUTORS:
        return _("Au parquet seulement. Confirmé par une deuxième personne.")
    if role in AT_SCHOOLS:
        if second:
            return _("Dans un établissement seulement. Confirmé par une deuxième personne.")
        return _("Dans un établissement seulement.")
    if second and role in GIVEN_BY_LEADS:
        return _("Confirmé par l'organisme s'il a déjà un responsable, sinon par la cellule.")
    return _("Confirmé par une deuxième personne.") if second else ""
