"""Files on their way and documents, for programs and for the page that sends a file in parts."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.errors import Invalid, TooLarge
from kernel.http.acting import kept
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import Identifier, Line, StrictSerializer, Text
from kernel.http.failures import body_of
from kernel.http.paused import Pause
from kernel.viewer import Viewer
from referrals.api import printing
from referrals.api.shapes import checked_date
from referrals.compartments import BY_CODE
from referrals.documents.selectors import HOLDS_DOCUMENTS, document_line
from referrals.documents.services import add as adding
from referrals.documents.services import destroy as destroying
from referrals.documents.services import redact as redacting
from referrals.documents.services import upload as sending
from referrals.documents.services.read import (
    as_taken,
    begin_reading,
    fetch,
    read_details,
    still_readable,
)
from referrals.models import Upload
from referrals.models.document import Nature, Reason
from referrals.pages.documents import as_file


class UploadIn(StrictSerializer):
    case = Identifier()
    size = serializers.IntegerField(min_value=1)


class DocumentIn(StrictSerializer):
    upload = Identifier()
    name = Text(max_length=255)
    nature = serializers.ChoiceField(Nature.choices)
    part = serializers.ChoiceField([(part.code, part.code) for part in HOLDS_DOCUMENTS])
    intimate = serializers.BooleanField()
    source = Text(max_length=adding.SOURCE, allow_blank=True, default="")  # type: ignore[assignment]
    captured_on = serializers.DateField(allow_null=True, default=None, validators=[checked_date])


class ZoneIn(StrictSerializer):
    """One part of a page, in hundredths of it from its upper left corner."""

    page = serializers.IntegerField(min_value=1, max_value=300)
    left = serializers.FloatField(min_value=0, max_value=100)
    top = serializers.FloatField(min_value=0, max_value=100)
    width = serializers.FloatField(min_value=redacting.LEAST_SIDE, max_value=100)
    height = serializers.FloatField(min_value=redacting.LEAST_SIDE, max_value=100)


class CopyIn(StrictSerializer):
    recipient = Identifier()
    zones = serializers.ListField(child=ZoneIn(), default=list, max_length=redacting.MOST_ZONES)
    words = serializers.ListField(
        child=Line(max_length=200), default=list, max_length=redacting.MOST_WORDS
    )


class DestroyIn(StrictSerializer):
    reason = serializers.ChoiceField(destroying.REASONS)


class BytesParser(BaseParser):
    """A part of a file, as it is; never more than one part may be."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> dict[str, bytes]:
        content: bytes = stream.read(sending.PART + 1)
        if len(content) > sending.PART:
            raise TooLarge
        return {"content": content}


class UploadViewSet(ScopedViewSet):
    """A file in parts: begin, send each part from where it stands, ask where it stands."""

    lookup_value_converter = "uuid"

    def create(self, request: Request) -> Response:
        """Begin; ``part`` is the most that one part may be."""
        data = self.valid(UploadIn)
        made = self.once(lambda: sending.begin_upload(self.viewer, data["case"], data["size"]).pk)
        return self.answer(_printed(sending.my_upload(self.viewer, made)), 201)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """How much has arrived."""
        return self.answer(_printed(sending.my_upload(self.viewer, pk)))

    @action(detail=True, methods=["post"], parser_classes=[BytesParser])
    def parts(self, request: Request, pk: UUID) -> Response:
        """The next part, from ``Upload-Offset`` on. 409 says how much has arrived."""
        sending.my_upload(self.viewer, pk)
        told = request.headers.get("Upload-Offset", "")
        if not told.isdecimal() or len(told) > 12:
            raise Invalid(fields={"Upload-Offset": [_("Indiquez où commence cette partie.")]})
        content = cast(dict[str, bytes], request.data).get("content", b"")
        upload = sending.receive_part(self.viewer, pk, offset=int(told), content=content)
        return self.answer(_printed(upload))


class DocumentViewSet(ScopedViewSet):
    """Documents that the caller may see."""

    lookup_value_converter = "uuid"

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """What a document is."""
        return self.answer(printing.document(read_details(self.viewer, pk)))

    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: UUID) -> HttpResponse:
        """The cleaned file, with the caller's name on it."""
        viewer, reading = self.viewer, begin_reading(self.viewer, pk, how="download")

        def then(request: HttpRequest, viewer: Viewer, content: bytes) -> HttpResponse:
            still_readable(viewer, reading)
            return as_file(content, reading.kind, reading.name)

        return Pause(lambda: as_taken(viewer, reading, fetch(reading)), then)

    @action(detail=True, methods=["post"])
    def copies(self, request: Request, pk: UUID) -> HttpResponse:
        """Make a copy for one agency, with words and parts of pages taken out."""
        document_line(self.viewer, pk)
        data = self.valid(CopyIn)
        wanted = redacting.begin_copy(
            self.viewer,
            pk,
            recipient=data["recipient"],
            zones=[redacting.Zone(**zone) for zone in data["zones"]],
            words=list(dict.fromkeys(data["words"])),
        )

        def then(request: HttpRequest, viewer: Viewer, made: redacting.Copy) -> HttpResponse:
            written: list[UUID] = []

            def act() -> UUID:
                written.append(redacting.keep_copy(viewer, wanted, made).pk)
                return wanted.copy_id

            try:
                return JsonResponse({"id": str(self.once(act))}, status=201)
            finally:
                if not written:
                    redacting.discard_copy(wanted)

        return Pause(lambda: redacting.make_copy(wanted), then)

    @action(detail=True, methods=["post"], url_path="destroy", url_name="destroy")
    def destroy_for_good(self, request: Request, pk: UUID) -> Response:
        """Destroy a document and the copies made of it, with a reason, for good."""
        reason = Reason(self.valid(DestroyIn)["reason"])
        case_id = self.once(lambda: destroying.destroy(self.viewer, pk, reason))
        return self.answer({"id": str(pk), "case": str(case_id), "state": "destroyed"})


def add_document(viewer: Viewer, case_id: UUID, data: dict[str, Any]) -> Pause | HttpResponse:
    """Make a document of a file that has arrived. Of an intimate image nothing is kept."""
    new = adding.NewDocument(
        part=BY_CODE[data["part"]],
        nature=Nature(data["nature"]),
        name=data["name"],
        intimate=data["intimate"],
        source=data["source"],
        captured_on=data["captured_on"],
    )
    try:
        ticket = adding.prepare(viewer, case_id, new)
    except Invalid as refusal:
        if refusal.code != adding.INTIMATE_IMAGE:
            raise
        sending.forget(viewer, data["upload"])
        return kept(JsonResponse(body_of(refusal)), refusal.status, refusal)
    file = sending.arrived(viewer, data["upload"], case_id)

    def then(request: HttpRequest, viewer: Viewer, received: adding.Received) -> HttpResponse:
        try:
            # Sent twice at once, it becomes one document: the second finds nothing any more.
            sending.my_upload(viewer, file.upload_id, lock=True)
            adding.add(viewer, ticket, received)
        except BaseException:
            adding.discard(ticket)
            raise
        sending.forget(viewer, file.upload_id)
        return JsonResponse({"id": str(ticket.document_id)}, status=201)

    return Pause(lambda: adding.receive(ticket, sending.opened(file)), then)


def _printed(upload: Upload) -> dict[str, object]:
    return {
        "id": str(upload.pk),
        "size": upload.size,
        "received": upload.received,
        "part": sending.PART,
    }
