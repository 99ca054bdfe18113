"""Copies that contradict the log for good are set aside: proposed by one, signed by another.

After a restore from an older backup nothing makes the log agree with them again. They are kept and
shown as set aside, the record says which ones they are, and any other copy raises the alarm.
"""

from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.utils.translation import gettext_lazy as _

from audit.keeping import policies
from audit.keeping.asking import asked
from audit.recorder import record, record_system
from audit.registry import EventKind
from audit.witnessing import events
from audit.witnessing.aside import Aside, aside_of
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

SHOWN = "[0-9a-f]{64}"
"""What says which copies somebody was shown."""

_TOO_LATE = _("Cette mise à l'écart n'attend plus de signature. Rechargez la page.")


def propose(viewer: Viewer, *, reason: str, shown: str) -> Aside:
    """Propose that every copy that contradicts the log is set aside, as they were ``shown``.

    Of very many the first two hundred, as far as an entry can name them; the others after those.

    NotFound for whoever does not control access. WrongState when others stand by now or none does,
    or while another proposal of the cell waits for its signature.
    """
    if not policies.may_propose(viewer):
        raise NotFound
    require_fresh(viewer)
    aside_id = uuid7()
    if not asked("propose_aside", aside_id, reason, shown):
        raise WrongState(
            _(
                "Ce ne sont plus les copies que vous avez vues, ou une autre mise à l'écart attend"
                " déjà sa signature. Relisez ce qui donne l'alerte maintenant."
            )
        )
    return _recorded(viewer, events.ASIDE_PROPOSED, aside_id, before=None, after="proposed")


def sign(viewer: Viewer, aside_id: UUID) -> Aside:
    """Sign what somebody else has proposed: the next verification raises no alarm for them.

    NotFound for whoever may not sign. NotAllowed for one's own. WrongState when no such proposal of
    the cell waits for a signature, or when it has waited for fourteen days.
    """
    if _known(viewer, aside_id).proposed_by == viewer.account_id:
        raise NotAllowed(_("Vous avez proposé cette mise à l'écart : une autre personne la signe."))
    require_fresh(viewer)
    if not asked("sign_aside", aside_id):
        raise WrongState(_TOO_LATE)
    return _recorded(viewer, events.ASIDE_SIGNED, aside_id, before="proposed", after="signed")


def withdraw(viewer: Viewer, aside_id: UUID) -> Aside:
    """Take a proposal back before it is signed. NotFound as for proposing, WrongState after."""
    if not policies.may_propose(viewer):
        raise NotFound
    _known(viewer, aside_id)
    if not asked("withdraw_aside", aside_id):
        raise WrongState(_TOO_LATE)
    record(
        events.ASIDE_WITHDRAWN,
        viewer=viewer,
        subject_id=aside_id,
        aside=aside_id,
        before="proposed",
        after="withdrawn",
    )
    return aside_of(viewer, aside_id)


def lapse() -> int:
    """Give up, as the worker, the proposals that nobody signed in time; returns how many."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT which, in_cell FROM audit.lapse_asides()")
        lapsed = cursor.fetchall()
        for which, cell_id in lapsed:
            record_system(
                events.ASIDE_LAPSED,
                using="worker",
                cell_id=cell_id,
                subject_id=which,
                aside=which,
                before="proposed",
                after="lapsed",
            )
    return len(lapsed)


def _recorded(viewer: Viewer, kind: EventKind, aside_id: UUID, **moved: Any) -> Aside:
    """It, once the record says which copies it is about."""
    aside = aside_of(viewer, aside_id)
    record(
        kind,
        viewer=viewer,
        subject_id=aside_id,
        aside=aside_id,
        aside_reason=aside.reason,
        copies=[copy.digest for copy in aside.copies],
        copy_sizes=[copy.size for copy in aside.copies],
        **moved,
    )
    return aside


def _known(viewer: Viewer, aside_id: UUID) -> Aside:
    """One of the cell. What nobody has proposed waits for nothing either."""
    if not policies.may_sign(viewer):
        raise NotFound
    try:
        return aside_of(viewer, aside_id)
    except NotFound:
        raise WrongState(_TOO_LATE) from None
