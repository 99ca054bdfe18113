"""The filters above the journal."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext_lazy as _

from audit import people, references, registry
from audit.desk import groups
from audit.desk.filters import Filters
from audit.pages.lines import CHANNELS
from kernel.clock import midnight
from kernel.ids import id_in
from kernel.ui.forms import DateInput
from kernel.viewer import Viewer

LAST = date(9999, 12, 30)
"""The last day that has a day after it."""
WAYS = CHANNELS | {"page": _("par les pages"), "signin": _("à la connexion")}
OUTCOMES = [("", _("Tous")), ("done", _("Fait")), ("refused", _("Refusé"))]


class AsGiven(BaseChoiceIterator):
    """Choices that are pairs already: hundreds of people are not looked through for groups."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.pairs)


class FiltersForm(forms.Form):
    """What the auditor asks for. Every field may stay empty."""

    dossier = forms.CharField(label=_("Référence du dossier"), required=False, max_length=64)
    objet = forms.ChoiceField(
        label=_("Nom ou document du dossier"),
        required=False,
        error_messages={
            "invalid_choice": _(
                "Ce nom ou ce document n'est pas de ce dossier. Choisissez-en un autre, ou aucun."
            )
        },
    )
    personne = forms.ChoiceField(label=_("Personne"), required=False)
    organisme = forms.ChoiceField(label=_("Organisme"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False)
    evenement = forms.ChoiceField(label=_("Événement"), required=False)
    moyen = forms.ChoiceField(label=_("Moyen"), required=False)
    resultat = forms.ChoiceField(label=_("Résultat"), required=False, choices=OUTCOMES)
    du = forms.DateField(label=_("Du"), required=False, widget=DateInput)
    au = forms.DateField(label=_("Au"), required=False, widget=DateInput)

    def __init__(self, data: Any, *, viewer: Viewer) -> None:
        super().__init__(data)
        self._viewer = viewer
        self._case: UUID | None = None
        self._subjects = False
        self._choices("objet", _just(data.get("objet", "")))
        self._choices("personne", _people(viewer, data.get("personne", "")))
        self._choices("organisme", _agencies(viewer, data.get("organisme", "")))
        self._choices("nature", [("", _("Toutes")), *groups.LABELS.items()])
        kinds = [(kind.name, kind.label) for kind in registry.kinds()]
        self._choices("evenement", [("", _("Tous")), *kinds])
        self._choices("moyen", [("", _("Tous")), *WAYS.items()])

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = AsGiven(choices)

    def clean_dossier(self) -> str:
        """A reference that no case of this cell has is an answer, not an empty page."""
        text: str = self.cleaned_data["dossier"].strip()
        if text:
            self._case = references.case_of(self._viewer, text)
            if self._case is None:
                raise forms.ValidationError(
                    _("Aucun dossier de votre cellule ne porte cette référence.")
                )
            subjects = references.subjects_of(self._viewer, self._case)
            named = [(str(subject), name) for subject, name in subjects.items()]
            self._choices("objet", [("", _("Tout le dossier")), *named])
            self._subjects = bool(named)
        return text

    def clean(self) -> dict[str, Any]:
        """The period must not end before it begins."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("du") and found.get("au") and found["au"] < found["du"]:
            self.add_error("au", _("La fin de la période précède son début."))
        if found.get("objet") and not found.get("dossier") and "dossier" not in self.errors:
            self.add_error("dossier", _("Indiquez le dossier de ce nom ou de ce document."))
        return found

    def has_subjects(self) -> bool:
        """Whether there is a name or a document to choose, or one that was chosen wrongly."""
        return self._subjects or bool(self["objet"].errors or self.data.get("objet"))

    def has_others(self) -> bool:
        """Whether something is set, or wrong, of what is not about a case."""
        others = self.fields.keys() - {"dossier", "objet"}
        return any(self.data.get(name) or self[name].errors for name in others)

    def filters(self) -> Filters:
        """The same, as the selector takes it."""
        chosen = self.cleaned_data
        return Filters(
            case=self._case,
            subject=id_in(chosen["objet"]),
            actor=id_in(chosen["personne"]),
            agency=id_in(chosen["organisme"]),
            group=chosen["nature"],
            kind=chosen["evenement"],
            channel=chosen["moyen"],
            outcome=chosen["resultat"],
            since=midnight(chosen["du"]) if chosen["du"] else None,
            until=midnight(min(chosen["au"], LAST) + timedelta(days=1)) if chosen["au"] else None,
        )


def filters_in(query: QueryDict) -> QueryDict:
    """The filters of the journal that are set in an address, and nothing else of it."""
    kept = QueryDict(mutable=True)
    for name in FiltersForm.base_fields:
        if value := query.get(name, ""):
            kept[name] = value
    return kept


def _people(viewer: Viewer, chosen: str) -> list[tuple[str, Any]]:
    """Everybody of the cell, and whoever a line of the journal was clicked for."""
    named = people.everybody(viewer)
    return [
        ("", _("Toutes")),
        *_list(named, chosen, lambda found: people.names_of(viewer, found)),
    ]


def _agencies(viewer: Viewer, chosen: str) -> list[tuple[str, Any]]:
    """Every agency that takes part in the cell or has; another stays as it was sent, unnamed."""
    return [("", _("Tous")), *_list(people.every_agency(viewer), chosen, lambda found: {})]


def _list(
    named: Mapping[UUID, str], chosen: str, names_of: Callable[[list[UUID]], Mapping[UUID, str]]
) -> list[tuple[str, Any]]:
    known = {str(found): name for found, name in named.items()}
    if (one := id_in(chosen)) is not None and str(one) not in known:
        known[str(one)] = names_of([one]).get(one, chosen)
    return sorted(known.items(), key=lambda item: item[1])


def _just(chosen: str) -> list[tuple[str, Any]]:
    """A choice that stays as it was sent until its case is known."""
    return [("", _("Tout le dossier")), *([(chosen, chosen)] if id_in(chosen) else [])]
