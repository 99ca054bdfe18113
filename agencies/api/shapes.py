"""What the API of sessions takes."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from kernel.http.api_input import StrictSerializer, Text


class FactorIn(StrictSerializer):
    """A code from the person's authenticator."""

    code = Text(max_length=20)

    def validate_code(self, code: str) -> str:
        """Six digits, spaced or not: nothing else is worth a try."""
        if not re.fullmatch(r"[0-9]{6}", re.sub(r"\s", "", code)):
            raise ValidationError(_("Un code a six chiffres."))
        return code
