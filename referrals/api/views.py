"""Read cases; change one only through a named step."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.errors import Invalid
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import VersionIn
from referrals import partners
from referrals.api import documents, printing, shapes
from referrals.casefile.places import place_from, place_text
from referrals.casefile.selectors import FILTERS, case_file, case_for, case_list
from referrals.casefile.services.give_orders import give_orders
from referrals.casefile.services.reveal import reveal
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import BY_CODE
from referrals.follow_up.services.close import close
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve
from referrals.intake.escalation import PartyInput
from referrals.intake.services.acknowledge import acknowledge
from referrals.intake.services.activate import activate
from referrals.intake.services.name_prosecutor import name_prosecutor
from referrals.intake.services.search_before import search_before
from referrals.intake.services.start_draft import start_draft
from referrals.intake.services.submit import submit
from referrals.intake.services.triage import triage
from referrals.models.access import Level
from referrals.models.case import Outcome, Urgency
from referrals.models.content import PartyRole
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.request import RequestKind
from referrals.models.share import Purpose, RefusalReason, RenewalReason
from referrals.searching.question import Question
from referrals.searching.search import search_within
from referrals.sharing.audience import audience_of
from referrals.sharing.explaining import explain
from referrals.sharing.preview import Preview, preview_of_draft, preview_of_share
from referrals.sharing.received import received
from referrals.sharing.selectors import inbox
from referrals.sharing.services import answer as answering
from referrals.sharing.services.ask import ask_access, ask_information
from referrals.sharing.services.propose import propose
from referrals.sharing.services.renew import renew
from referrals.states import State


class ReferralViewSet(ScopedViewSet):
    """Cases of the caller's cell, within the caller's scope."""

    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """The newest cases; ``next`` carries the ``before`` of the following page."""
        which = request.query_params.get("filter", "all")
        if which not in FILTERS:
            raise Invalid(fields={"filter": [_("Ce filtre n'existe pas.")]})
        found = case_list(
            self.viewer, which=which, before=place_from(request.query_params.get("before", ""))
        )
        return self.answer(
            {
                "results": [printing.header(case) for case in found.cases],
                "next": place_text(found.next_before) or None,
            }
        )

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One case, opened compartment by compartment."""
        return self.answer(printing.case_file(case_file(self.viewer, pk)))

    def create(self, request: Request) -> Response:
        """Write and send a referral in one request: all or nothing."""
        data = self.valid(shapes.EscalationIn)

        def act() -> UUID:
            case_id = start_draft(self.viewer)
            return submit(self.viewer, case_id, shapes.escalation_from(data)).pk

        made = self.once(act)
        heard = partners.somebody_holds(self.viewer, partners.coordination_unit(self.viewer))
        header = printing.header(case_for(self.viewer, made))
        return self.answer(header | {"coordination_told": heard}, 201)

    @action(detail=True, methods=["get"])
    def readers(self, request: Request, pk: UUID) -> Response:
        """Who sees the case now, what of it and by what right."""
        return self.answer(printing.audience(audience_of(self.viewer, pk)))

    @action(detail=True, methods=["post"])
    def explain(self, request: Request, pk: UUID) -> Response:
        """Why a seat of the cell, or the caller's own, sees what it sees of the case."""
        seat = self.valid(shapes.ExplainIn)["seat"]
        return self.answer(printing.explanation(explain(self.viewer, pk, seat)))

    @action(detail=False, methods=["post"])
    def search(self, request: Request) -> Response:
        """Does the cell already follow this pupil? Yes or no."""
        data = self.valid(shapes.SearchIn)
        party = PartyInput(role=PartyRole.TARGET, class_group="", **data)
        found = search_before(self.viewer, party)
        contacts = partners.coordination_contacts(self.viewer) if found else []
        return self.answer({"found": found, "contacts": printing.contacts(contacts)})

    @action(detail=False, methods=["post"])
    def within(self, request: Request) -> Response:
        """Search in one's own cases; ``next`` is sent back with the same body while it is there."""
        data = self.valid(shapes.WithinIn)
        go_on = data.pop("next")
        question = Question(**data | {"states": tuple(map(State, data["states"]))})
        return self.answer(printing.found(search_within(self.viewer, question, go_on=go_on)))

    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: UUID) -> Response:
        """Take in hand."""
        data = self.valid(VersionIn)
        return self._header(self.once(lambda: acknowledge(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def triage(self, request: Request, pk: UUID) -> Response:
        """Gravity and urgency."""
        data = self.valid(shapes.TriageIn)
        data["urgency"] = Urgency(data["urgency"])
        return self._header(self.once(lambda: triage(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def prosecutor(self, request: Request, pk: UUID) -> Response:
        """Name the office that decides."""
        data = self.valid(shapes.ProsecutorIn)
        return self._header(self.once(lambda: name_prosecutor(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: UUID) -> Response:
        """The prosecutor's decision."""
        data = self.valid(VersionIn)
        return self._header(self.once(lambda: activate(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def orders(self, request: Request, pk: UUID) -> Response:
        """What the prosecutor orders: all of it at once, nothing is left out."""
        data = self.valid(shapes.OrdersIn)
        data["closed"] = [BY_CODE[code] for code in data["closed"]]
        return self._header(self.once(lambda: give_orders(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: UUID) -> Response:
        """What came of it."""
        data = self.valid(shapes.OutcomeIn)
        data["outcome"] = Outcome(data["outcome"])
        return self._header(self.once(lambda: resolve(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: UUID) -> Response:
        """Close the case."""
        data = self.valid(VersionIn)
        return self._header(self.once(lambda: close(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def feedback(self, request: Request, pk: UUID) -> Response:
        """Answer the school."""
        data = self.valid(shapes.FeedbackIn)
        data["code"] = FeedbackCode(data["code"])
        made = self.once(lambda: give_feedback(self.viewer, pk, **data).pk)
        return self.answer({"id": str(made)}, 201)

    @action(detail=True, methods=["post"])
    def measures(self, request: Request, pk: UUID) -> Response:
        """Decide a measure."""
        data = self.valid(shapes.MeasureIn)
        data["kind"] = MeasureKind(data["kind"])
        made = self.once(lambda: add_measure(self.viewer, pk, **data).pk)
        return self.answer({"id": str(made)}, 201)

    @action(detail=True, methods=["post"])
    def shares(self, request: Request, pk: UUID) -> Response:
        """Propose a share."""
        terms = shapes.terms_from(self.valid(shapes.ShareIn))
        made = self.once(lambda: propose(self.viewer, pk, **terms).pk)
        return self.answer({"id": str(made)}, 201)

    @action(detail=True, methods=["post"])
    def preview(self, request: Request, pk: UUID) -> Response:
        """The case as the agency of a share on these terms would be given it; nothing is sent."""
        terms = shapes.terms_from(self.valid(shapes.ShareIn))
        return previewed(preview_of_draft(self.viewer, pk, **terms))

    @action(detail=True, methods=["post"])
    def documents(self, request: Request, pk: UUID) -> HttpResponse:
        """Make a document of a file that has arrived in parts."""
        return documents.add_document(self.viewer, pk, self.valid(documents.DocumentIn))

    @action(detail=True, methods=["post"])
    def requests(self, request: Request, pk: UUID) -> Response:
        """Ask coordination for more of the case, or about what is open of it."""
        data = self.valid(shapes.RequestIn)
        asked = [BY_CODE[code] for code in data["compartments"]]
        terms: dict[str, Any] = {"compartments": asked, "purpose": Purpose(data["purpose"])}

        def act() -> UUID:
            if data["kind"] == RequestKind.ACCESS:
                level = Level(data["level"])
                return ask_access(self.viewer, pk, **terms, level=level, why=data["question"]).pk
            return ask_information(self.viewer, pk, **terms, question=data["question"]).pk

        return self.answer({"id": str(self.once(act))}, 201)

    def _header(self, case_id: UUID) -> Response:
        return self.answer(printing.header(case_for(self.viewer, case_id)))


class ShareViewSet(ScopedViewSet):
    """Shares offered to the caller's agency."""

    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """Proposals to answer, then what is open now."""
        waiting, open_now = inbox(self.viewer)
        return self.answer(
            {
                "proposed": [printing.share(share) for share in waiting],
                "open": [printing.share(share) for share in open_now],
            }
        )

    @action(detail=False, methods=["get"])
    def received(self, request: Request) -> Response:
        """What was ever opened to the caller's agency, and what it is asked to do.

        ``next`` carries the ``before`` of what ended earlier.
        """
        before = place_from(request.query_params.get("before", ""))
        return self.answer(printing.received(received(self.viewer, before=before)))

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: UUID) -> Response:
        """Open what was offered."""
        self.valid(shapes.EmptyIn)
        made = self.once(lambda: answering.accept(self.viewer, pk).pk)
        return self.answer({"id": str(made), "state": "accepted"})

    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: UUID) -> Response:
        """Decline, with a reason."""
        reason = RefusalReason(self.valid(shapes.RefuseIn)["reason"])
        made = self.once(lambda: answering.refuse(self.viewer, pk, reason=reason).pk)
        return self.answer({"id": str(made), "state": "refused"})

    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: UUID) -> Response:
        """Let a running share go on, with a reason."""
        data = self.valid(shapes.RenewIn)
        data["reason"] = RenewalReason(data["reason"])
        made = self.once(lambda: renew(self.viewer, pk, **data).pk)
        return self.answer({"id": str(made), "state": "accepted"})

    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """End a share that the caller's side proposed."""
        self.valid(shapes.EmptyIn)
        made = self.once(lambda: answering.revoke(self.viewer, pk).pk)
        return self.answer({"id": str(made), "state": "revoked"})

    @action(detail=True, methods=["get"])
    def preview(self, request: Request, pk: UUID) -> Response:
        """The case as the share's agency will be given it, or is given it now."""
        return previewed(preview_of_share(self.viewer, pk))


def previewed(found: Preview) -> Response:
    """The very bytes that the agency is given; the header names what is left out of them."""
    headers = {}
    if found.unseen:
        headers["X-Preview-Unseen"] = ",".join(part.code for part in found.unseen)
    return Response(printing.case_file(found.file), headers=headers)


class MeasureViewSet(ScopedViewSet):
    """Measures in the hands of agencies."""

    lookup_value_converter = "uuid"

    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: UUID) -> Response:
        """Say that it was carried out."""
        self.valid(shapes.EmptyIn)
        made = self.once(lambda: finish_measure(self.viewer, pk).pk)
        return self.answer({"id": str(made), "state": "done"})


class PartyViewSet(ScopedViewSet):
    """Pupils in a case: their names only by reveal."""

    lookup_value_converter = "uuid"

    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: UUID) -> Response:
        """The name of one pupil; recorded."""
        self.valid(shapes.EmptyIn)
        identity = reveal(self.viewer, pk)
        return self.answer(
            {
                "family_name": identity.family_name,
                "given_name": identity.given_name,
                "birth_date": identity.birth_date,
                "class_group": identity.class_group,
            }
        )
