"""The page on which who answers for data protection asks for one pupil's data."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import NotAllowed
from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals import policies
from referrals.exporting.services.want import want_person
from referrals.pages.acting import Act, perform, posted


class ReferenceForm(forms.Form):
    """Which case."""

    reference = forms.CharField(
        label=_("Référence du dossier"),
        help_text=_("Telle qu'on vous l'a donnée, par exemple 80-2026-00042."),
        max_length=40,
    )


@page
def person_wanted(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Which case the pupil is in; POST asks coordination for the export."""
    if not policies.can_want_person(viewer):
        raise NotAllowed
    form = ReferenceForm(posted(request))

    def shown() -> HttpResponse:
        return render(request, "referrals/person_wanted.html", {"form": form})

    if request.method != "POST":
        return shown()

    def do() -> UUID:
        return want_person(viewer, reference=form.cleaned_data["reference"])

    act = Act(
        "person-wanted",
        do,
        reverse("referrals:person_wanted"),
        _("La coordination est prévenue. Dites-lui de vive voix de quel élève il s'agit."),
    )
    return perform(request, viewer, act, form=form, again=shown)
