"""What is kept, held and purged, through the API."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import people
from audit.keeping import house, policies, selectors
from audit.keeping.periods import months_of
from audit.keeping.services import holding, purging
from audit.keeping.wording import REASONS, SCOPES
from kernel.errors import NotFound
from kernel.http.api import ScopedViewSet
from kernel.http.api_input import Identifier, StrictSerializer
from kernel.viewer import Viewer


class NothingIn(StrictSerializer):
    """A body without a field."""


class OneIn(StrictSerializer):
    """Which purge or hold."""

    which = Identifier()


class HoldIn(StrictSerializer):
    """What must not be purged, and why; ``about`` is the case's or the person's identifier."""

    scope = serializers.ChoiceField(choices=list(SCOPES))
    about = Identifier(required=False)
    reason = serializers.ChoiceField(choices=list(REASONS))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A cell is held as a whole; a case or a person is named."""
        if (attrs["scope"] == "cell") != ("about" not in attrs):
            raise serializers.ValidationError({"about": "required"})
        return attrs


class KeepingViewSet(ScopedViewSet):
    """The terms, what has outlived them, the purges and the holds."""

    def retrieve(self, request: Request) -> Response:
        """Everything that the page shows."""
        preview = selectors.preview(self.viewer)
        months = months_of(self.viewer.cell_id)
        return self.answer(
            {
                "months": {"ordinary": months.ordinary, "control": months.control},
                "due": [
                    {"month": each.month, "kind": each.kind, "due": each.due, "held": each.held}
                    for each in preview.lines
                ],
                "purges": [_purge(each) for each in selectors.purges(self.viewer)],
                "purges_of_no_cell": _of_no_cell(self.viewer),
                "holds": [_hold(each) for each in selectors.holds(self.viewer)],
            }
        )

    def create(self, request: Request) -> Response:
        """Propose a purge of all that is due."""
        if not policies.may_propose(self.viewer):
            raise NotFound
        NothingIn(data=request.data).is_valid(raise_exception=True)
        made = self.once(lambda: purging.propose(self.viewer).id)
        return self.answer(_purge(selectors.purge_of(self.viewer, made)), status=201)


class SignViewSet(ScopedViewSet):
    """The signature of a second person."""

    def create(self, request: Request) -> Response:
        """Sign what somebody else has proposed."""
        if not policies.may_sign(self.viewer):
            raise NotFound
        which = _which(request)
        signed = self.once(lambda: purging.sign(self.viewer, which).id)
        return self.answer(_purge(selectors.purge_of(self.viewer, signed)))


class WithdrawViewSet(ScopedViewSet):
    """The end of a proposal."""

    def create(self, request: Request) -> Response:
        """Take a proposal back."""
        if not policies.may_propose(self.viewer):
            raise NotFound
        which = _which(request)
        over = self.once(lambda: purging.withdraw(self.viewer, which).id)
        return self.answer(_purge(selectors.purge_of(self.viewer, over)))


class HoldsViewSet(ScopedViewSet):
    """What must not be purged."""

    def create(self, request: Request) -> Response:
        """Place a hold."""
        if not policies.may_propose(self.viewer):
            raise NotFound
        serializer = HoldIn(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data

        def do() -> UUID:
            return holding.place_hold(
                self.viewer, scope=asked["scope"], about=asked.get("about"), reason=asked["reason"]
            ).id

        return self.answer(_hold(selectors.hold_of(self.viewer, self.once(do))), status=201)


class LiftViewSet(ScopedViewSet):
    """The end of a hold."""

    def create(self, request: Request) -> Response:
        """Lift a hold."""
        if not policies.may_propose(self.viewer):
            raise NotFound
        which = _which(request)
        lifted = self.once(lambda: holding.lift_hold(self.viewer, which).id)
        return self.answer(_hold(selectors.hold_of(self.viewer, lifted)))


def _which(request: Request) -> Any:
    serializer = OneIn(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data["which"]


def _purge(purge: selectors.Purge) -> dict[str, Any]:
    return {
        "id": purge.id,
        "state": purge.state,
        "ordinary_before": purge.ordinary_before.date(),
        "control_before": purge.control_before.date(),
        "proposed_by": purge.proposed_by,
        "proposed_at": purge.proposed_at,
        "signed_by": purge.signed_by,
        "signed_at": purge.signed_at,
        "ended_at": purge.ended_at,
        "gone": purge.gone,
    }


def _of_no_cell(viewer: Viewer) -> list[dict[str, Any]]:
    """Whoever is of another cell is told as nobody."""
    purges = house.purges(viewer)
    answering = {one for each in purges for one in (each.proposed_by, each.signed_by) if one}
    known = people.names_of(viewer, answering)
    return [
        _purge(each)
        | {
            who: one if one in known else None
            for who, one in (("proposed_by", each.proposed_by), ("signed_by", each.signed_by))
        }
        for each in purges
    ]


def _hold(hold: selectors.Hold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "scope": hold.scope,
        "about": hold.about,
        "reason": hold.reason,
        "placed_at": hold.placed_at,
        "lifted_at": hold.lifted_at,
    }
