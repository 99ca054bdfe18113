"""Whoever looks at the people of a cell leaves that on record, like whoever looks at a case."""

from agencies import events
from agencies.models import Invitation, Membership
from audit.recorder import record
from kernel.viewer import Viewer


def note_people(viewer: Viewer, people_list: str, shown: int) -> None:
    """Somebody has a list of people before them; ``people_list`` is its code in the events."""
    record(events.PEOPLE_READ, viewer=viewer, people_list=people_list, shown=shown)


def note_person(viewer: Viewer, place: Membership) -> None:
    """Somebody has the place of one person before them: roles, agency, history."""
    record(events.PERSON_READ, viewer=viewer, subject_id=place.pk, account=place.account_id)


def note_invitation(viewer: Viewer, invitation: Invitation) -> None:
    """Somebody has an invitation before them, with the address that it goes to."""
    record(
        events.INVITATION_READ,
        viewer=viewer,
        subject_id=invitation.pk,
        agency=invitation.agency_id,
    )
