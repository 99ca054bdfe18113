"""How every service gets hold of a case: seen first, then locked, then asked for its state."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.crypto.cases import CaseCipher, CaseKeyRow
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import Conflict, DomainError, NotAllowed, NotFound, WrongState
from kernel.live import announce
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.compartments import STORY
from referrals.models import (
    Case,
    CaseKey,
    CompartmentContent,
    Feedback,
    Measure,
    Milestone,
    Party,
)
from referrals.models.access import Level
from referrals.states import STEPS, State


def visible_case(viewer: Viewer, case_id: UUID) -> Case:
    """The case, if this viewer may know of it. Raises NotFound otherwise, whatever the cause."""
    case = None
    if policies.can_list_cases(viewer):
        case = Case.objects.filter(pk=case_id, cell_id=viewer.cell_id).first()
    if case is None or not set(case.viewers) & set(viewer.units):
        raise NotFound(case_id=case_id)
    if case.recheck_at <= now() and not units_on_case(case) & set(viewer.units):
        raise NotFound(case_id=case_id)
    return case


def units_on_case(case: Case, level: Level = Level.STUB) -> set[int]:
    """The units that may see the case now, at this level or above; none for who may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.units_on_case(%s, %s)", [case.pk, level.value])
        return set(cursor.fetchone()[0])


def scope_now(case: Case) -> int:
    """The compartments that are open to the bound viewer at this moment, all grants together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.scope_now(%s)", [case.pk])
        return int(cursor.fetchone()[0])


def level_now(case: Case) -> Level:
    """What the bound viewer may do with the case at this moment, all grants together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.level_now(%s)", [case.pk])
        return Level(cursor.fetchone()[0] or Level.STUB)


def is_open_now(viewer: Viewer, row: CompartmentContent | Feedback | Measure | Party) -> bool:
    """Whether a row that lists the viewer among its readers is open to them at this moment.

    The list is exact until the first of its rights runs out; after that the grants are asked.
    """
    if row.recheck_at > now():
        return True
    case = visible_case(viewer, row.case_id)
    if isinstance(row, Measure) and row.owner_unit in viewer.units:
        return level_now(case) >= Level.READ
    return bool(scope_now(case) & (1 << row.bit))


def locked_case(viewer: Viewer, case_id: UUID, *, version: int | None = None) -> Case:
    """The case, locked for a change. Raises Conflict when ``version`` is no longer current.

    Raises NotAllowed for who reads the case and does not conduct it, WrongState while the
    prosecutor has frozen the acts of others on it.
    """
    case = visible_case(viewer, case_id)
    locked = Case.objects.select_for_update().filter(pk=case.pk).first()
    if locked is None or not policies.conducts(viewer, locked):
        raise NotAllowed(case_id=case_id)
    if version is not None and version != locked.version:
        raise Conflict(
            changed={
                "state": locked.get_state_display(),
                "urgency": locked.get_urgency_display(),
                "version": locked.version,
            },
            version=locked.version,
            case_id=case_id,
        )
    if locked.acts_frozen_at is not None and locked.prosecutor_unit not in viewer.units:
        raise WrongState(FROZEN, code="acts_frozen", case_id=case_id)
    return locked


FROZEN = _("Le parquet a suspendu les actes des autres services sur ce dossier.")
HELD = _("Ce dossier n'avance pas pour le moment. Appelez la coordination de la cellule.")
ENDED = _("Ce dossier est terminé : plus rien ne s'y ajoute.")


def too_late_or_not_theirs(
    viewer: Viewer, roles: frozenset[str], case_id: UUID, sentence: object = None
) -> DomainError:
    """What to say of a refusal of the policies: who holds a role comes at the wrong moment.

    The policy alone decides; this only finds the words.
    """
    if viewer.has(*roles):
        return WrongState(sentence, case_id=case_id)
    return NotAllowed(case_id=case_id)


