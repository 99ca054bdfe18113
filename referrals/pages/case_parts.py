"""The parts of an opened case as its page prints them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.naming import STANDS_IN
from kernel.clock import now
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import CaseFile, PartyLine
from referrals.compartments import compartments_in
from referrals.intake.escalation import FactKind, ParentsInformed, Place, Source, StepTaken
from referrals.models import Case, Measure, Milestone, Share
from referrals.models.history import MeasureState
from referrals.models.share import ShareState
from referrals.pages.wording import SHARE_TONES, milestone_words
from referrals.sharing.glass import running_on
from referrals.states import ENDS

LATEST = 5
LIVE = (ShareState.PROPOSED, ShareState.ACCEPTED)
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Order:
    """What the prosecutor has ordered on a case, in plain words; never why."""

    title: object
    text: object


def orders(viewer: Viewer, opened: CaseFile) -> list[Order]:
    """The prosecutor's orders that hold now, as this seat needs to know them."""
    case, found = opened.case, []
    if case.acts_frozen_at is not None:
        text = _(
            "Vous lisez ce qui vous est ouvert. Rien ne s'ajoute et rien ne se décide"
            " tant que cette consigne tient."
        )
        if policies.can_act(viewer, case):
            text = _("Les autres services lisent, et n'ajoutent ni ne décident plus rien.")
        found.append(Order(_("Le parquet a suspendu les actes des autres services"), text))
    if case.interviews_paused_at is not None:
        text = _(
            "N'interrogez ni les élèves ni les témoins sur les faits. Continuez à protéger l'élève."
        )
        found.append(Order(_("Le parquet demande de ne mener aucun entretien"), text))
    closed = compartments_in(case.closed_scope)
    if closed and policies.steers(viewer, case):
        names = ", ".join(str(part.label) for part in closed)
        found.append(Order(_("Le parquet a fermé des parties à tout nouveau partage"), names))
    return found


def emergencies(viewer: Viewer, case: Case) -> list[dict[str, object]]:
    """The emergency accesses that run: one's own can be closed, of others it is said whose."""
    return [
        {
            "glass": glass,
            "mine": glass.seat_id == viewer.seat_id,
            "parts": [part.label for part in compartments_in(glass.scope)],
            "url": reverse("referrals:close_glass", args=[glass.pk]),
        }
        for glass in running_on(viewer, case)
    ]


def parties(opened: CaseFile) -> list[dict[str, object]]:
    """The pupils by initials and number, with the address that shows the name."""
    return [
        {
            "id": party.id,
            "label": _label(party),
            "role": party.role_label,
            "reveal": _("Afficher ce qu'on sait") if _nameless(party) else _("Afficher le nom"),
            "url": reverse("referrals:reveal", args=[party.id]),
        }
        for party in opened.parties
    ]


def _nameless(party: PartyLine) -> bool:
    return party.label.startswith(UNKNOWN)


def _label(party: PartyLine) -> object:
    if _nameless(party):
        return _("Élève inconnu %(number)s") % {"number": party.label.removeprefix(UNKNOWN).strip()}
    return party.label


def facts(opened: CaseFile) -> list[dict[str, object]]:
    """What happened, each with its words for codes."""
    return [
        {
            "kind": FactKind(fact["kind"]).label,
            "place": Place(fact["place"]).label,
            "source": Source(fact["source"]).label,
            "began_on": date.fromisoformat(fact["began_on"]),
            "ended_on": date.fromisoformat(fact["ended_on"]) if fact["ended_on"] else None,
            "narrative": fact["narrative"],
        }
        for fact in opened.contents.get("facts", {}).get("facts", [])
    ]


def steps(opened: CaseFile) -> dict[str, object] | None:
    """What the school has done, when this viewer may see it."""
    found = opened.contents.get("school_steps")
    if found is None:
        return None
    informed_on = found["parents_informed_on"]
    return {
        "taken": [StepTaken(code).label for code in found["taken"]],
        "narrative": found["narrative"],
        "incident_reference": found["incident_reference"],
        "incident_level": found["incident_level"],
        "parents": ParentsInformed(found["parents_informed"]).label,
        "parents_on": date.fromisoformat(informed_on) if informed_on else None,
    }


