"""What stands out: each finding with what it means, where it shows, and its conclusion."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from audit import people, policies, references
from audit.desk.events import CONCLUSIONS
from audit.desk.findings import PERIODS, Finding, Told, findings, looked_until
from audit.desk.services.conclude import conclude
from kernel.errors import NotFound
from kernel.http.acting import Act, kept, perform
from kernel.http.pages import page
from kernel.viewer import Viewer

NAME: Final = "name-of-its-finding"
"""Where a form has the name of its finding."""


class ConclusionForm(forms.Form):
    """What came of looking at a finding."""

    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=[("", _("Choisir")), *CONCLUSIONS.items()]
    )


@page
def findings_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The findings of the last days; a conclusion about one of them."""
    if not policies.can_read(viewer):
        raise NotFound
    if request.method != "POST":
        return _page(request, viewer, {})
    name = request.POST.get("constat", "")
    chosen = _chosen(name)
    if chosen is None:
        messages.error(request, _now("Choisissez un constat de la liste, puis sa conclusion."))
        return kept(_page(request, viewer, {}), 422)
    code, about, day, n = chosen
    form = ConclusionForm(request.POST, prefix=name)

    def do() -> UUID:
        conclusion = form.cleaned_data["conclusion"]
        return conclude(viewer, rule=code, about=about, day=day, n=n, conclusion=conclusion)

    act = Act(
        f"conclude-finding:{name}",
        do,
        f"{reverse('audit:findings')}?jours={_days(request)}",
        _("La conclusion est enregistrée."),
    )
    return perform(
        request, viewer, act, form=form, again=lambda: _page(request, viewer, {name: form})
    )


def _page(
    request: HttpRequest, viewer: Viewer, forms_by_name: Mapping[str, ConclusionForm]
) -> HttpResponse:
    days = _days(request)
    until = looked_until(viewer)
    told = findings(viewer, days)
    every = [one for each in told for one in each.findings]
    accounts = {one.found.concerned for one in every} | {
        one.review.by_account for one in every if one.review
    }
    names = people.names_of(viewer, {account for account in accounts if account})
    agencies = people.agencies_of(viewer, {one.found.agency for one in every if one.found.agency})
    cases = references.references_of(
        viewer, {one.found.case_id for one in every if one.found.case_id}
    )
    url = reverse("audit:findings")
    # Hundreds of them differ by a name alone: drawn once, as each takes as long as its line.
    drawn = render_to_string(
        "audit/conclusion.html", {"form": ConclusionForm(prefix=NAME), "name": NAME}, request
    )
    blank = drawn.replace("{", "{{").replace("}", "}}").replace(NAME, "{name}")
    context = {
        "told": [
            {"rule": each.rule, "more": each.more}
            | {"lines": list(_lines(each, names, agencies, cases, forms_by_name, blank))}
            for each in told
        ],
        "until": until,
        "days": str(days),
        "periods": [(str(n), _now("%(n)d jours") % {"n": n}, f"{url}?jours={n}") for n in PERIODS],
        "action": f"{url}?jours={days}",
    }
    return render(request, "audit/findings.html", context)


def _lines(
    each: Told,
    names: Mapping[UUID, str],
    agencies: Mapping[UUID, str],
    cases: Mapping[UUID, str],
    forms_by_name: Mapping[str, ConclusionForm],
    blank: str,
) -> Iterator[dict[str, object]]:
    for one in each.findings:
        found, name = one.found, _name(one)
        who = found.concerned
        seen = QueryDict(mutable=True)
        seen.update({name: str(value) for name, value in found.seen_in.items()})
        yield {
            "day": found.day,
            "who": names.get(who, str(who)) if who else "",
            "agency": agencies.get(found.agency, "") if found.agency else "",
            "reference": cases.get(found.case_id, "") if found.case_id else "",
            "n": found.n,
            "journal": f"{reverse('audit:journal')}?{seen.urlencode()}",
            "settled_at": found.settled_at,
            "own": one.own,
            "review": one.review,
            "conclusion": CONCLUSIONS[one.review.conclusion] if one.review else "",
            "by": names.get(one.review.by_account, "") if one.review else "",
            "name": name,
            "form_label": _now("Conclure : %(rule)s, %(who)s, %(day)s")
            % {
                "rule": each.rule.label,
                "who": names.get(who, str(who))
                if who
                else agencies.get(found.agency or found.about, ""),
                "day": date_format(found.day, "d/m/Y"),
            },
            "form": forms_by_name.get(name),
            "blank": format_html(blank, name=name),
        }


def _name(one: Finding) -> str:
    """A finding as it was shown: with how much was found."""
    return f"{one.rule.code}_{one.found.about}_{one.found.day.isoformat()}_{one.found.n}"


def _chosen(name: str) -> tuple[str, UUID, date, int] | None:
    code, _sep, rest = name.partition("_")
    about, _sep, rest = rest.partition("_")
    day, _sep, n = rest.partition("_")
    try:
        return code, UUID(about), date.fromisoformat(day), int(n)
    except ValueError:
        return None


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("jours", "")
    return int(asked) if asked in map(str, PERIODS) else PERIODS[1]
