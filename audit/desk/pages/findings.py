"""What stands out: each finding with what it means, where it shows, and its conclusion."""

from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
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

NAME, LABEL, KEY = "name-of-its-finding", "label-of-its-finding", "key-of-its-form"
"""Where a form has what no other has."""


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
    blank = Blank(request, f"{url}?jours={days}")
    context = {
        "told": [
            {"rule": each.rule, "more": each.more}
            | {"lines": list(_lines(each, names, agencies, cases, forms_by_name, blank))}
            for each in told
        ],
        "until": until,
        "days": str(days),
        "periods": [(str(n), _now("%(n)d jours") % {"n": n}, f"{url}?jours={n}") for n in PERIODS],
    }
    return render(request, "audit/findings.html", context)


class Blank:
    """The form of a finding. Hundreds of them differ by three words: they are drawn once."""

    def __init__(self, request: HttpRequest, action: str) -> None:
        self._request, self._action = request, action
        drawn = self.drawn(ConclusionForm(prefix=NAME), NAME, LABEL, KEY)
        self._blank = drawn.replace("{", "{{").replace("}", "}}")
        for word, own in ((NAME, "{name}"), (LABEL, "{label}"), (KEY, "{key}")):
            self._blank = self._blank.replace(word, own)

    def drawn(self, form: ConclusionForm, name: str, label: str, key: str | None = None) -> str:
        """One that was filled in already, with what is wrong in it."""
        said = {"form": form, "name": name, "label": label, "key": key, "action": self._action}
        return render_to_string("audit/conclude.html", said, self._request)

    def of(self, name: str, label: str) -> str:
        """One that nobody has filled in."""
        return format_html(self._blank, name=name, label=label, key=uuid4().hex)


def _lines(
    each: Told,
    names: Mapping[UUID, str],
    agencies: Mapping[UUID, str],
    cases: Mapping[UUID, str],
    forms_by_name: Mapping[str, ConclusionForm],
    blank: Blank,
) -> Iterator[dict[str, object]]:
    journal, wording = reverse("audit:journal"), _now("Conclure : %(rule)s, %(who)s, %(day)s")
    rule = str(each.rule.label)
    for one in each.findings:
        found, name, form = one.found, _name(one), ""
        who = found.concerned
        whose = names.get(who, str(who)) if who else agencies.get(found.agency or found.about, "")
        label = wording % {"rule": rule, "who": whose, "day": date_format(found.day, "d/m/Y")}
        if not (one.own or one.review or found.settled_at):
            sent = forms_by_name.get(name)
            form = blank.drawn(sent, name, label) if sent else blank.of(name, label)
        yield {
            "day": found.day,
            "who": whose if who else "",
            "agency": agencies.get(found.agency, "") if found.agency else "",
            "reference": cases.get(found.case_id, "") if found.case_id else "",
            "n": found.n,
            "journal": f"{journal}?{urlencode(found.seen_in)}",
            "settled_at": found.settled_at,
            "own": one.own,
            "review": one.review,
            "conclusion": CONCLUSIONS[one.review.conclusion] if one.review else "",
            "by": names.get(one.review.by_account, "") if one.review else "",
            "name": name,
            "form_label": label,
            "form": form,
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
