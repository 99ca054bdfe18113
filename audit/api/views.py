"""Read the record, have it verified."""

from rest_framework.request import Request
from rest_framework.response import Response

from audit import policies
from audit.api import shapes
from audit.places import place_text
from audit.selectors import journal
from audit.services.verify_log import verify_log
from kernel.errors import NotFound
from kernel.http.api import ScopedViewSet


class EntriesViewSet(ScopedViewSet):
    """The entries of the caller's cell, newest first."""

    def list(self, request: Request) -> Response:
        """One page; ``next`` is the ``before`` of the following one."""
        if not policies.can_read(self.viewer):
            raise NotFound
        serializer = shapes.EntriesIn(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        found = journal(self.viewer, shapes.filters_from(data), before=data.get("before"))
        return self.answer(
            {
                "results": [shapes.line(line) for line in found.lines],
                "next": place_text(found.next_before) or None,
            }
        )


class VerificationViewSet(ScopedViewSet):
    """The verification of the caller's log."""

    def create(self, request: Request) -> Response:
        """Recompute everything now."""
        return self.answer(shapes.verified(verify_log(self.viewer)))
