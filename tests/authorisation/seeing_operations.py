"""The rows of who sees what, what was received, previews and explanations."""

from tests.authorisation.rows import CORE, EVERYBODY, GENDARMERIE, SCHOOL, call, page

SEES = SCHOOL | CORE | GENDARMERIE

SEEING_PAGES = (
    page("referrals:who_sees", SEES, "activated"),
    page("referrals:who_sees_part", SEES, "activated", also={"code": "facts"}),
    page("referrals:who_sees_thing", SCHOOL | CORE, "target", named="thing_id"),
    page("referrals:who_sees_thing", CORE | GENDARMERIE, "measure", named="thing_id"),
    page("referrals:received", EVERYBODY),
)

SEEING_CALLS = (
    call("referrals-readers", SEES, "activated", get=True),
    call("shares-received", EVERYBODY, get=True),
)
