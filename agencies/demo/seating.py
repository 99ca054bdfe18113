"""Acting as one of the demo's people from a command, through a session that ends with the act."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from agencies.models import Account
from agencies.operator import ALIAS
from agencies.services.confirm_factor import seats_of
from agencies.services.open_session import open_session
from agencies.services.origin import Origin
from agencies.services.sign_out import sign_out
from kernel.clock import now
from kernel.errors import NotAllowed, SignInRequired
from kernel.ids import uuid7
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer


@contextmanager
def seated(email: str) -> Iterator[Viewer]:
    """The viewer of this person's first place. Raises NotAllowed outside the demo."""
    if not settings.DEMO:
        raise NotAllowed
    account = Account.objects.using(ALIAS).get(email=email)
    token = secrets.token_hex(32)
    open_session(
        Origin(address="127.0.0.1", user_agent="load_demo_cases", request_id=uuid7()),
        account_id=account.pk,
        seat_id=seats_of(account.pk)[0].id,
        token=token,
        factor_at=now(),
    )
    with transaction.atomic():
        viewer = bind(token, channel="command")
    if viewer is None:
        raise SignInRequired
    try:
        yield viewer
    finally:
        with acting_as(viewer) as leaving:
            sign_out(leaving)
