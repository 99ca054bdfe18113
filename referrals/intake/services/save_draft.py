"""Keep what has been typed so far."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import Conflict, Invalid, NotFound, WrongState
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import cipher_of, opened, visible_case
from referrals.casefile.motive import motive
from referrals.models import Case, Draft
from referrals.states import State

LONGEST = 400_000
Typed = Mapping[str, list[str]]


def save_draft(viewer: Viewer, case_id: UUID, typed: Typed, *, version: int) -> int:
    """Store the form exactly as typed, sealed; returns the new version.

    Raises Conflict, naming the fields that differ, when somebody saved since ``version``.
    """
    case, draft = locked_draft(viewer, case_id)
    if version != draft.version:
        before = _opened(case, draft)
        changed = _difference(before, typed)
        raise Conflict(changed=changed, version=draft.version, case_id=case_id)
    text = json.dumps({name: list(values) for name, values in typed.items()})
    if len(text) > LONGEST:
        raise Invalid(_("Ce formulaire est trop long pour être enregistré. Raccourcissez-le."))
    draft.content = cipher_of(case).seal("referrals_draft", "content", case.pk, text)
    draft.version += 1
    draft.updated_at, draft.updated_by = now(), viewer.seat_id
    draft.save(update_fields=["content", "version", "updated_at", "updated_by"])
    record(events.DRAFT_SAVED, viewer=viewer, case_id=case.pk, version=draft.version)
    return draft.version


def read_draft(viewer: Viewer, case_id: UUID) -> tuple[Case, dict[str, list[str]], int]:
    """The case, what was typed, and the version. Raises NotFound, or WrongState once sent."""
    case = visible_case(viewer, case_id)
    if not policies.can_edit_draft(viewer, case):
        raise NotFound(case_id=case_id)
    draft = Draft.objects.filter(pk=case_id).first()
    if draft is None:
        raise WrongState(_("Cette saisine a déjà été transmise."), case_id=case_id)
    record(events.DRAFT_READ, viewer=viewer, case_id=case.pk, **motive(viewer, case))
    return case, _opened(case, draft), draft.version


def locked_draft(viewer: Viewer, case_id: UUID) -> tuple[Case, Draft]:
    """The case and its draft, both locked. Raises NotFound, or WrongState once sent."""
    case = visible_case(viewer, case_id)
    if not policies.can_edit_draft(viewer, case):
        raise NotFound(case_id=case_id)
    # Once it is sent the school no longer changes the case: then there is no row to lock.
    locked = Case.objects.select_for_update().filter(pk=case_id).first()
    draft = Draft.objects.select_for_update().filter(pk=case_id).first()
    if draft is None or locked is None or locked.state != State.DRAFT:
        raise WrongState(_("Cette saisine a déjà été transmise."), case_id=case_id)
    return locked, draft


def _opened(case: Case, draft: Draft) -> dict[str, list[str]]:
    text = opened(cipher_of(case), draft, "referrals_draft", "content")
    typed: dict[str, list[str]] = json.loads(text)
    return typed


def _difference(before: Typed, typed: Typed) -> dict[str, object]:
    """The fields whose stored value differs from what was sent, with the stored value."""
    names = sorted(set(before) | set(typed))
    return {
        name: ", ".join(before.get(name, []))
        for name in names
        if list(before.get(name, [])) != list(typed.get(name, []))
    }
