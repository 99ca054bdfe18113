"""An auditor's own views of the journal: filters under a name, to come back to."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.desk.pages.exports import words_of
from audit.desk.services.views import LONGEST, forget_view, save_view, views_of
from audit.pages.filters import FiltersForm, filters_in
from kernel.http.acting import Act, perform
from kernel.http.pages import page
from kernel.ids import id_in
from kernel.viewer import Viewer

LONGEST_QUERY = 1500


class ViewForm(forms.Form):
    """The name of a view; the filters come with it."""

    nom = forms.CharField(
        label=_("Nom de la vue"),
        help_text=_("Pour vous seul. N'y écrivez aucun nom d'élève."),
        max_length=LONGEST,
    )
    filtres = forms.CharField(required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput)


@page
def views(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One's own views; keep another one, or forget one."""
    query = filters_in(request.GET).urlencode()
    if request.method != "POST":
        return _page(request, viewer, ViewForm(initial={"filtres": query}))
    form = ViewForm(request.POST)
    gone = id_in(request.POST.get("oublier", ""))
    if gone is not None:
        act = Act(
            f"forget-view:{gone}",
            lambda: forget_view(viewer, gone),
            reverse("audit:views"),
            _("La vue est oubliée."),
        )
        return perform(request, viewer, act, again=lambda: _page(request, viewer, ViewForm()))

    def do() -> UUID:
        kept = filters_in(QueryDict(form.cleaned_data["filtres"])).urlencode()
        return save_view(viewer, label=form.cleaned_data["nom"], query=kept)

    act = Act("save-view", do, reverse("audit:views"), _("La vue est gardée."))
    return perform(request, viewer, act, form=form, again=lambda: _page(request, viewer, form))


def _page(request: HttpRequest, viewer: Viewer, form: ViewForm) -> HttpResponse:
    journal = reverse("audit:journal")
    kept = [
        {"id": view_id, "label": label, "url": f"{journal}?{query}"}
        for view_id, label, query in views_of(viewer)
    ]
    asked = form.data.get("filtres", "") if form.is_bound else form.initial.get("filtres", "")
    context = {"form": form, "views": kept, "asked": asked, "words": _words(viewer, asked)}
    return render(request, "audit/views.html", context)


def _words(viewer: Viewer, asked: str) -> list[tuple[str, str]]:
    """What would be kept, as people read it; nothing for filters that no longer mean anything."""
    chosen = FiltersForm(filters_in(QueryDict(asked[:LONGEST_QUERY])), viewer=viewer)
    return words_of(viewer, chosen.filters()) if asked and chosen.is_valid() else []
