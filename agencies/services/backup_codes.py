"""Printing ten backup codes. The sheet is shown once; what is kept opens nothing by itself."""

from __future__ import annotations

import os
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from agencies.models import BackupCode, BackupSheet
from agencies.models.backup import HOW_MANY, new_code
from agencies.services.origin import SIGNIN


def print_codes(account_id: UUID) -> list[str]:
    """Ten new codes in place of all that the person had. They cannot be shown again."""
    sheet = BackupSheet(user_id=account_id, name="", salt=os.urandom(16))
    codes = [new_code() for _ in range(HOW_MANY)]
    digests = [sheet.digest_of(code) for code in codes]
    with transaction.atomic(using=SIGNIN):
        BackupSheet.objects.using(SIGNIN).filter(user_id=account_id).delete()
        sheet.save(using=SIGNIN, force_insert=True)
        BackupCode.objects.using(SIGNIN).bulk_create(
            BackupCode(sheet=sheet, digest=digest) for digest in digests
        )
    return codes


def codes_left(account_id: UUID) -> int | None:
    """How many codes have not served; None for somebody who has never printed any."""
    counted: int | None = (
        BackupSheet.objects.using(SIGNIN)
        .filter(user_id=account_id)
        .annotate(left=Count("codes", filter=Q(codes__used_at=None)))
        .values_list("left", flat=True)
        .first()
    )
    return counted
