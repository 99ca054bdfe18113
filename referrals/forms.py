"""The small forms of the case page: one act each."""

from typing import Any, cast

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
from referrals.models.request import PartRefusal, RequestKind
from referrals.models.share import LegalBasis, Purpose, RefusalReason, RenewalReason

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


class ChooseAgencyForm(forms.Form):
    """With which agency a case is shared: what is offered next depends on it."""

    service = forms.ChoiceField(label=_("Service destinataire"))

    def __init__(self, agencies: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = agencies  # type: ignore[attr-defined]  # a ChoiceField


class ShareForm(forms.Form):
    """Which parts go to an agency, why and until when.

    The agency is chosen before; the list of all of them is shown when it was not.
    """

    to_accession = forms.ChoiceField(label=_("Service destinataire"))
    level = forms.TypedChoiceField(
        label=_("Ce qu'il pourra faire"),
        coerce=int,
        choices=[
            (Level.STUB.value, _("Savoir que le dossier existe et qui le suit, sans rien en lire")),
            (Level.READ.value, _("Lire")),
            (Level.CONTRIBUTE.value, _("Lire et compléter")),
        ],
        widget=RadioChoices,
        initial=Level.READ.value,
    )
    compartments = forms.MultipleChoiceField(
        label=_("Ce que le service verra"),
        help_text=_("Le moins possible : vous pourrez toujours en ajouter."),
        choices=[(c.code, c.label) for c in Compartment if not c.mask & NEVER_SHARED],
        widget=CheckboxChoices,
        required=False,
    )
    include_future = forms.BooleanField(
        label=_("Inclure ce qui sera ajouté ensuite dans ces parties"), required=False
    )
    purpose = forms.ChoiceField(label=_("Pourquoi"), choices=_first_empty(Purpose.choices))
    legal_basis = forms.ChoiceField(
        label=_("Au titre de"), choices=_first_empty(LegalBasis.choices)
    )
    until = forms.DateField(
        label=_("Jusqu'au"),
        help_text=_("Sans date, le partage dure trente jours."),
        required=False,
        widget=DateInput,
    )

    def __init__(
        self,
        agencies: list[Any],
        *args: Any,
        chosen: bool = False,
        scope: int = SHAREABLE_BY_COORDINATION,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to_accession"]
        to.choices = agencies  # type: ignore[attr-defined]  # a ChoiceField
        if chosen:
            to.widget = forms.HiddenInput()
        shown = cast(forms.MultipleChoiceField, self.fields["compartments"])
        shown.widget.choices = [  # what is sent is judged by the service, with its reasons
            (c.code, c.label) for c in compartments_in(scope)
        ]


class RenewForm(forms.Form):
    """Until when a share goes on, and why."""

    until = forms.DateField(label=_("Nouvelle date de fin"), widget=DateInput)
    reason = forms.ChoiceField(label=_("Motif"), choices=_first_empty(RenewalReason.choices))


class AskAccessForm(forms.Form):
    """Which parts of a case a partner asks to see, and why."""

    compartments = forms.MultipleChoiceField(
        label=_("Parties demandées"),
        help_text=_("La coordination répond pour chacune."),
        widget=CheckboxChoices,
    )
    purpose = forms.ChoiceField(label=_("Pourquoi"), choices=_first_empty(Purpose.choices))
    level = forms.TypedChoiceField(
        label=_("Ce que vous voulez pouvoir faire"),
        coerce=int,
        choices=[
            (Level.READ.value, _("Lire")),
            (Level.CONTRIBUTE.value, _("Lire et compléter")),
        ],
        widget=RadioChoices,
        initial=Level.READ.value,
    )
    question = forms.CharField(
        label=_("Précisions"), required=False, max_length=2000, widget=PlainTextarea
    )

    def __init__(self, scope: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compartments"].choices = [  # type: ignore[attr-defined]  # choices of a list
            (part.code, part.label) for part in compartments_in(scope)
        ]


class AskInformationForm(forms.Form):
    """What a partner wants to be told about parts that it reads."""

    compartments = forms.MultipleChoiceField(
        label=_("Au sujet de"),
        help_text=_("La coordination répond pour chacune."),
        widget=CheckboxChoices,
    )
    question = forms.CharField(label=_("Votre question"), max_length=2000, widget=PlainTextarea)

    def __init__(self, scope: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["compartments"].choices = [  # type: ignore[attr-defined]  # choices of a list
            (part.code, part.label) for part in compartments_in(scope)
        ]


class AnswerRequestForm(forms.Form):
    """One answer for each part that was asked."""

    GRANT = "grant"

    def __init__(
        self,
        kind: str,
        asked: list[Compartment],
        levels: list[tuple[int, Any]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.asked = kind, asked
        told = kind == RequestKind.INFORMATION
        yes = _("Répondre") if told else _("Proposer de la partager")
        for part in asked:
            self.fields[f"verdict_{part.code}"] = forms.ChoiceField(
                label=str(part.label),
                choices=[(self.GRANT, yes), *PartRefusal.choices],
                widget=RadioChoices,
            )
            if told:
                self.fields[f"words_{part.code}"] = forms.CharField(
                    label=_("Réponse"), required=False, max_length=2000, widget=PlainTextarea
                )
        if not told and len(levels) > 1:
            self.fields["level"] = forms.TypedChoiceField(
                label=_("Ce que le service pourra faire"),
                help_text=_("Autant que ce qu'il demande, ou moins."),
                coerce=int,
                choices=levels,
                widget=RadioChoices,
                initial=levels[-1][0],
                required=False,
                empty_value=None,
            )
        if not told:
            self.fields["legal_basis"] = forms.ChoiceField(
                label=_("Au titre de"), choices=LegalBasis.choices
            )
            self.fields["until"] = forms.DateField(
                label=_("Jusqu'au"),
                help_text=_("Sans date, le partage dure trente jours."),
                required=False,
                widget=DateInput,
            )

    def shown(self) -> list[tuple[forms.BoundField, str]]:
        """Each field with the answer beside which it is asked: words only where one answers."""
        words = {f"words_{part.code}": f"verdict_{part.code}={self.GRANT}" for part in self.asked}
        return [(self[name], words.get(name, "")) for name in self.fields]

    def verdicts(self) -> dict[Compartment, tuple[str, str]]:
        """For each part the reason of a refusal or "", and the words of an answer."""
        found = {}
        for part in self.asked:
            verdict = self.cleaned_data[f"verdict_{part.code}"]
            reason = "" if verdict == self.GRANT else verdict
            found[part] = (reason, self.cleaned_data.get(f"words_{part.code}", ""))
        return found


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
    """What the prosecutor orders on a case. Why is asked nowhere.

    A box left empty lifts an order, so a body in which nothing arrived must not pass for the form.
    """

    arrived = forms.BooleanField(
        widget=forms.HiddenInput(),
        initial=True,
        error_messages={
            "required": _("Le formulaire n'est pas arrivé en entier. Envoyez-le de nouveau.")
        },
    )
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
