"""What needs a second factor shown a moment ago: names, exports, rights, broken glass."""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.errors import NotAllowed, StepUpRequired
from kernel.viewer import Viewer

FRESH: Final = timedelta(minutes=5)
"""The same five minutes stand in ``kernel.session_fresh()`` for the database's own wall."""


def require_fresh(viewer: Viewer) -> None:
    """Raise StepUpRequired when the last factor of this session is older than five minutes.

    A token is no second factor, and there is nobody behind it to ask for one.
    """
    if viewer.channel == "token":
        raise NotAllowed(
            _(
                "Un jeton ne remplace pas un second facteur. Une personne fait cette action sur "
                "les pages de Rempart."
            ),
            code="step_up_required",
        )
    if now() - viewer.factor_at > FRESH:
        raise StepUpRequired
