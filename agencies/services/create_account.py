"""A person gets an account. By itself it opens nothing."""

from __future__ import annotations

import re

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies import events
from agencies.models import Account
from agencies.operator import ALIAS, Operator
from agencies.services.checking import checked
from audit import record_system
from kernel.errors import Conflict, Invalid

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


def as_address(text: str) -> str:
    """The form in which addresses are stored and compared."""
    return text.strip().lower()


def create_account(operator: Operator, *, email: str, display_name: str, password: str) -> Account:
    """Create an account with a password that passes the rules.

    Addresses are plain ASCII: two that look the same are the same. Raises Conflict when the
    address is taken, Invalid with the reasons otherwise.
    """
    address = as_address(email)
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise Invalid(fields={"email": [_("Cette adresse électronique est mal formée.")]})
    if Account.objects.using(ALIAS).filter(email=address).exists():
        raise Conflict(_("Cette adresse a déjà un compte."))
    account = Account(email=address, display_name=display_name.strip())
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Invalid(fields={"password": error.messages}) from error
    account.set_password(password)
    with transaction.atomic(using=ALIAS):
        checked(account).save(using=ALIAS, force_insert=True)
        record_system(events.ACCOUNT_CREATED, using=ALIAS, cell_id=0, subject_id=account.pk)
    return account