def hold_case(case: Case) -> str:
    """Lock a case that this viewer may see but not change; its state now.

    The case is locked before anything of it, as everywhere. Raises NotFound when it has meanwhile
    gone out of sight, WrongState while the prosecutor has frozen the acts of others.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.hold_case(%s)", [case.pk])
        (state,) = cursor.fetchone()
    if state is None:
        raise NotFound(case_id=case.pk)
    refuse_while_frozen(case.pk)
    return str(state)


def refuse_while_frozen(case_id: UUID) -> None:
    """Raise WrongState when the prosecutor has frozen what the bound viewer would do on a case.

    Who merely knows that it exists is not told of the prosecutor.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT referrals.acts_frozen(%s), referrals.level_now(%s)", [case_id, case_id]
        )
        frozen, level = cursor.fetchone()
    if frozen and level > Level.STUB:
        raise WrongState(FROZEN, code="acts_frozen", case_id=case_id)
    if frozen:
        raise WrongState(HELD, code="held", case_id=case_id)


def cipher_of(case: Case) -> CaseCipher:
    """The cipher of a case that this session may see. Raises NotFound once it was destroyed.

    Whoever seals with it holds the case, so that the key is not replaced meanwhile.
    """

    def row() -> CaseKeyRow:
        key = CaseKey.objects.filter(pk=case.pk).first()
        if key is None:
            raise NotFound(case_id=case.pk)
        return key.period_key_id, key.wrapped, key.number

    return CaseCipher.read(case.pk, row)


def opened(cipher: CaseCipher, row: Model, table: str, column: str) -> str:
    """What a row holds under its case's key. Raises CannotDecrypt for what was never sealed so.

    Whoever had the row before the key was replaced has the former bytes: they are read again.
    """
    try:
        return _opened(cipher, row, table, column)
    except CannotDecrypt:
        try:
            row.refresh_from_db(fields=[column])
        except ObjectDoesNotExist as error:
            raise NotFound from error
        return _opened(cipher, row, table, column)


def _opened(cipher: CaseCipher, row: Model, table: str, column: str) -> str:
    sealed = getattr(row, column)
    if sealed is None:
        raise CannotDecrypt
    return cipher.open(table, column, row.pk, sealed)


def take_step(
    viewer: Viewer,
    case: Case,
    verb: str,
    *,
    facts: Mapping[str, object] | None = None,
    **fields: object,
) -> datetime:
    """Move a locked case one step, with the fields that the step sets; returns when.

    On record as what it was before and is after, with the ``facts`` of the step's own kind.
    Raises NotAllowed for another role, WrongState from another state.
    """
    step = STEPS[verb]
    if not policies.can_take_step(viewer, verb):
        raise NotAllowed(case_id=case.pk)
    if case.state not in step.sources:
        raise WrongState(
            _("Ce dossier est à l'étape « %(state)s » : cette action n'est plus possible.")
            % {"state": State(case.state).label},
            case_id=case.pk,
        )
    moment, before = now(), case.state
    case.state = step.target
    case.version += 1
    for name, value in fields.items():
        setattr(case, name, value)
    case.save(update_fields=["state", "version", *fields])
    if kind := events.OF_STEP.get(verb):
        said: dict[str, Any] = {"before": before, "after": case.state, **(facts or {})}
        record(kind, viewer=viewer, case_id=case.pk, **said)
    return moment


def milestone(viewer: Viewer, case: Case, kind: str, *, bit: int = STORY, detail: str = "") -> None:
    """Add a line to the timeline, seen by those who may see the compartment ``bit``.

    Without one, by everybody who reads any part of the case.
    """
    Milestone.objects.bulk_create(
        [
            Milestone(
                cell_id=case.cell_id,
                case=case,
                bit=bit,
                kind=kind,
                detail=detail,
                by_name=viewer.display_name,
                by_agency=viewer.agency_name,
                created_at=now(),
            )
        ]
    )


CHANGED = "changed"


def tell_live(viewer: Viewer, case: Case, units: set[int] | None = None) -> None:
    """Ring in the case's own room and in the queues of the units that read it.

    Nobody hears what changed: a partner may not see the part that did. Each looks for themselves.
    Who merely knows that it exists does not hear that it changes.
    """
    announce(viewer, f"case:{case.pk}", CHANGED)
    for unit in sorted(units if units is not None else units_on_case(case, Level.READ)):
        announce(viewer, f"unit:{unit}", CHANGED)
