"""Requests of partners through the API."""

from uuid import UUID

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kernel.http.api import ScopedViewSet
from referrals.api import shapes
from referrals.compartments import BY_CODE
from referrals.models.access import Level
from referrals.models.request import PartRefusal
from referrals.models.share import LegalBasis
from referrals.sharing.services.answer_request import Verdict, answer_request
from referrals.sharing.services.ask import withdraw


class RequestViewSet(ScopedViewSet):
    """What a partner asked of coordination."""

    lookup_value_converter = "uuid"

    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def respond(self, request: Request, pk: UUID) -> Response:
        """One answer for each part that was asked."""
        data = self.valid(shapes.AnswerRequestIn)
        verdicts = {
            BY_CODE[one["compartment"]]: Verdict(
                PartRefusal(one["refusal"]) if one["refusal"] else None, one["words"]
            )
            for one in data["answers"]
        }
        made = self.once(
            lambda: (
                answer_request(
                    self.viewer,
                    pk,
                    verdicts,
                    legal_basis=LegalBasis(data["legal_basis"]),
                    until=data["until"],
                    level=Level(data["level"]) if data["level"] else None,
                    version=data["version"],
                ).pk
            )
        )
        return self.answer({"id": str(made), "state": "answered"})

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take it back."""
        self.valid(shapes.EmptyIn)
        made = self.once(lambda: withdraw(self.viewer, pk).pk)
        return self.answer({"id": str(made), "state": "withdrawn"})
