"""Every component on one page, with invented content: for those who build pages and for tests."""

from datetime import UTC, datetime

from django import forms
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kernel.ui.forms import (
    CheckboxChoices,
    Code,
    DateInput,
    DateTimeInput,
    PlainTextarea,
    RadioChoices,
    TimeInput,
)


class Sample(forms.Form):
    """One field of each kind."""

    title = forms.CharField(
        label="Objet", help_text="En quelques mots, sans nom de famille.", max_length=120
    )
    story = forms.CharField(
        label="Ce que vous savez",
        help_text="Même incomplet. Vous pourrez compléter plus tard.",
        widget=PlainTextarea(),
        required=False,
    )
    place = forms.ChoiceField(
        label="Lieu",
        choices=[("", "Choisir"), ("yard", "Cour"), ("class", "Classe"), ("online", "En ligne")],
    )
    urgent = forms.ChoiceField(
        label="Y a-t-il un danger immédiat ?",
        choices=[("no", "Non"), ("yes", "Oui"), ("unknown", "Je ne sais pas")],
        widget=RadioChoices(hints={"yes": "Les numéros à appeler s'affichent tout de suite."}),
    )
    told = forms.MultipleChoiceField(
        label="Qui est informé ?",
        choices=[("parents", "Les parents"), ("head", "La direction"), ("nurse", "L'infirmerie")],
        widget=CheckboxChoices(hints={"parents": "Au moins un responsable légal."}),
        required=False,
    )
    reason = forms.CharField(label="Pourquoi les parents ne le sont pas", required=False)
    began_on = forms.DateField(label="Depuis le", widget=DateInput(), required=False)
    at = forms.TimeField(label="Vers", widget=TimeInput(), required=False)
    met_at = forms.DateTimeField(label="Rencontre", widget=DateTimeInput(), required=False)
    code = forms.CharField(label="Code à usage unique", widget=Code())
    document = forms.FileField(label="Pièce jointe", required=False)
    upload = forms.CharField(required=False, widget=forms.HiddenInput())
    upload_name = forms.CharField(required=False, widget=forms.HiddenInput())
    document_too = forms.FileField(label="Autre pièce jointe", required=False)
    true_copy = forms.BooleanField(label="Je certifie que ces informations sont exactes")
    trace = forms.CharField(widget=forms.HiddenInput(), initial="exemple")


class Person(forms.Form):
    """A block that repeats."""

    role = forms.ChoiceField(label="Rôle", choices=[("seen", "A vu"), ("heard", "A entendu")])
    initials = forms.CharField(label="Initiales", max_length=4)


People = formset_factory(Person, extra=0, can_delete=True, max_num=5)
GIVEN = {"title": "", "place": "yard", "urgent": "yes", "code": "12", "trace": "exemple"}


def gallery(request: HttpRequest) -> HttpResponse:
    """The page. It reads and changes nothing."""
    context = {
        "codes": ["abcd-efgh-jkmn", "pqrs-tuvw-xyz2"],
        "form": Sample(initial={"urgent": "no", "place": "yard"}),
        "wrong": Sample({"wrong-" + k: v for k, v in GIVEN.items()}, prefix="wrong"),
        "people": People(initial=[{"role": "seen", "initials": "A.B."}], prefix="people"),
        "now": datetime(2026, 11, 20, 9, 42, tzinfo=UTC),
        "rows": [
            ("80-2026-00042", "Collège des Tilleuls", "Élevée", "danger", "À qualifier", "warning"),
            ("80-2026-00041", "École du Port", "Modérée", "warning", "Activé", "progress"),
            ("80-2026-00039", "Lycée Marie-Ravine", "Faible", "info", "Résolu", "success"),
        ],
        "words": "Merci de préciser la période.\nEt de dire qui a recueilli la parole de l'élève.",
        "filters": [("new", "À trier", "/"), ("mine", "Les miennes", "/"), ("all", "Toutes", "/")],
        "rooms": [("meeting:1", 3), ("meeting:2", 0)],
        "bars": [("Janvier", 12, 1), ("Février", 7, 0), ("Mars", 18, 3)],
        "tones": ["neutral", "info", "progress", "success", "warning", "danger"],
    }
    return render(request, "ui/gallery.html", context)
