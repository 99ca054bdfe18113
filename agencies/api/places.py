"""One's own places: which there are, and taking another one."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from agencies.pages.switching import take_seat
from agencies.places import my_places
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import Identifier, StrictSerializer


class SwitchIn(StrictSerializer):
    """The place to take."""

    seat = Identifier()


class PlacesViewSet(ScopedViewSet):
    """The caller's own places, in every cell."""

    def list(self, request: Request) -> Response:
        """All of them; ``current`` is the one that this session acts in."""
        return self.answer(
            {
                "results": [
                    {
                        "id": str(place.id),
                        "agency": place.agency_name,
                        "cell": place.cell_name,
                        "roles": list(place.roles),
                        "current": place.id == self.viewer.seat_id,
                    }
                    for place in my_places()
                ]
            }
        )

    def create(self, request: Request) -> Response:
        """Take another one. The answer brings the cookie of the session under its new key."""
        data = self.valid(SwitchIn)
        seat = take_seat(request._request, self.viewer, str(data["seat"]))
        return self.answer({"id": str(seat.id), "agency": seat.agency_name, "cell": seat.cell_name})
