"""The rules of the cell: who activates, what goes to the prosecutor, deadlines, retention."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.models.policy import RETENTION
from agencies.pages.cell.common import administration
from agencies.pages.cell.rules_forms import RulesForm
from agencies.rule_words import RULE_WORDS
from agencies.rules import rules_of
from agencies.services.set_rules import set_rules
from kernel.http.acting import Act, perform, posted, version_of
from kernel.ids import uuid7
from kernel.viewer import Viewer


@administration
def rules(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Read and change them on one page; a version that somebody else has replaced is refused."""
    current = rules_of(viewer.cell_id)
    form = RulesForm(posted(request), initial=current.flat())

    def do() -> UUID:
        set_rules(viewer, form.wanted(), version=version_of(request))
        return uuid7()

    def again() -> HttpResponse:
        now_in_force = rules_of(viewer.cell_id)
        context = {
            "form": form,
            "rules": now_in_force,
            "retention": [form[name] for name in RETENTION],
            "paces": form.paces(),
        }
        return render(request, "agencies/cell/rules.html", context)

    if request.method != "POST":
        return again()
    act = Act("rules", do, reverse("agencies:cell_rules"), _("Les règles sont enregistrées."))
    return perform(request, viewer, act, form=form, again=again, words=RULE_WORDS)
