"""The truth about routes of what is kept and taken along: holds, purges, exports."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.authorisation.rows import ADMIN, AUDIT, act, call, fields, page
from tests.authorisation.scene import Scene

ANSWERING = AUDIT | ADMIN
A_HOLD = fields(scope="cell", reason="judicial")
# Nobody has proposed it, and nothing has outlived its term: the young log of the scene.
NONE = fields(which="018f0000-0000-7000-8000-000000000000")


def all_done(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """What was done and is sealed: by then something is."""
    scene.the("extract")
    return {"filtres": "resultat=done"}


def all_of_it(scene: Scene, object_id: UUID) -> Mapping[str, Any]:
    """Everything that is sealed: by then something is."""
    scene.the("extract")
    return {}


KEEPING_PAGES = (
    page("audit:keeping", ANSWERING),
    act("audit:keeping_propose", AUDIT, answers=409),
    act("audit:keeping_sign", ANSWERING, answers=409, body=NONE),
    act("audit:keeping_withdraw", AUDIT, answers=409, body=NONE),
    act("audit:keeping_hold", AUDIT, body=A_HOLD),
    act("audit:keeping_lift", AUDIT, answers=409, body=NONE),
    page("audit:copies", ANSWERING),
    act("audit:copies_propose", AUDIT, answers=409, body=fields(reason="restored", shown="0" * 64)),
    act("audit:copies_sign", ANSWERING, answers=409, body=NONE),
    act("audit:copies_withdraw", AUDIT, answers=409, body=NONE),
    page("audit:exports", AUDIT),
    act("audit:exports", AUDIT, body=all_done),
    page("audit:export_file", AUDIT, "extract"),
)

KEEPING_CALLS = (
    call("audit-keeping", ANSWERING, get=True),
    call("audit-keeping", AUDIT, answers=409),
    call("audit-keeping-sign", ANSWERING, answers=409, body=NONE),
    call("audit-keeping-withdraw", AUDIT, answers=409, body=NONE),
    call("audit-holds", AUDIT, answers=201, body=A_HOLD),
    call("audit-holds-lift", AUDIT, answers=409, body=NONE),
    call("audit-copies", ANSWERING, get=True),
    call("audit-copies", AUDIT, answers=409, body=fields(reason="restored", shown="0" * 64)),
    call("audit-copies-sign", ANSWERING, answers=409, body=NONE),
    call("audit-copies-withdraw", AUDIT, answers=409, body=NONE),
    call("audit-exports", AUDIT, get=True),
    call("audit-exports", AUDIT, answers=201, body=all_of_it),
    call("audit-exports-detail", AUDIT, "extract", get=True),
    call("audit-exports-content", AUDIT, "extract", get=True),
)
