"""The forms of leaving, of standing in for somebody and of tokens: shape only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.leavers import INVITE_FIRST
from agencies.models import Accession, EndReason, Membership
from agencies.roles import Role
from kernel.clock import midnight
from kernel.http import bearer
from kernel.ui.forms import CheckboxChoices, DateInput, PlainTextarea, RadioChoices

CHOOSE = ("", _("Choisir"))
HERE, EVERYWHERE = "here", "everywhere"
PEOPLE, WHOLE = "people", "whole"


class EndPersonForm(forms.Form):
    """Why, how far, and who follows where nobody else is left."""

    reason = forms.ChoiceField(label=_("Motif"), choices=EndReason.choices, widget=RadioChoices)

    def __init__(
        self,
        *args: Any,
        several: bool,
        missing: Iterable[str],
        successors: Iterable[Membership],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if several:
            self.fields["extent"] = forms.ChoiceField(
                label=_("Quels accès ?"),
                choices=[
                    (HERE, _("Cette participation seulement")),
                    (EVERYWHERE, _("Toutes ses participations dans la cellule")),
                ],
                initial=HERE,
                widget=RadioChoices,
            )
        if list(missing) or several:
            self.fields["follows"] = forms.ChoiceField(
                label=_("Qui lui succède ?"),
                help_text=_(
                    "À indiquer si la cellule n'a plus personne d'autre pour coordonner ou "
                    "administrer. La liste montre les collègues à qui deux personnes ont déjà "
                    "donné un rôle ; pour quelqu'un d'autre, passez d'abord par une invitation. "
                    "Cette personne reçoit le rôle pour quatorze jours ; le donner "
                    "plus longtemps passe par l'invitation habituelle."
                ),
                choices=[CHOOSE, *((str(one.pk), one.display_name) for one in successors)],
                error_messages={"invalid_choice": INVITE_FIRST},
                required=False,
            )


class EndAgencyForm(forms.Form):
    """Why, and whether the accession ends as well."""

    extent = forms.ChoiceField(
        label=_("Que faut-il arrêter ?"),
        choices=[
            (PEOPLE, _("Les accès de toutes les personnes et de tous les systèmes")),
            (WHOLE, _("Les accès, l'adhésion et les partages")),
        ],
        initial=PEOPLE,
        widget=RadioChoices(
            hints={
                PEOPLE: _(
                    "En cas de compte compromis. L'organisme reste membre de la cellule : chaque "
                    "personne revient par une nouvelle invitation."
                ),
                WHOLE: _(
                    "L'organisme quitte la cellule. Ses partages prennent fin ; ce qu'il a écrit "
                    "est gardé."
                ),
            }
        ),
    )
    reason = forms.ChoiceField(label=_("Motif"), choices=EndReason.choices, widget=RadioChoices)


class CoverForm(forms.Form):
    """Who stands in, from which day to which."""

    deputy = forms.ChoiceField(label=_("Qui remplace ?"))
    starts_on = forms.DateField(label=_("Premier jour"), widget=DateInput)
    ends_on = forms.DateField(
        label=_("Dernier jour"), help_text=_("Ce jour est compris."), widget=DateInput
    )

    def __init__(self, *args: Any, deputies: Iterable[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            CHOOSE,
            *((str(one.pk), _described(one)) for one in deputies),
        ]

    def moments(self) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last."""
        return (
            midnight(self.cleaned_data["starts_on"]),
            midnight(self.cleaned_data["ends_on"] + timedelta(days=1)),
        )


class TokenForm(forms.Form):
    """For which agency, under which name, what it may call, how long and from where."""

    accession = forms.ChoiceField(label=_("Organisme"))
    called = forms.CharField(
        label=_("Nom du système"),
        help_text=_("Il apparaît partout où le système agit. Exemple : Main courante du service."),
        max_length=60,
    )
    may = forms.MultipleChoiceField(label=_("Ce qu'il pourra faire"), widget=CheckboxChoices)
    days = forms.TypedChoiceField(
        label=_("Durée"),
        coerce=int,
        choices=[(30, _("30 jours")), (90, _("90 jours")), (180, _("6 mois")), (365, _("Un an"))],
        initial=90,
    )
    networks = forms.CharField(
        label=_("Adresses permises"),
        help_text=_("Une par ligne, ou un réseau, par exemple 192.0.2.0/24. Vide : de partout."),
        widget=PlainTextarea({"rows": 3}),
        required=False,
        max_length=2000,
    )

    def __init__(self, *args: Any, accessions: Iterable[Accession], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accession"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            CHOOSE,
            *((str(one.pk), one.agency.name) for one in accessions),
        ]
        self.fields["may"].choices = [  # type: ignore[attr-defined]  # a MultipleChoiceField
            (scope.code, scope.label) for scope in bearer.scopes()
        ]

    def clean_called(self) -> str:
        """A name that is printed in lists and in the journal: one line, readable."""
        called = " ".join(str(self.cleaned_data["called"]).split())
        if not called.isprintable():
            raise forms.ValidationError(_("Ce nom contient des caractères qui ne s'affichent pas."))
        return called


def _described(place: Membership) -> str:
    labels = dict(Role.choices)
    roles = ", ".join(str(labels.get(role, role)) for role in place.roles)
    return f"{place.display_name} ({roles})"