def measures(viewer: Viewer, opened: CaseFile) -> list[dict[str, object]]:
    """The measures, those to be done first, the soonest due on top."""
    rows = [_measure(viewer, opened.case, *line) for line in opened.measures]
    return sorted(rows, key=lambda row: bool(row["done"]))


def _measure(viewer: Viewer, case: Case, measure: Measure, note: str) -> dict[str, object]:
    planned = measure.state == MeasureState.PLANNED
    late = planned and measure.due_on < timezone.localdate()
    return {
        "measure": measure,
        "note": note,
        "done": not planned,
        "state": _("En retard") if late else measure.get_state_display(),
        "tone": "danger" if late else "info" if planned else "success",
        "can_finish": planned
        and case.state not in ENDS
        and policies.can_act(viewer, case)
        and policies.can_finish_measure(viewer, measure),
        "url": reverse("referrals:finish_measure", args=[measure.pk]),
    }


def documents(opened: CaseFile) -> list[dict[str, object]]:
    """The documents that this seat may see, each with the address that gives it out."""
    return [
        {
            "line": line,
            "url": reverse("referrals:document", args=[line.id]),
            "download_url": reverse("referrals:download_document", args=[line.id]),
            "download_label": _("Télécharger"),
            "can_check": line.pending and line.editable,
            "check_url": reverse("referrals:check_document", args=[line.id]),
        }
        for line in opened.documents
    ]


def shares(viewer: Viewer, opened: CaseFile) -> list[dict[str, object]]:
    """The shares that this seat gives, those that run or wait first."""
    given = [share for share in opened.shares if share.from_unit in viewer.units]
    rows = [_share(viewer, opened.case, share) for share in given]
    return sorted(rows, key=lambda row: not row["live"])


def _share(viewer: Viewer, case: Case, share: Share) -> dict[str, object]:
    live = share.state in LIVE
    return {
        "share": share,
        "parts": [part.label for part in compartments_in(share.scope)],
        "live": live,
        "tone": SHARE_TONES.get(share.state, "neutral"),
        "can_revoke": live and policies.can_revoke_share(viewer, share),
        "can_renew": share.state == ShareState.ACCEPTED
        and share.expires_at > now()
        and policies.can_act(viewer, case)
        and policies.can_renew_share(viewer, share),
        "renew_url": reverse("referrals:renew_share", args=[share.pk]),
        "url": reverse("referrals:revoke_share", args=[share.pk]),
        "preview_url": reverse("referrals:preview_share", args=[share.pk])
        if live and policies.can_revoke_share(viewer, share)
        else "",
        "dialog": f"retirer-{share.pk}",
    }


def received(viewer: Viewer, opened: CaseFile) -> list[dict[str, object]]:
    """The shares by which this seat sees the case: what, why and until when."""
    return [
        {"share": share, "parts": [part.label for part in compartments_in(share.scope)]}
        for share in opened.shares
        if share.to_unit in viewer.units and share.state == ShareState.ACCEPTED
    ]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history."""

    title: object
    line: Milestone

    @property
    def actor(self) -> str:
        """The agency that acted; with both names when somebody stood in for somebody."""
        if STANDS_IN in self.line.by_name:
            return f"{self.line.by_name}, {self.line.by_agency}"
        return self.line.by_agency


def history(opened: CaseFile) -> tuple[list[Event], list[Event]]:
    """The newest lines of the history, and those before them; newest first."""
    lines = [Event(_title(line), line) for line in reversed(opened.milestones)]
    return lines[:LATEST], lines[LATEST:]


def _title(line: Any) -> object:
    words = milestone_words(line.kind)
    if not line.detail or line.detail == line.by_agency:
        return words
    return _("%(what)s : %(detail)s") % {"what": words, "detail": line.detail}
