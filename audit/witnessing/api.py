"""The witness's part of the API: the newest checkpoint, and what leads to it from an older one."""

import base64
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api import shapes
from audit.witnessing.selectors import Known, key_notes, note_at, witnesses_of
from audit.witnessing.services.cosign import cosign
from audit.witnessing.services.take_checkpoint import take_checkpoint
from audit.witnessing.services.take_consistency import take_consistency
from kernel.errors import Invalid
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import StrictSerializer


class ConsistencyIn(StrictSerializer):
    """Which copy is asked about, in the address."""

    old = serializers.IntegerField(min_value=1, max_value=2**62)


class CosignedIn(StrictSerializer):
    """A checkpoint with the cosignatures below it."""

    note = serializers.CharField(max_length=20_000, trim_whitespace=False)


class CosignaturesViewSet(ScopedViewSet):
    """The witnesses of the log, and what they have cosigned."""

    def list(self, request: Request) -> Response:
        """Each witness with its newest cosigned checkpoint."""
        return self.answer({"results": [self._shown(each) for each in witnesses_of(self.viewer)]})

    def create(self, request: Request) -> Response:
        """Hand in a checkpoint that keys of the caller's agency have cosigned."""
        try:
            found = cosign(self.viewer, self.valid(CosignedIn)["note"])
        except Invalid as refused:
            refused.fields["note"] = refused.fields.pop("copy")
            raise
        return self.answer(
            {
                "comparison": found.compared.comparison,
                "size": found.compared.size,
                "again": found.compared.again,
                "witnesses": list(found.names),
            }
        )

    def _shown(self, known: Known) -> dict[str, Any]:
        witness = known.witness
        return {
            "id": witness.id,
            "key": witness.line,
            "agency": witness.agency_id,
            "withdrawn": witness.withdrawn_at is not None,
            "in_service": known.in_service,
            "size": witness.size,
            "at": witness.cosigned_at,
            "note": note_at(self.viewer, witness.size) if witness.size else None,
        }


class CheckpointViewSet(ScopedViewSet):
    """The newest signed checkpoint."""

    def retrieve(self, request: Request) -> Response:
        """Size, root, date, the note as it was signed, and the notes of keys that followed."""
        said = shapes.checkpoint(take_checkpoint(self.viewer))
        return self.answer(said | {"keys": key_notes()})


class ConsistencyViewSet(ScopedViewSet):
    """What leads from a kept checkpoint to the newest one."""

    def retrieve(self, request: Request) -> Response:
        """The hashes, the newest note, and both as the file that a verifier reads."""
        serializer = ConsistencyIn(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        found = take_consistency(self.viewer, serializer.validated_data["old"])
        return self.answer(
            {
                "old": found.older,
                "size": found.size,
                "hashes": [base64.b64encode(each).decode() for each in found.hashes],
                "note": found.note,
                "file": found.text(),
                "keys": key_notes(),
            }
        )
