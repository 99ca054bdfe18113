"""The truth about routes of what is kept: terms, holds and purges."""

from tests.authorisation.rows import ADMIN, AUDIT, act, call, fields, page

ANSWERING = AUDIT | ADMIN
A_HOLD = fields(scope="cell", reason="judicial")
# Nobody has proposed it, and nothing has outlived its term: the young log of the scene.
NONE = fields(which="018f0000-0000-7000-8000-000000000000")

KEEPING_PAGES = (
    page("audit:keeping", ANSWERING),
    act("audit:keeping_propose", AUDIT, answers=409),
    act("audit:keeping_sign", ANSWERING, answers=409, body=NONE),
    act("audit:keeping_withdraw", AUDIT, answers=409, body=NONE),
    act("audit:keeping_hold", AUDIT, body=A_HOLD),
    act("audit:keeping_lift", AUDIT, answers=409, body=NONE),
)

KEEPING_CALLS = (
    call("audit-keeping", ANSWERING, get=True),
    call("audit-keeping", AUDIT, answers=409),
    call("audit-keeping-sign", ANSWERING, answers=409, body=NONE),
    call("audit-keeping-withdraw", AUDIT, answers=409, body=NONE),
    call("audit-holds", AUDIT, answers=201, body=A_HOLD),
    call("audit-holds-lift", AUDIT, answers=409, body=NONE),
)
