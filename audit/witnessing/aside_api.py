"""The copies that contradict the log, and those that were set aside, through the API."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit.keeping import policies
from audit.keeping.api import OneIn
from audit.witnessing import aside
from audit.witnessing.services import set_aside
from audit.witnessing.wording import REASONS
from kernel.errors import NotFound
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import StrictSerializer


class ReasonIn(StrictSerializer):
    """Why these copies no longer speak against the log, and which ones they are."""

    reason = serializers.ChoiceField(choices=list(REASONS))
    shown = serializers.RegexField(f"^{set_aside.SHOWN}$")


class AsideViewSet(ScopedViewSet):
    """What stands, what was proposed, what was set aside."""

    def list(self, request: Request) -> Response:
        """Everything that the page shows."""
        found = aside.asides(self.viewer)
        standing = aside.standing(self.viewer)
        return self.answer(
            {
                "standing": [_kept(each) for each in standing],
                "shown": aside.shown_by(standing),
                "set_aside": [_aside(each) for each in found],
            }
        )

    def create(self, request: Request) -> Response:
        """Propose to set aside every copy that contradicts the log, as they were listed."""
        if not policies.may_propose(self.viewer):
            raise NotFound
        serializer = ReasonIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        made = self.once(lambda: set_aside.propose(self.viewer, **said).id)
        return self._one(made, status=201)

    def _one(self, aside_id: UUID, status: int = 200) -> Response:
        return self.answer(_aside(aside.aside_of(self.viewer, aside_id)), status=status)


class AsideSignViewSet(AsideViewSet):
    """The signature of a second person."""

    def create(self, request: Request) -> Response:
        """Sign what somebody else has proposed."""
        if not policies.may_sign(self.viewer):
            raise NotFound
        which = _which(request)
        return self._one(self.once(lambda: set_aside.sign(self.viewer, which).id))


class AsideWithdrawViewSet(AsideViewSet):
    """The end of a proposal."""

    def create(self, request: Request) -> Response:
        """Take a proposal back."""
        if not policies.may_propose(self.viewer):
            raise NotFound
        which = _which(request)
        return self._one(self.once(lambda: set_aside.withdraw(self.viewer, which).id))


def _which(request: Request) -> Any:
    serializer = OneIn(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data["which"]


def _kept(copy: aside.Kept) -> dict[str, Any]:
    return {"entries": copy.size, "root": copy.root, "sha256": copy.digest, "note": copy.note}


def _aside(each: aside.Aside) -> dict[str, Any]:
    return {
        "id": each.id,
        "state": each.state,
        "reason": each.reason,
        "copies": [_kept(copy) for copy in each.copies],
        "proposed_by": each.proposed_by,
        "proposed_at": each.proposed_at,
        "signed_by": each.signed_by,
        "signed_at": each.signed_at,
    }
