"""A person takes a place in an agency of a cell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from agencies import events, policies
from agencies.models import Accession, Account, Membership
from agencies.operator import ALIAS, Operator
from agencies.services.checking import checked
from audit import record_system
from kernel.clock import FOREVER, now
from kernel.errors import Invalid, NotFound
from kernel.ids import uuid7
from kernel.models import Unit


def grant_membership(
    operator: Operator,
    *,
    account_id: UUID,
    accession_id: UUID,
    roles: Iterable[str],
    bound_by_secrecy: bool = False,
    job_title: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime = FOREVER,
) -> Membership:
    """Create the membership, its own unit and, by trigger, the seat that a session can take.

    Raises NotFound for an unknown account or accession, Invalid for roles that do not exist, do
    not go together or do not belong to this kind of agency.
    """
    wanted = sorted({str(role) for role in roles})
    with transaction.atomic(using=ALIAS):
        account = Account.objects.using(ALIAS).filter(pk=account_id).first()
        accession = (
            Accession.objects.using(ALIAS).select_related("agency").filter(pk=accession_id).first()
        )
        if account is None or accession is None:
            raise NotFound(_("Ce compte ou cette adhésion n'existe pas."))
        if misplaced := policies.misplaced_roles(wanted, accession.agency.kind):
            raise Invalid(
                _("Ces rôles n'existent pas dans cet organisme : %s.") % ", ".join(misplaced)
            )
        number = uuid7()
        unit = Unit.objects.using(ALIAS).create(
            cell_id=accession.cell_id, kind=Unit.Kind.SEAT, ref=number
        )
        membership = Membership(
            id=number,
            cell_id=accession.cell_id,
            account_id=account.pk,
            accession_id=accession.pk,
            agency_id=accession.agency_id,
            roles=wanted,
            bound_by_secrecy=bound_by_secrecy,
            display_name=account.display_name,
            job_title=job_title,
            unit_id=unit.pk,
            valid_from=valid_from or now(),
            valid_until=valid_until,
        )
        checked(membership).save(using=ALIAS, force_insert=True)
        record_system(
            events.MEMBERSHIP_GRANTED,
            using=ALIAS,
            cell_id=membership.cell_id,
            subject_id=membership.pk,
            account=account.pk,
            before=None,
            after=wanted,
        )
    return membership
