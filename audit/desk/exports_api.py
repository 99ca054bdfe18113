"""Exports of the record through the API: ask, look, take. The same services as the pages."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from audit import policies
from audit.api.shapes import FiltersIn
from audit.desk.exporting.ask import ask
from audit.desk.exporting.rows import Extract, my_extract, my_extracts
from audit.desk.exporting.take import MEDIA, Fetched, begin_taking, fetch, still_there
from audit.desk.filters import Filters
from kernel.errors import NotFound
from kernel.http.api import ScopedViewSet
from kernel.http.given import given_in_pieces
from kernel.http.paused import Pause
from kernel.viewer import Viewer


class ExportsViewSet(ScopedViewSet):
    """The exports of the record that the caller's seat has asked for."""

    def list(self, request: Request) -> Response:
        """The newest hundred."""
        return self.answer({"results": [_shown(row) for row in my_extracts(self.viewer)]})

    def create(self, request: Request) -> Response:
        """Ask for the entries that fit, as a file. 403 asks for a factor shown just now."""
        if not policies.can_read(self.viewer):
            raise NotFound
        filters = Filters(**self.valid(FiltersIn))
        made = self.once(lambda: ask(self.viewer, filters))
        return self.answer(_shown(my_extract(self.viewer, made)), 201)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One export: how far it is, and once it is ready its digest, its end, and its seal."""
        return self.answer(_shown(my_extract(self.viewer, pk)))

    def content(self, request: Request, pk: UUID) -> HttpResponse:
        """The file, while it is there. 409 says why not."""
        taking = begin_taking(self.viewer, pk)

        def then(request: HttpRequest, viewer: Viewer, file: Fetched) -> HttpResponse:
            still_there(viewer, taking)
            return given_in_pieces(file.pieces(), file.length, MEDIA, taking.name)

        return Pause(lambda: fetch(taking), then)


def _shown(row: Extract) -> dict[str, Any]:
    return {
        "id": row.id,
        "filters": row.filters.as_text(),
        "state": row.state,
        "progress": row.progress,
        "failure": row.failure or None,
        "entries": row.entries,
        "size": row.log_size,
        "bytes": row.weight,
        "sha256": row.sha256 or None,
        "sealed": row.sealed,
        "asked_at": row.asked_at,
        "ends_at": row.ends_at,
    }
