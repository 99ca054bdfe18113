"""Exports through the API: ask, look, take. The same services as the pages."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.http.api import ScopedViewSet
from kernel.http.given import given_in_pieces
from kernel.http.paused import Pause
from kernel.viewer import Viewer
from referrals.api import printing, shapes
from referrals.exporting.selectors import my_export, my_exports
from referrals.exporting.services.ask import Wanted, ask
from referrals.exporting.services.fetch import Fetched, begin_taking, fetch, still_there
from referrals.models.export import ExportForm, ExportPurpose


class ExportViewSet(ScopedViewSet):
    """The exports of the caller's own seat."""

    lookup_value_converter = "uuid"

    def list(self, request: Request) -> Response:
        """The newest hundred."""
        found = my_exports(self.viewer)
        return self.answer({"results": [printing.export(line) for line in found]})

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One export: its state, and once it is ready its digest and its end."""
        return self.answer(printing.export(my_export(self.viewer, pk)))

    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: UUID) -> HttpResponse:
        """The file, while it is there. 403 asks for a factor shown just now, 409 says why not."""
        taking = begin_taking(self.viewer, pk)

        def then(request: HttpRequest, viewer: Viewer, file: Fetched) -> HttpResponse:
            still_there(viewer, taking)
            return given_in_pieces(file.pieces(), file.length, taking.kind.media, taking.name)

        return Pause(lambda: fetch(taking), then)

    def create(self, request: Request) -> Response:
        """Ask for what the caller sees of a case, as a file."""
        data = self.valid(shapes.ExportIn)
        wanted = Wanted(
            ExportForm(data["form"]),
            ExportPurpose(data["purpose"]),
            share_id=data["share"],
            party_id=data["person"],
        )
        made = self.once(lambda: ask(self.viewer, data["referral"], wanted).pk)
        return self.answer(printing.export(my_export(self.viewer, made)), 201)
