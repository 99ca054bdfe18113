"""One case of a cell at every step, with all that hangs on it: what strangers must not see."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from agencies.models import AllowedProvider
from agencies.oidc.backend import Proven
from agencies.services.cover import name_deputy
from agencies.services.link_identity import link_identity
from agencies.services.make_token import make_token
from audit.desk.filters import Filters
from kernel.clock import now
from kernel.scope import acting_as
from meetings.services.conduct import open_meeting
from meetings.services.convene import convene
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.casefile.selectors import case_file
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.documents.services.upload import begin_upload
from referrals.follow_up.services.close import close
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.intake.services.save_draft import save_draft
from referrals.models.case import Outcome
from referrals.models.glass import Emergency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.ask import ask_access
from referrals.sharing.services.break_glass import break_glass
from tests.agencies.factories import Person, a_person, an_accession, an_agency, an_origin
from tests.agencies.inviting import invited, role_change_proposed, sent
from tests.agencies.replacing import agreed_to_replace, asked_to_replace
from tests.audit.working import seal
from tests.support.database import admin
from tests.support.documents import a_document, a_pdf
from tests.support.exports import extracted, made
from tests.support.searching import database_name
from tests.support.secrecy import secret_offer
from tests.support.world import World, in_days


def a_mark() -> str:
    """A word that occurs nowhere else, to be looked for in everything that leaves."""
    return f"CNRY{secrets.token_hex(6)}"


VERSIONED = ("referrals_case", "referrals_share", "referrals_request", "meetings_meeting")


class Scene:
    """Makes the objects that operations are about; ``the`` keeps one of each, ``fresh`` does not.

    Each is made before anybody's transaction opens: in one, time stands still.

    The gendarmerie has the facts and the presumed author's identity of every activated case.
    """

    def __init__(self) -> None:
        self.world, self.mark = World(), a_mark()
        self._kept: dict[str, UUID] = {}
        self._makers: dict[str, Callable[[], UUID]] = {
            "draft": self._draft,
            "submitted": lambda: self.world.submitted(mark=self.mark),
            "unassigned": lambda: self.world.unassigned(mark=self.mark),
            "qualified": lambda: self.world.qualified(mark=self.mark),
            "activated": self._activated,
            "planned": self._planned,
            "resolved": self._resolved,
            "told": self._told,
            "closed": self._closed,
            "target": lambda: self._party("target"),
            "presumed": lambda: self._party("presumed_perpetrator"),
            "offer": lambda: self.world.proposed(self._qualified_and_active(), self.world.gendarme),
            "running share": lambda: self.world.shared(
                self._qualified_and_active(), self.world.gendarme
            ),
            "secret offer": lambda: self._secret_offer()[0],
            "secret share": self._secret_share,
            "request": self._request,
            "measure": self._measure,
            "document": self._document,
            "upload": self._upload,
            "glass": lambda: self._glass(self.world.police.person),
            "to review": lambda: self._glass(a_person(self.world.police.accession)),
            "export": lambda: made(self.world.coordinator, self.the("activated")),
            "extract": self._extract,
            "identity": self._identity,
            "provider": self._provider,
            "meeting": self._meeting,
            "sitting": self._sitting,
            "asked": lambda: asked_to_replace(self.world.police.person),
            "agreed": lambda: agreed_to_replace(self.world, self.world.gendarme.person),
            "gendarme seat": lambda: self.world.gendarme.person.seat_id,
            "leaver": lambda: a_person(self.world.police.accession).seat_id,
            "agency": self._agency,
            "proposed cover": self._proposed_cover,
            "token": self._token,
            "organisation": lambda: an_agency("gendarmerie").pk,
            "school": lambda: self.world.pilot.accession.agency_id,
            "member": lambda: a_person(self.world.police.accession).seat_id,
            "invited": lambda: sent(self.world, "agency_partner"),
            "to confirm": lambda: invited(self.world, "agency_partner", "departmental_officer"),
            "role change": lambda: role_change_proposed(self.world),
        }

    @classmethod
    def whole(cls) -> "Scene":
        """A scene with one of every object, sealed: for tests that change nothing in it."""
        made = cls()
        for name in made.names():
            made.the(name)
        made.seal()
        return made

    def seal(self) -> None:
        """Seal the cell's log, as the sealer does all day."""
        seal(self.world.cell.pk)

    def the(self, about: str) -> UUID:
        """The scene's own object of that name; nobody changes it."""
        if about not in self._kept:
            self._kept[about] = self.fresh(about)
        return self._kept[about]

    def fresh(self, about: str) -> UUID:
        """A new object of that name, for an operation that changes it."""
        return self._makers[about]()

    def version_of(self, object_id: UUID) -> int:
        """The version of a case, share, request or meeting as it is now; 1 for what is none."""
        found = " UNION ALL ".join(f"SELECT version FROM {t} WHERE id = %(id)s" for t in VERSIONED)
        with admin(database_name()) as connection:
            row = connection.execute(found, {"id": object_id}).fetchone()
        return int(row[0]) if row else 1

    def names(self) -> list[str]:
        """Every object there is."""
        return list(self._makers)

    def secrets(self) -> list[str]:
        """What must not leave the cell: the mark, and who and what the cell is."""
        seats = self.world.everybody().values()
        agencies = {seat.accession.agency.name for seat in seats}
        people = {seat.viewer.display_name for seat in seats}
        ids = {str(value) for value in self._kept.values()}
        return sorted({self.mark, f"{self.world.cell.code}-20", *agencies, *people, *ids})

    def _draft(self) -> UUID:
        case_id = self.world.draft()
        typed = {"targets-0-family_name": [f"Cible{self.mark}"], "targets-TOTAL_FORMS": ["1"]}
        with acting_as(self.world.pilot.viewer) as viewer:
            save_draft(viewer, case_id, typed, version=1)
        return case_id

    def _secret_offer(self) -> tuple[UUID, Person]:
        """What is under professional secrecy, between two people whose seats are in no table."""
        world = self.world
        bound, officer = (
            a_person(seat.accession, *seat.roles, bound_by_secrecy=True)
            for seat in (world.coordinator, world.gendarme)
        )
        case_id = self._qualified_and_active()
        assert officer.viewer()
        with acting_as(bound.viewer()) as viewer:
            share_id = secret_offer(viewer, case_id, world.gendarme)
        return share_id, officer

    def _secret_share(self) -> UUID:
        share_id, officer = self._secret_offer()
        with acting_as(officer.viewer()) as viewer:
            answer.accept(viewer, share_id)
        return share_id

    def _qualified_and_active(self) -> UUID:
        return self.world.activated(mark=self.mark)

    def _activated(self) -> UUID:
        case_id = self._qualified_and_active()
        parts = (Compartment.FACTS, Compartment.IDENTITY_PRESUMED)
        self.world.shared(case_id, self.world.gendarme, *parts)
        return case_id

    def _planned(self) -> UUID:
        case_id = self._activated()
        self._add_measure(case_id)
        return case_id

    def _resolved(self) -> UUID:
        case_id = self._planned()
        with acting_as(self.world.coordinator.viewer) as viewer:
            resolve(viewer, case_id, outcome=Outcome.BULLYING_STOPPED)
        return case_id

    def _told(self) -> UUID:
        case_id = self._resolved()
        with acting_as(self.world.coordinator.viewer) as viewer:
            give_feedback(viewer, case_id, code=FeedbackCode.ENDED)
        return case_id

    def _closed(self) -> UUID:
        case_id = self._told()
        with acting_as(self.world.coordinator.viewer) as viewer:
            close(viewer, case_id)
        return case_id

    def _glass(self, person: Person) -> UUID:
        """An emergency access to a case that only who steers it sees otherwise."""
        case_id = self._qualified_and_active()
        with acting_as(self.world.coordinator.viewer) as viewer:
            reference = case_file(viewer, case_id).case.reference
        parts, why = [Compartment.FACTS], "Un élève en danger ce soir même."
        with acting_as(person.viewer()) as viewer:
            return break_glass(
                viewer,
                reference=reference,
                compartments=parts,
                emergency=Emergency.DANGER,
                reason=why,
            ).pk

    def _extract(self) -> UUID:
        self.seal()
        return extracted(self.world.auditor, Filters(outcome="done"))

    def _identity(self) -> UUID:
        pilot = self.world.pilot.person
        proven = Proven("https://ailleurs.exemple", "idp", f"s-{uuid4()}", False, None, "", "")
        return link_identity(an_origin(), pilot.viewer(), proven)

    def _provider(self) -> UUID:
        accepted = AllowedProvider(cell=self.world.cell, idp_id=f"idp-{uuid4()}", name="Ailleurs")
        accepted.save(using="operator", force_insert=True)
        return accepted.pk

    def _party(self, role: str) -> UUID:
        case_id = self.the("activated")
        with acting_as(self.world.pilot.viewer) as viewer:
            parties = case_file(viewer, case_id).parties
        return next(party.id for party in parties if party.role == role)

    def _measure(self) -> UUID:
        return self._add_measure(self._activated())

    def _document(self) -> UUID:
        """Of the facts, added before the gendarmerie was given them."""
        case_id = self._qualified_and_active()
        content = a_pdf(self.mark)
        found = a_document(self.world.pilot, case_id, content=content, name=f"{self.mark}.pdf")
        self.world.shared(case_id, self.world.gendarme, Compartment.FACTS)
        return found

    def _upload(self) -> UUID:
        case_id = self.the("activated")
        with acting_as(self.world.pilot.viewer) as viewer:
            return begin_upload(viewer, case_id, 100).pk

    def _add_measure(self, case_id: UUID) -> UUID:
        with acting_as(self.world.coordinator.viewer) as viewer:
            return add_measure(
                viewer,
                case_id,
                kind=MeasureKind.SUPERVISION,
                owner_accession=self.world.gendarme.accession_id,
                due_on=in_days(7),
                note=f"Passage devant la grille {self.mark}",
            ).pk

    def _request(self) -> UUID:
        case_id = self._activated()
        with acting_as(self.world.gendarme.viewer) as viewer:
            return ask_access(
                viewer,
                case_id,
                compartments=[Compartment.SCHOOL_STEPS],
                purpose=Purpose.PROTECTION,
                why=f"Pour la suite {self.mark}",
            ).pk

    def _agency(self) -> UUID:
        accession = an_accession(self.world.cell, kind="municipality")
        a_person(accession)
        return accession.pk

    def _proposed_cover(self) -> UUID:
        """A coordinator's, which waits for a second person."""
        accession = self.world.coordinator.accession
        away, deputy = a_person(accession, "cell_coordinator"), a_person(accession)
        with acting_as(away.viewer()) as viewer:
            return name_deputy(
                viewer,
                away.seat_id,
                deputy_id=deputy.seat_id,
                starts_at=now() + timedelta(days=1),
                ends_at=now() + timedelta(days=9),
            ).pk

    def _token(self) -> UUID:
        with acting_as(self.world.gendarme_lead.viewer) as viewer:
            return make_token(
                viewer,
                accession_id=self.world.gendarme.accession_id,
                called="Main courante",
                may=["shares.read"],
                days=30,
            ).id

    def _meeting(self) -> UUID:
        case_id = self.the("activated")
        with acting_as(self.world.coordinator.viewer) as viewer:
            return convene(
                viewer,
                case_id,
                starts_at=now() + timedelta(hours=1),
                agencies=[self.world.gendarme.accession_id],
            ).pk

    def _sitting(self) -> UUID:
        meeting_id = self._meeting()
        with acting_as(self.world.coordinator.viewer) as viewer:
            open_meeting(viewer, meeting_id)
            record_decision(
                viewer,
                meeting_id,
                code=next(iter(DecisionCode)),
                text=f"Décidé {self.mark}",
                due_on=in_days(7),
                owner_accession=None,
            )
        return meeting_id
