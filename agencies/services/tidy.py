"""Clearing away what is over, a little at each sign-in, so that nothing else has to run."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from agencies.models import Attempt, Ceremony, ProviderFlow, ProviderSpent
from agencies.services.origin import SIGNIN
from agencies.services.throttle import WINDOW
from kernel.clock import now
from kernel.models import ScopeSession

AT_ONCE: Final = 200


def tidy() -> None:
    """Delete some ended sessions, counters and questions that nothing depends on any more."""
    moment = now()
    counters = Attempt.objects.using(SIGNIN).filter(
        Q(known_until=None) | Q(known_until__lt=moment), window_ends__lt=moment - 4 * WINDOW
    )
    browsers = Session.objects.using(SIGNIN).filter(expire_date__lt=moment)
    sessions = ScopeSession.objects.using(SIGNIN).filter(
        Q(expires_at__lt=moment) | Q(idle_until__lt=moment)
    )
    questions = Ceremony.objects.using(SIGNIN).filter(expires_at__lt=moment)
    with transaction.atomic(using=SIGNIN):
        flows = ProviderFlow.objects.using(SIGNIN).filter(ends_at__lt=moment)
        spent = ProviderSpent.objects.using(SIGNIN).filter(ends_at__lt=moment)
        for over in (counters, browsers, sessions, questions, flows, spent):
            _delete_some(over)


def _delete_some(rows: QuerySet[Any]) -> None:
    """Skip rows that somebody else is looking at: they will be there next time."""
    keys = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE]
    rows.filter(pk__in=list(keys)).delete()
