"""The session of whoever asks: how long it lasts, and a fresh factor for it."""

from __future__ import annotations

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.shapes import FactorIn
from agencies.oidc.through import through_of
from agencies.pages.confirming import renew
from agencies.pages.progress import origin_of
from agencies.services.confirm_factor import confirm_factor
from kernel.http.api import ScopedViewSet
from kernel.http.pages import open_before_charter
from kernel.http.session_life import is_final, seconds_left
from kernel.step_up import FRESH


class SessionViewSet(ScopedViewSet):
    """One's own session. Nothing here is about a case."""

    def list(self, request: Request) -> Response:
        """Whose session it is, and how long it lasts."""
        viewer = self.viewer
        return self.answer(
            {
                "seat": str(viewer.seat_id),
                "factor_at": viewer.factor_at,
                "charter_signed": viewer.charter_signed,
                "seconds_left": seconds_left(viewer),
                "final": is_final(viewer),
            }
        )

    @action(detail=False, methods=["post"])
    def factor(self, request: Request) -> Response:
        """A code makes the session fresh for five minutes, under a new key in a new cookie."""
        data = self.valid(FactorIn)
        asked = request._request
        confirmed = confirm_factor(
            origin_of(asked),
            account_id=self.viewer.account_id,
            code=data["code"],
            through=through_of(self.viewer.token),
        )
        renew(asked, self.viewer, confirmed)
        until = confirmed.factor_at + FRESH
        return self.answer({"factor_at": confirmed.factor_at, "fresh_until": until})


open_before_charter(SessionViewSet)  # type: ignore[arg-type]  # the mark is read from the class
