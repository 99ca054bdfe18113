"""A whole cell with people in it, and cases brought to any step by the services that lead there."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone

from agencies.models import Accession, Coverage
from agencies.operator import ALIAS
from agencies.services.open_session import open_session
from kernel.clock import now
from kernel.http.sessions import scope_token
from kernel.models import ScopeSession
from kernel.scope import acting_as
from kernel.viewer import Viewer
from referrals import partners
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.close import close
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.intake.escalation import (
    Escalation,
    FactInput,
    FactKind,
    ParentsInformed,
    PartyInput,
    Place,
    Source,
    StepsInput,
    StepTaken,
)
from referrals.intake.services.activate import activate
from referrals.intake.services.start_draft import start_draft
from referrals.intake.services.submit import submit
from referrals.intake.services.triage import triage
from referrals.models.case import Outcome, Urgency
from referrals.models.content import PartyRole
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose
from tests.agencies.factories import (
    Person,
    a_browser,
    a_cell,
    a_person,
    an_accession,
    an_origin,
    communes_for,
)


class Seated:
    """A person of the world: their viewer for services, their browser for pages.

    The agency takes part in the cell from the start; its person joins when a test needs them.
    """

    def __init__(self, accession: Accession, *roles: str) -> None:
        self.accession = accession
        self.accession_id: UUID = accession.pk
        self.roles = roles

    @cached_property
    def person(self) -> Person:
        """Somebody of the agency, with a password and an authenticator."""
        return a_person(self.accession, *self.roles)

    @cached_property
    def viewer(self) -> Viewer:
        """A viewer with a live session of its own, that lasts as long as the tests do."""
        viewer = self.person.viewer()
        _keep_alive(self.person)
        return viewer

    @cached_property
    def browser(self) -> Client:
        """A browser signed in with both factors."""
        return browser_of(self.person)


class World:
    """One cell of its own with a seat for everybody that a case passes by."""

    def __init__(self) -> None:
        self.cell = a_cell()
        self.communes = communes_for(self.cell)
        self.pilot = self._seat("school", "school_pilot")
        self.other_pilot = self._seat("school", "school_pilot")
        dsden = an_accession(self.cell, kind="dsden")
        self.coordinator = Seated(dsden, "cell_coordinator")
        self.auditor = Seated(dsden, "auditor")
        self.cell_admin = Seated(dsden, "cell_admin")
        self.prosecutor = self._seat("prosecutor", "prosecutor")
        self.gendarme = self._seat("gendarmerie", "agency_partner")
        self.police = self._seat("police", "agency_partner")
        self.victim_support = self._seat("victim_support", "agency_partner")
        self.prefecture = self._seat("prefecture", "agency_partner")

    def _seat(self, kind: str, *roles: str) -> Seated:
        return Seated(an_accession(self.cell, kind=kind), *roles)

    @cached_property
    def gendarme_lead(self) -> Seated:
        """Who leads the people of the gendarmerie, and makes the tokens of its systems."""
        return lead_of(self.gendarme)

    def everybody(self) -> dict[str, Seated]:
        """Every seat by its name."""
        return {
            name: seat
            for name, seat in vars(self).items()
            if isinstance(seat, Seated) and name != "gendarme_lead"
        }

    def draft(self) -> UUID:
        """A case that the school has begun."""
        with acting_as(self.pilot.viewer) as viewer:
            return start_draft(viewer)

    def submitted(self, *, danger: bool = False, mark: str = "") -> UUID:
        """A case that has been sent. ``mark`` stands in every free text and name."""
        case_id = self.draft()
        with acting_as(self.pilot.viewer) as viewer:
            submit(viewer, case_id, an_escalation(danger=danger, mark=mark))
        return case_id

    def unassigned(self, **options: object) -> UUID:
        """A case that has been sent from a commune for which the territory names no office."""
        elsewhere = Coverage.objects.using(ALIAS).create(
            cell=self.cell,
            function="prosecutor",
            commune_insee=self.communes[0].insee,
            accession=self.prosecutor.accession,
        )
        try:
            return self.submitted(**options)  # type: ignore[arg-type]  # passed on as they are
        finally:
            elsewhere.delete()

    def qualified(self, **options: object) -> UUID:
        """A case that coordination has assessed."""
        case_id = self.submitted(**options)  # type: ignore[arg-type]  # passed on as they are
        with acting_as(self.coordinator.viewer) as viewer:
            triage(viewer, case_id, gravity=2, urgency=Urgency.HIGH)
        return case_id

    def activated(self, **options: object) -> UUID:
        """A case on which the prosecutor has activated the cell."""
        case_id = self.qualified(**options)
        with acting_as(self.prosecutor.viewer) as viewer:
            activate(viewer, case_id)
        return case_id

    def proposed(self, case_id: UUID, to: Seated, *parts: Compartment, **options: object) -> UUID:
        """A share that waits for its answer; the facts unless parts are named."""
        with acting_as(self.coordinator.viewer) as viewer:
            return propose(
                viewer,
                case_id,
                to_accession=to.accession_id,
                compartments=parts or (Compartment.FACTS,),
                purpose=Purpose.INVESTIGATION,
                legal_basis=LegalBasis.PROTOCOL,
                **options,  # type: ignore[arg-type]  # passed on as they are
            ).pk

    def shared(self, case_id: UUID, to: Seated, *parts: Compartment, **options: object) -> UUID:
        """A share that the agency has accepted."""
        share_id = self.proposed(case_id, to, *parts, **options)
        with acting_as(to.viewer) as viewer:
            answer.accept(viewer, share_id)
        return share_id

    def closed(self, case_id: UUID) -> None:
        """Bring an activated case with a measure to its end."""
        with acting_as(self.coordinator.viewer) as viewer:
            add_measure(
                viewer,
                case_id,
                kind=MeasureKind.SUPERVISION,
                owner_accession=self.pilot.accession_id,
                due_on=in_days(7),
            )
            resolve(viewer, case_id, outcome=Outcome.BULLYING_STOPPED)
            give_feedback(viewer, case_id, code=FeedbackCode.ENDED)
            close(viewer, case_id)

    def partner_names(self) -> list[str]:
        """The agencies that coordination may share with."""
        with acting_as(self.coordinator.viewer) as viewer:
            return [partner.kind for partner in partners.partners_to_share_with(viewer)]


def lead_of(seat: Seated) -> Seated:
    """Somebody who leads the people of the same agency."""
    return Seated(seat.accession, "agency_lead")


def in_days(days: int) -> date:
    """A date some days from today."""
    return timezone.localdate() + timedelta(days=days)


def an_escalation(*, danger: bool = False, mark: str = "") -> Escalation:
    """A complete referral of invented pupils. ``mark`` stands in every free text and name."""
    return Escalation(
        danger=danger,
        parties=(
            PartyInput(PartyRole.TARGET, f"Cible{mark}", f"Alba{mark}", date(2013, 4, 5), "5e B"),
            PartyInput(PartyRole.PRESUMED, f"Presume{mark}", f"Brume{mark}", date(2012, 1, 9), ""),
            PartyInput(PartyRole.WITNESS, f"Temoin{mark}", f"Corme{mark}", None, "5e C"),
        ),
        facts=(
            FactInput(
                FactKind.VERBAL,
                Place.YARD,
                in_days(-20),
                in_days(-2),
                Source.TOLD_BY_TARGET,
                f"Insultes répétées {mark}",
            ),
        ),
        steps=StepsInput(
            taken=(StepTaken.TARGET_INTERVIEW, StepTaken.PARENTS_INTERVIEW),
            narrative=f"Deux entretiens {mark}",
            incident_reference="FE-1234",
            incident_level=2,
            parents_informed=ParentsInformed.YES,
            parents_informed_on=in_days(-3),
            rights_notice_given=True,
        ),
    )


def browser_of(person: Person, *, seat_id: UUID | None = None) -> Client:
    """A browser whose cookie belongs to a live session of this person, both factors shown."""
    key = secrets.token_hex(16)
    open_session(
        an_origin(),
        account_id=person.account_id,
        seat_id=seat_id or person.seat_id,
        token=scope_token(key),
        factor_at=now(),
    )
    _keep_alive(person)
    browser = a_browser()
    browser.cookies[settings.SESSION_COOKIE_NAME] = key
    return browser


def _keep_alive(person: Person) -> None:
    """Put the idle end of this person's sessions off: a slow run must not sign anybody out.

    Nor must it make a factor stale: a test that is about that says so with ``stale``.
    """
    sessions = ScopeSession.objects.using("signin").filter(account_id=person.account_id)
    sessions.update(idle_until=F("expires_at"), factor_at=F("expires_at"))


def stale(person: Person) -> None:
    """The last factor of this person's sessions was shown some minutes ago."""
    sessions = ScopeSession.objects.using("signin").filter(account_id=person.account_id)
    sessions.update(factor_at=now() - timedelta(minutes=6))
