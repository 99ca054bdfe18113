"""The witness's part of the API: the newest checkpoint, and what leads to it from an older one."""

import base64

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api import shapes
from audit.witnessing.selectors import key_notes
from audit.witnessing.services.take_checkpoint import take_checkpoint
from audit.witnessing.services.take_consistency import take_consistency
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import StrictSerializer


class ConsistencyIn(StrictSerializer):
    """Which copy is asked about, in the address."""

    old = serializers.IntegerField(min_value=1, max_value=2**62)


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
