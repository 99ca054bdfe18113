"""The truth about routes of the record's witnesses, of one's own journal, and of what is kept."""

from typing import Any
from uuid import UUID, uuid4

from tests.authorisation.keeping_operations import KEEPING_CALLS, KEEPING_PAGES, NONE
from tests.authorisation.rows import AUDIT, EVERYBODY, PROSECUTION, act, call, fields, page
from tests.authorisation.scene import Scene


def a_view(scene: Scene, object_id: UUID) -> dict[str, Any]:
    """Under another name each time."""
    return {"name": f"Vue {uuid4()}", "filters": {"outcome": "refused"}}


NO_FINDING = fields(
    rule="bulk", about=str(UUID(int=7)), day="2020-01-01", n=61, conclusion="justified"
)

WITNESS_PAGES = (
    *KEEPING_PAGES,
    page("audit:witness", EVERYBODY),
    page("audit:my_journal", EVERYBODY),
    act("audit:witness", EVERYBODY, answers=422),
    page("audit:checkpoint", EVERYBODY),
    page("audit:consistency", EVERYBODY, also={"older": 1}),
    # There is nothing to take while the first key signs.
    page("audit:key_notes", EVERYBODY, answers=404),
    page("audit:new_witness", PROSECUTION, refused=403),
    act("audit:new_witness", PROSECUTION, refused=403, answers=422),
    act(
        "audit:withdraw_witness",
        EVERYBODY,
        answers=404,
        also={"witness_id": UUID("00000000-0000-0000-0000-000000000007")},
    ),
    page("audit:cosign", PROSECUTION, refused=403),
    act("audit:cosign", PROSECUTION, refused=403, answers=422),
    page("audit:cosigned", EVERYBODY, answers=404, also={"size": 1}),
)

WITNESS_CALLS = (
    *KEEPING_CALLS,
    call("audit-findings", AUDIT, get=True),
    call("audit-findings", AUDIT, body=NO_FINDING, answers=409),
    call("audit-views", AUDIT, get=True),
    call("audit-views", AUDIT, body=a_view, answers=201),
    call("audit-views-forget", AUDIT, body=NONE, answers=409),
    call("audit-checkpoint", EVERYBODY, get=True),
    call("my-journal", EVERYBODY, get=True),
    # Which copy is asked about stands in the address; the table asks without.
    call("audit-consistency", EVERYBODY, get=True, answers=422),
    call("audit-cosignatures", EVERYBODY, get=True),
    call(
        "audit-cosignatures",
        PROSECUTION,
        refused=403,
        body=fields(note="rien"),
        answers=422,
    ),
)
