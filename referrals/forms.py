"""The small forms of the case page: one act each."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.plain_text import lines, one_line
from kernel.ui.forms import CheckboxChoices, DateInput, PlainTextarea, RadioChoices
from kernel.viewer import Viewer
from referrals import partners
from referrals.compartments import (
    NEVER_SHARED,
    SHAREABLE_BY_COORDINATION,
    Compartment,
    compartments_in,
)
from referrals.intake.forms import past_date
from referrals.models.access import Level
from referrals.models.case import Outcome, Urgency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import LegalBasis, Purpose, RefusalReason

GRAVITY = [
    ("0", _("0 : conflit ou fait isolé")),
    ("1", _("1 : harcèlement installé, à traiter")),
    ("2", _("2 : grave, santé ou scolarité atteintes")),
    ("3", _("3 : très grave, danger pour l'élève")),
]


def _first_empty(choices: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [("", _("Choisir")), *choices]


class TriageForm(forms.Form):
    gravity = forms.ChoiceField(label=_("Gravité"), choices=GRAVITY, widget=RadioChoices)
    urgency = forms.ChoiceField(label=_("Urgence"), choices=Urgency.choices, widget=RadioChoices)


class ProsecutorForm(forms.Form):
    """Which of the cell's prosecutors' offices decides on the case."""

    office = forms.ChoiceField(label=_("Parquet compétent"))

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices = [(str(p.accession_id), p.name) for p in partners.prosecutors(viewer)]
        self.fields["office"].choices = _first_empty(self.offices)  # type: ignore[attr-defined]


class ShareForm(forms.Form):
    """Which parts go to which agency, why and until when."""

    to_accession = forms.ChoiceField(label=_("Service destinataire"))
    purpose = forms.ChoiceField(label=_("Pourquoi"), choices=_first_empty(Purpose.choices))
    legal_basis = forms.ChoiceField(
        label=_("Au titre de"), choices=_first_empty(LegalBasis.choices)
    )
    compartments = forms.MultipleChoiceField(
        label=_("Ce que le service verra"),
        help_text=_("Le moins possible : vous pourrez toujours en ajouter."),
        choices=[(c.code, c.label) for c in compartments_in(SHAREABLE_BY_COORDINATION)],
        widget=CheckboxChoices,
    )
    level = forms.TypedChoiceField(
        label=_("Ce qu'il pourra faire"),
        coerce=int,
        choices=[
            (Level.READ.value, _("Lire")),
            (Level.CONTRIBUTE.value, _("Lire et compléter")),
        ],
        initial=Level.READ.value,
    )
    include_future = forms.BooleanField(
        label=_("Inclure ce qui sera ajouté ensuite dans ces parties"), required=False
    )
    until = forms.DateField(
        label=_("Jusqu'au"),
        help_text=_("Sans date, le partage dure trente jours."),
        required=False,
        widget=DateInput,
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = partners.partners_to_share_with(viewer)
        self._services = [(str(p.accession_id), p.name) for p in offered]
        self._offer(self._services)

    def suggest(self, accessions: Collection[UUID]) -> None:
        """Name these services first, as the competent ones. None of them is chosen by it."""
        first = [service for service in self._services if UUID(service[0]) in accessions]
        others = [service for service in self._services if service not in first]
        if first:
            named = [(_("Compétents pour cette commune"), first), (_("Autres services"), others)]
            self._offer([group for group in named if group[1]])

    def _offer(self, choices: list[tuple[Any, Any]]) -> None:
        self.fields["to_accession"].choices = _first_empty(choices)  # type: ignore[attr-defined]


class RefuseForm(forms.Form):
    reason = forms.ChoiceField(label=_("Motif"), choices=_first_empty(RefusalReason.choices))


class MeasureForm(forms.Form):
    kind = forms.ChoiceField(label=_("Mesure"), choices=_first_empty(MeasureKind.choices))
    owner_accession = forms.ChoiceField(label=_("Service responsable"))
    due_on = forms.DateField(label=_("Avant le"), widget=DateInput)
    note = forms.CharField(
        label=_("Précisions"),
        required=False,
        max_length=2000,
        widget=PlainTextarea,
        validators=[lines],
    )

    def __init__(self, owners: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_accession"].choices = _first_empty(owners)  # type: ignore[attr-defined]


class OrdersForm(forms.Form):
    """What the prosecutor orders on a case. Why is asked nowhere."""

    freeze_acts = forms.BooleanField(
        label=_("Suspendre les actes des autres services"),
        help_text=_("Ils lisent ce qui leur est ouvert et n'ajoutent ni ne décident plus rien."),
        required=False,
    )
    pause_interviews = forms.BooleanField(
        label=_("Suspendre les entretiens de l'établissement"),
        help_text=_("L'établissement continue de protéger l'élève, sans interroger personne."),
        required=False,
    )
    closed = forms.MultipleChoiceField(
        label=_("Parties fermées à tout nouveau partage"),
        help_text=_("Les partages en cours continuent. Demandez à la coordination d'y mettre fin."),
        choices=[(c.code, c.label) for c in Compartment if not c.mask & NEVER_SHARED],
        widget=CheckboxChoices,
        required=False,
    )


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Issue"), choices=_first_empty(Outcome.choices))


class FeedbackForm(forms.Form):
    code = forms.ChoiceField(
        label=_("Ce que l'établissement lira"),
        choices=_first_empty(FeedbackCode.choices),
    )
    next_check_on = forms.DateField(label=_("Prochain point le"), required=False, widget=DateInput)


class SearchForm(forms.Form):
    """Look before writing: all three are needed, and the answer is yes or no."""

    family_name = forms.CharField(label=_("Nom"), max_length=100, validators=[one_line])
    given_name = forms.CharField(label=_("Prénom"), max_length=100, validators=[one_line])
    birth_date = forms.DateField(
        label=_("Date de naissance"), widget=DateInput, validators=[past_date]
    )
