"""What every API view shares."""

import json
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSet

from kernel.http.api_access import SignedIn
from kernel.http.idempotency import digest_of, key_of, once
from kernel.viewer import Viewer


class ScopedViewSet(ViewSet):
    """A view set for signed-in people: parse, call one service or selector, answer."""

    permission_classes = [SignedIn]

    @property
    def viewer(self) -> Viewer:
        """The viewer whose session this request belongs to."""
        return cast(Viewer, self.request.user)

    def valid(self, shape: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The request's body as the serializer understands it; raises 422 with a line per field."""
        serializer = shape(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data

    def once(self, act: Callable[[], UUID]) -> UUID:
        """Do the act once per idempotency key."""
        request: Request = self.request
        operation = f"{request.method} {request.path}"[:200]
        digest = digest_of({"body": json.dumps(request.data, sort_keys=True)})
        return once(self.viewer, key_of(request._request), operation, digest, act)

    def answer(self, data: Any, status: int = 200) -> Response:
        """A JSON answer."""
        return Response(data, status=status)
