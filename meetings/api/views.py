"""Read meetings; change one only through a named step."""

from uuid import UUID

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.http.api import ScopedViewSet
from kernel.http.api_input import VersionIn
from meetings import selectors
from meetings.api import printing, shapes
from meetings.services import conduct
from meetings.services.add_point import add_point
from meetings.services.convene import convene
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.casefile.places import place_from, place_text


class MeetingViewSet(ScopedViewSet):
    """Meetings that the caller's agency sits at."""

    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """What is coming and what is over; ``next`` carries the ``before`` of the next page."""
        before = place_from(request.query_params.get("before", ""))
        found = selectors.meetings_of(self.viewer, before=before)
        return self.answer(
            {
                "coming": [printing.header(meeting) for meeting in found.coming],
                "past": [printing.header(meeting) for meeting in found.past],
                "next": place_text(found.next_before) or None,
            }
        )

    def create(self, request: Request) -> Response:
        """Convene the cell about a case."""
        data = self.valid(shapes.ConveneIn)
        case_id = data.pop("case")
        return self._room(self.once(lambda: convene(self.viewer, case_id, **data).pk), 201)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The room: agenda, who was asked to come, who is there."""
        selectors.read_who_is_here(self.viewer, pk)
        return self._room(pk)

    @action(detail=True, methods=["get", "post"])
    def decisions(self, request: Request, pk: UUID) -> Response:
        """What was decided; POST records a decision."""
        if request.method == "POST":
            data = self.valid(shapes.DecisionIn)
            data["code"] = DecisionCode(data["code"])
            data["owner_accession"] = data.pop("owner")
            made = self.once(lambda: record_decision(self.viewer, pk, **data).pk)
            return self.answer({"id": str(made)}, 201)
        lines = selectors.decisions(self.viewer, pk)
        return self.answer({"results": [printing.decision(line) for line in lines]})

    @action(detail=True, methods=["post"])
    def points(self, request: Request, pk: UUID) -> Response:
        """Put another case on the agenda."""
        case_id = self.valid(shapes.PointIn)["case"]
        return self._room(self.once(lambda: add_point(self.viewer, pk, case_id).pk), 201)

    @action(detail=True, methods=["post"])
    def take_up(self, request: Request, pk: UUID) -> Response:
        """Turn to another point."""
        data = self.valid(shapes.TakeUpIn)
        return self._room(self.once(lambda: conduct.take_up(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: UUID) -> Response:
        """Begin a planned meeting."""
        data = self.valid(VersionIn)
        return self._room(self.once(lambda: conduct.open_meeting(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: UUID) -> Response:
        """End a meeting that is going on."""
        data = self.valid(VersionIn)
        return self._room(self.once(lambda: conduct.end_meeting(self.viewer, pk, **data).pk))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Call off a planned meeting."""
        data = self.valid(VersionIn)
        return self._room(self.once(lambda: conduct.cancel(self.viewer, pk, **data).pk))

    def _room(self, meeting_id: UUID, status: int = 200) -> Response:
        found = selectors.meeting_for(self.viewer, meeting_id)
        printed = printing.room(
            found,
            selectors.agenda(self.viewer, found),
            selectors.invitations(self.viewer, found),
            selectors.who_is_here(self.viewer, meeting_id),
        )
        return self.answer(printed, status)
